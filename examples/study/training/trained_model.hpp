#pragma once

#include <filesystem>
#include <latent/core/tensor.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace latent::data {
struct ImageDataset;
}

/// What is left of a model when it has learned: all that statistics, pictures and report need.
namespace study {

using namespace latent;

class Model;

struct EpochResult {
  double train_loss = 0, test_loss = 0;  ///< means over batches
  double test_mse = 0;                   ///< mean over all pixels
  double seconds = 0;                    ///< of learning
};

/// The numbers of each epoch as a row [epochs, 4], and back.
Tensor<double> table_of(const std::vector<EpochResult>& history);
std::vector<EpochResult> history_of(const Tensor<double>& table);

/// What the codes of many images have in common. A unit is one number of the code.
struct CodeStatistics {
  double zeros = 0;                   ///< share of numbers that are exactly zero
  Index never_fire = 0;               ///< units that are zero for every image
  Index active_units = 0;             ///< units whose variance over the images is above 0.01
  std::vector<double> firing = {};    ///< share of the images for which a unit is not zero, by unit
  std::vector<double> variance = {};  ///< over the images, by unit
  std::vector<double> fired = {};     ///< share of units that are not zero, by image
};

/// codes [N, K]
CodeStatistics statistics(const Tensor<float>& codes);

struct TrainedModel {
  std::string name, folder;
  nlohmann::json options;            ///< all that the weights follow from
  nlohmann::json trained;            ///< when and where it was, as circumstances() says
  bool reused = false;               ///< it was trained by an earlier run
  std::vector<EpochResult> history;  ///< one entry for each epoch
  Index parameters = 0;
  Index code_size = 0;

  std::shared_ptr<const Model> model;

  CodeStatistics code = {};       ///< over the test images
  std::optional<double> kl = {};  ///< divergence of the codes in nats, likewise; only of a variational model

  /// images [N, 28, 28, 1] -> codes [N, K], codes to images, and images to images
  Tensor<float> encode(const Tensor<float>& images) const;
  Tensor<float> decode(const Tensor<float>& codes) const;
  Tensor<float> reconstruct(const Tensor<float>& images) const { return decode(encode(images)); }

  const EpochResult& last() const { return history.back(); }
  double seconds_per_epoch() const;
};

/// Codes of the first `most` images [N, K], worked out batch by batch.
Tensor<float> codes_of(const TrainedModel& model, const data::ImageDataset& images, Index most);

/// Fills `code` and `kl` from the test images.
void measure(TrainedModel& trained, const data::ImageDataset& test);

/// All numbers about a model, for programs: metrics.json.
nlohmann::json metrics(const TrainedModel& model);

/// The history as a table: epoch,train_loss,test_loss,test_mse,seconds
std::string history_table(const std::vector<EpochResult>& history);

/// Takes history and circumstances from an earlier run's metrics.json, and returns true, if that is there and belongs
/// to the same options.
bool take_earlier(TrainedModel& model, const std::filesystem::path& file);

}  // namespace study
