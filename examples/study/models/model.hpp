#pragma once

#include <filesystem>
#include <latent/autograd/variable.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "study/models/description.hpp"

namespace latent {
class Rng;
namespace data {
struct ImageDataset;
}
}  // namespace latent

namespace study {

struct TrainedModel;

/// A model of the study in float, whatever its layers: each is compiled once, and programs, benchmarks and tests are
/// linked with it. model_of.hpp makes one of any Experiment; models.hpp lists all.
class Model {
 public:
  virtual ~Model() = default;

  virtual const Description& description() const = 0;
  virtual std::vector<Option> options() = 0;
  /// Sets an option that is a number. ValueError if there is none of that name.
  void set(const std::string& option, double value);

  /// Makes the layers as the options say, with weights drawn from rng; what stands below needs them.
  virtual void initialize(Rng& rng) = 0;
  /// The same with the weights that belong to a seed.
  void initialize(std::uint64_t seed);

  /// Comes before each epoch, the first being 1.
  virtual void begin_epoch(Index epoch, Index epochs) = 0;

  /// The loss of x [N, 28, 28, 1]; noise [N, description().noise] is standard normal, or nothing where that is 0.
  virtual Variable<float> loss(const Variable<float>& x, const Tensor<float>& noise) const = 0;
  Variable<float> loss(const Variable<float>& x, Rng& rng) const;

  /// images [N, 28, 28, 1] -> codes [N, K], the mean where they are distributions; and codes to images
  virtual Tensor<float> encode(const Tensor<float>& images) const = 0;
  virtual Tensor<float> decode(const Tensor<float>& codes) const = 0;

  /// Kullback-Leibler divergence of the codes from the standard normal distribution in nats, mean over the images
  /// [N, 28, 28, 1]; only of a variational model.
  virtual std::optional<double> divergence(const Tensor<float>& images) const = 0;

  /// Parameters by name; by `visit` a model is to the library what a layer is.
  virtual std::vector<std::pair<std::string, Variable<float>>> parameters() const = 0;
  template <class F>
  void visit(F&& f) const {
    for (const auto& [name, parameter] : parameters()) f(name, parameter);
  }

  /// Pictures that only this model has, of what it has learned.
  virtual void write_pictures(const TrainedModel&, const data::ImageDataset&, const std::filesystem::path&) const {}
};

}  // namespace study
