#include <algorithm>
#include <sstream>

#include "study/report/html.hpp"
#include "study/report/parts.hpp"
#include "study/report/texts.hpp"

namespace study::report {

namespace {

std::string text_of_value(const nlohmann::json& value) {
  return html::escape(value.is_string() ? value.get<std::string>() : value.dump());
}

/// An option as a person would write it; nothing if the model has no such option.
std::string option(const TrainedModel& model, const std::string& name) {
  return model.options.is_object() && model.options.contains(name) ? text_of_value(model.options.at(name)) : "";
}

std::string units(Index count, Index of) {
  return html::grouped(count) + " of " + html::grouped(of) + (of == 1 ? " unit" : " units");
}

std::string zeros(const TrainedModel& model) {
  std::ostringstream text;
  text << html::percent(model.code.zeros) << " of the numbers in the codes of the test images are zero, and "
       << units(model.code.never_fire, model.code_size) << " never fire";
  return text.str();
}

std::string about_sparse(const TrainedModel& model, const std::vector<TrainedModel>& models) {
  std::ostringstream text;
  const std::string weight = option(model, "l1");
  if (!weight.empty()) text << "The L1 term has the weight " << weight << ". ";
  if (const std::string free = option(model, "free"); !free.empty() && free != "0" && weight != "0.0")
    text << "The " << free
         << " largest numbers of an image's code are free of it, so they keep their strength, and the "
            "others pay. ";
  text << zeros(model) << "; " << html::decimals((1 - model.code.zeros) * static_cast<double>(model.code_size), 1)
       << " units on average describe an image.";
  const auto plain = std::ranges::find(models, "fc_autoencoder", &TrainedModel::folder);
  if (plain != models.end())
    text << " In " << html::escape(plain->name) << ", which has the same layers and pays nothing, "
         << html::percent(plain->code.zeros) << " are zero.";
  return text.str();
}

std::string about_recurrent(const TrainedModel& model) {
  if (option(model, "bottleneck") == "true")
    return "Here the encoder's last hidden state, 128 numbers, is all that the decoder is given, the same at each "
           "step. From it the whole image has to be drawn, which is what makes this an autoencoder rather than a "
           "copier.";
  return "It has no bottleneck. The decoder is given what the encoder puts out at each of the 28 steps, 128 numbers "
         "every time: 3,584 numbers for 784 pixels. It can copy, so its loss says little about how well it has "
         "understood the images.";
}

std::string about_variational(const TrainedModel& model) {
  if (!model.kl) return {};
  std::ostringstream text;
  const std::string measured = "On the test images the KL term is " + html::decimals(*model.kl, 2) +
                               " nats on average, and " + units(model.code.active_units, model.code_size) +
                               (model.code.active_units == 1 ? " is" : " are") +
                               " active, their means varying from image to image.";
  if (option(model, "study_loss") == "true") {
    text << "This run uses the loss of the original study, in which the KL term weighs more than twelve times too "
            "much. "
         << measured;
    if (8 * model.code.active_units <= model.code_size)
      text << " The model has collapsed: nearly all of its code is the same for every image.";
    return text.str();
  }
  if (const std::string beta = option(model, "beta"); !beta.empty())
    text << "The KL term has the weight β = " << beta << "; 1 is that of the evidence lower bound. ";
  text << measured;
  return text.str();
}

std::string about_run(const TrainedModel& model, const std::vector<TrainedModel>& models) {
  if (model.folder == "sparse_autoencoder") return about_sparse(model, models);
  if (model.folder == "rnn_autoencoder" || model.folder == "rnn_bottleneck") return about_recurrent(model);
  if (model.folder == "variational_autoencoder") return about_variational(model);
  if (model.folder == "cnn_autoencoder")
    return "The code has 1,568 numbers, twice as many as the image has pixels, so it is no bottleneck by its size. "
           "What stands in the way of a plain copy is that it has only 7 × 7 places and the same filters for all of "
           "them. " +
           zeros(model) + ".";
  return zeros(model) + ".";
}

std::string architecture(const std::vector<Layer>& layers) {
  std::ostringstream table;
  table << "<div class=\"scroll\"><table class=\"layers\">\n<thead><tr><th scope=\"col\">Part</th>"
           "<th scope=\"col\">Layer</th><th scope=\"col\">Result</th></tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto same = [&](const Layer& other) { return std::string_view(other.part) == layers[i].part; };
    table << "<tr>";
    if (i == 0 || !same(layers[i - 1]))
      table << "<th scope=\"rowgroup\" rowspan=\"" << std::ranges::count_if(layers, same) << "\">" << layers[i].part
            << "</th>";
    table << "<td>" << layers[i].layer << "</td><td>" << layers[i].result << "</td></tr>\n";
  }
  table << "</tbody></table></div>\n";
  return table.str();
}

}  // namespace

std::string model_section(const TrainedModel& model, std::size_t number, const std::vector<TrainedModel>& models,
                          const std::filesystem::path& folder) {
  const std::string name = html::escape(model.name);
  const ModelText* text = text_of(model);
  std::ostringstream section;
  section << "<section class=\"model\" style=\"--mark:" << css(distinct_color(number)) << "\">\n<h3>" << name;
  if (text) section << "<span class=\"kind\"> " << text->title << "</span>";
  section << "</h3>\n<p class=\"facts\">" << html::grouped(model.parameters) << " parameters · code of "
          << html::grouped(model.code_size) << " numbers · test MSE "
          << html::decimals(model.last().test_mse, loss_digits(models)) << "</p>\n<div class=\"columns\"><div>\n";
  if (text)
    section << "<p>" << text->description << "</p>\n<dl class=\"sides\"><dt>For it</dt><dd>" << text->good
            << "</dd><dt>Against it</dt><dd>" << text->bad << "</dd></dl>\n";
  if (const std::string about = about_run(model, models); !about.empty())
    section << "<p><strong>In this run.</strong> " << about << "</p>\n";
  section << "</div>\n<div>\n";
  if (text) section << architecture(text->layers);
  if (model.options.is_object() && !model.options.empty()) {
    section << "<details><summary>Settings of this model</summary><dl class=\"options\">\n";
    for (const auto& [key, value] : model.options.items())
      section << "<dt>" << html::escape(key) << "</dt><dd>" << text_of_value(value) << "</dd>\n";
    section << "</dl></details>\n";
  }
  section << "</div></div>\n";
  for (const PictureText& one : pictures_of_one())
    section << picture(folder / model.folder / one.file, one.caption, name + ": " + one.alternative);
  section << "</section>\n";
  return section.str();
}

}  // namespace study::report
