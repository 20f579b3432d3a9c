#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <sstream>

#include "study/report/html.hpp"
#include "study/report/parts.hpp"

namespace study::report {

namespace {

/// Test losses that the original study published, by folder.
const std::map<std::string, const char*> published{{"fc_autoencoder", "0.0079"},
                                                   {"cnn_autoencoder", "0.0032"},
                                                   {"sparse_autoencoder", "0.0078"},
                                                   {"rnn_autoencoder", "0.0001"},
                                                   {"variational_autoencoder", "0.0725"}};

/// Whether a model was trained with the settings of the study.
bool as_in_study(const TrainedModel& model) {
  const nlohmann::json settings{{"epochs", 50}, {"batch", 64}, {"lr", 0.001}, {"training_images", 60000}};
  return model.options.is_object() && std::ranges::all_of(settings.items(), [&](const auto& item) {
           return model.options.value(item.key(), nlohmann::json()) == item.value();
         });
}

struct Column {
  std::string name, key;                                  ///< key: as in history.csv, if it is there
  std::function<std::string(const TrainedModel&)> text;   ///< what a cell shows
  std::function<double(const TrainedModel&)> value = {};  ///< of which the smallest is marked, if there is such a thing
};

std::vector<Column> columns_for(const std::vector<TrainedModel>& models) {
  const int digits = loss_digits(models);
  const auto loss = [digits](const std::string& name, const std::string& key, double EpochResult::*which) {
    return Column{name, key, [=](const TrainedModel& model) { return html::decimals(model.last().*which, digits); },
                  [=](const TrainedModel& model) { return model.last().*which; }};
  };
  const auto variational = [](const TrainedModel& model, const std::string& text) { return model.kl ? text : "–"; };
  std::vector<Column> columns{
      loss("Training loss", "train_loss", &EpochResult::train_loss),
      loss("Test loss", "test_loss", &EpochResult::test_loss),
      loss("Test MSE", "test_mse", &EpochResult::test_mse),
      {"Parameters", "", [](const TrainedModel& model) { return html::grouped(model.parameters); },
       [](const TrainedModel& model) { return static_cast<double>(model.parameters); }},
      {"Code size", "", [](const TrainedModel& model) { return html::grouped(model.code_size); },
       [](const TrainedModel& model) { return static_cast<double>(model.code_size); }},
      {"Zeros in code", "", [](const TrainedModel& model) { return html::percent(model.code.zeros); }},
      {"Units that never fire", "", [](const TrainedModel& model) { return html::grouped(model.code.never_fire); }},
      {"Active units", "",
       [=](const TrainedModel& model) { return variational(model, html::grouped(model.code.active_units)); }},
      {"KL in nats", "",
       [=](const TrainedModel& model) { return variational(model, html::decimals(model.kl.value_or(0), 2)); }},
      {"Seconds per epoch", "", [](const TrainedModel& model) { return html::decimals(model.seconds_per_epoch(), 2); },
       [](const TrainedModel& model) { return model.seconds_per_epoch(); }}};
  if (std::ranges::all_of(models, as_in_study))
    columns.push_back({"Published test loss", "", [](const TrainedModel& model) {
                         const auto found = published.find(model.folder);
                         return std::string(found == published.end() ? "–" : found->second);
                       }});
  return columns;
}

/// Whether a model has the smallest value of a column, and not all have it.
bool is_best(const TrainedModel& model, const std::vector<TrainedModel>& models, const Column& column) {
  if (!column.value) return false;
  const double value = column.value(model);
  return std::ranges::none_of(models, [&](const TrainedModel& other) { return column.value(other) < value; }) &&
         std::ranges::any_of(models, [&](const TrainedModel& other) { return column.value(other) > value; });
}

constexpr const char* notes = R"(<ul class="notes">
<li><strong class="best">Marked</strong> is the smallest value of its column: the lowest loss or error, the fewest
parameters, the shortest code and the quickest epoch.</li>
<li>MSE is the mean squared error of a pixel, from 0, black, to 1, white. Test MSE, unlike the losses, is the same
measure for all models.</li>
<li>Zeros are numbers of the code that are exactly zero, as a share of all numbers in the codes of all test images. A
unit, which is one number of the code, never fires if it is zero for every test image.</li>
<li>A unit is active if its mean has a variance above 0.01 over the test images. KL is the Kullback-Leibler divergence
of the code's distribution from the standard normal one, mean over the test images. Both are defined for variational
models only.</li>
)";

constexpr const char* note_on_published =
    "<li>Published are the test losses of the original study after as many epochs with the same settings, as it "
    "printed them. Its Sparse-AE had no L1 term, its VAE counted the KL term more than twelve times, and its RNN-AE "
    "had "
    "no bottleneck; a model that differs from that here has another loss.</li>\n";

}  // namespace

int loss_digits(const std::vector<TrainedModel>& models) {
  int digits = 4;
  for (const TrainedModel& model : models)
    for (const double loss : {model.last().train_loss, model.last().test_loss, model.last().test_mse})
      if (std::isfinite(loss) && loss > 0)
        digits = std::max(digits, 2 - static_cast<int>(std::floor(std::log10(loss))));
  return std::min(digits, 9);
}

std::string results_table(const std::vector<TrainedModel>& models) {
  const std::vector<Column> columns = columns_for(models);
  std::ostringstream table;
  table << "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Results\"><table id=\"results\">\n"
           "<caption>After the last epoch of each model</caption>\n<thead><tr><th scope=\"col\">Model</th>";
  for (const Column& column : columns) table << "<th scope=\"col\">" << column.name << "</th>";
  table << "</tr></thead>\n<tbody>\n";
  table.precision(9);  // as history.csv has them
  for (std::size_t i = 0; i < models.size(); ++i) {
    table << "<tr data-folder=\"" << html::escape(models[i].folder) << "\"><th scope=\"row\">"
          << html::escape(models[i].name) << "</th>";
    for (const Column& column : columns) {
      table << "<td";
      if (!column.key.empty())
        table << " data-column=\"" << column.key << "\" data-value=\"" << column.value(models[i]) << '"';
      const bool marked = is_best(models[i], models, column);
      table << '>' << (marked ? "<strong class=\"best\">" : "") << column.text(models[i]) << (marked ? "</strong>" : "")
            << "</td>";
    }
    table << "</tr>\n";
  }
  table << "</tbody></table></div>\n"
        << notes << (columns.back().name == "Published test loss" ? note_on_published : "") << "</ul>\n";
  return table.str();
}

}  // namespace study::report
