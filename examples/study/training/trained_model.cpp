#include "study/training/trained_model.hpp"

#include <fstream>
#include <iomanip>
#include <latent/data/dataset.hpp>
#include <latent/data/loader.hpp>
#include <sstream>

#include "study/models/model.hpp"

namespace study {

namespace {

constexpr Index batch = 500;

/// Calls f(images, first) for all batches of the first `most` images.
template <class F>
void for_batches(const data::ImageDataset& images, Index most, F f) {
  const data::ImageDataset some = images.first(most);
  data::Loader batches(some, {.batch_size = batch});
  Index first = 0;
  for (const auto& part : batches) {
    f(part.images, first);
    first += part.size();
  }
}

}  // namespace

Tensor<float> TrainedModel::encode(const Tensor<float>& images) const { return model->encode(images); }
Tensor<float> TrainedModel::decode(const Tensor<float>& codes) const { return model->decode(codes); }

double TrainedModel::seconds_per_epoch() const {
  double sum = 0;
  for (const EpochResult& epoch : history) sum += epoch.seconds;
  return sum / static_cast<double>(history.size());
}

Tensor<float> codes_of(const TrainedModel& model, const data::ImageDataset& images, Index most) {
  auto codes = Tensor<float>::uninitialized({std::min(most, images.size()), model.code_size});
  float* const all = codes.data();
  for_batches(images, most, [&](const Tensor<float>& part, Index first) {
    std::ranges::copy(model.encode(part).elements(), all + first * model.code_size);
  });
  return codes;
}

Tensor<double> table_of(const std::vector<EpochResult>& history) {
  Tensor<double> table({static_cast<Index>(history.size()), 4});
  double* row = table.data();
  for (const EpochResult& epoch : history)
    for (const double number : {epoch.train_loss, epoch.test_loss, epoch.test_mse, epoch.seconds}) *row++ = number;
  return table;
}

std::vector<EpochResult> history_of(const Tensor<double>& table) {
  check<ShapeError>(table.rank() == 2 && table.size(1) == 4, "history: a table [epochs, 4] expected, got ",
                    table.shape());
  std::vector<EpochResult> history;
  for (Index i = 0; i < table.size(0); ++i) history.push_back({table(i, 0), table(i, 1), table(i, 2), table(i, 3)});
  return history;
}

CodeStatistics statistics(const Tensor<float>& codes) {
  const auto [n, k] = codes.sizes<2>("statistics: codes [N, K]");
  std::vector<double> sum(static_cast<std::size_t>(k)), squares(sum), fires(sum);
  CodeStatistics result;
  const float* code = codes.data();
  for (Index i = 0; i < n; ++i) {
    Index fired = 0;
    for (std::size_t unit = 0; unit < sum.size(); ++unit, ++code) {
      sum[unit] += *code;
      squares[unit] += static_cast<double>(*code) * *code;
      fires[unit] += *code != 0;
      fired += *code != 0;
    }
    result.fired.push_back(static_cast<double>(fired) / static_cast<double>(k));
  }
  const auto count = static_cast<double>(n);
  for (std::size_t unit = 0; unit < sum.size(); ++unit) {
    result.firing.push_back(fires[unit] / count);
    result.zeros += (1 - fires[unit] / count) / static_cast<double>(k);
    result.variance.push_back(std::max(squares[unit] / count - sum[unit] * sum[unit] / count / count, 0.0));
    result.never_fire += fires[unit] == 0;
    result.active_units += result.variance.back() > 0.01;
  }
  return result;
}

void measure(TrainedModel& trained, const data::ImageDataset& test) {
  trained.code = statistics(codes_of(trained, test, test.size()));
  trained.kl.reset();
  for_batches(test, test.size(), [&](const Tensor<float>& part, Index) {
    if (const auto divergence = trained.model->divergence(part))
      trained.kl = trained.kl.value_or(0) + *divergence * static_cast<double>(part.size(0));
  });
  if (trained.kl) *trained.kl /= static_cast<double>(test.size());
}

nlohmann::json metrics(const TrainedModel& model) {
  nlohmann::json history = nlohmann::json::array();
  for (std::size_t i = 0; i < model.history.size(); ++i) {
    const EpochResult& epoch = model.history[i];
    history.push_back({{"epoch", i + 1},
                       {"train_loss", epoch.train_loss},
                       {"test_loss", epoch.test_loss},
                       {"test_mse", epoch.test_mse},
                       {"seconds", epoch.seconds}});
  }
  nlohmann::json result{{"name", model.name},
                        {"options", model.options},
                        {"trained", model.trained},
                        {"parameters", model.parameters},
                        {"code_size", model.code_size},
                        {"train_loss", model.last().train_loss},
                        {"test_loss", model.last().test_loss},
                        {"test_mse", model.last().test_mse},
                        {"seconds_per_epoch", model.seconds_per_epoch()},
                        {"code_zeros", model.code.zeros},
                        {"code_units_never_firing", model.code.never_fire},
                        {"code_units_active", model.code.active_units},
                        {"history", history}};
  if (model.kl) result["kl_nats"] = *model.kl;
  return result;
}

std::string history_table(const std::vector<EpochResult>& history) {
  std::ostringstream table;
  table << "epoch,train_loss,test_loss,test_mse,seconds\n" << std::setprecision(9);
  for (std::size_t i = 0; i < history.size(); ++i)
    table << i + 1 << ',' << history[i].train_loss << ',' << history[i].test_loss << ',' << history[i].test_mse << ','
          << history[i].seconds << '\n';
  return table.str();
}

bool take_earlier(TrainedModel& model, const std::filesystem::path& file) {
  const nlohmann::json earlier = nlohmann::json::parse(std::ifstream(file), nullptr, false);
  if (!earlier.is_object() || earlier.value("options", nlohmann::json()) != model.options) return false;
  std::vector<EpochResult> history;
  for (const nlohmann::json& epoch : earlier.at("history"))
    history.push_back({epoch.at("train_loss"), epoch.at("test_loss"), epoch.at("test_mse"), epoch.at("seconds")});
  model.trained = earlier.at("trained");
  model.history = std::move(history);
  model.reused = true;
  return true;
}

}  // namespace study
