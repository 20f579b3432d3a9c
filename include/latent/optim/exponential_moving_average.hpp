#pragma once

#include "latent/kernels/moving_average.hpp"
#include "latent/optim/optimizer.hpp"

namespace latent::optim {

/// ValueError for values out of their range.
struct ExponentialMovingAverageOptions {
  double decay = 0.999;  ///< how much of the average stays from update to update, [0, 1]
  bool warmup = false;   ///< at most (1 + n) / (10 + n) of it after n updates

  void check_values() const {
    check<ValueError>(decay >= 0 && decay <= 1, "ExponentialMovingAverage: decay must be in [0, 1], got ", decay);
  }
};

/// Averages of a model's weights, which often do better than the last weights:
///
///     optim::ExponentialMovingAverage average(nn::named_parameters(model), {.decay = 0.99});
///     optimizer.step(), average.update();       // in the loop
///     average.swap();                           // evaluates the averages, and swaps back
///     average.copy_to(nn::parameters(other));   // or a clone that has them
///
/// The first update takes the weights as they are, later ones average = decay average + (1 - decay) weight. As
/// torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn; the warm-up is that of TensorFlow's
/// ExponentialMovingAverage with num_updates. ValueError for options out of their range, or an undefined parameter.
template <Scalar T>
class ExponentialMovingAverage {
 public:
  /// May be changed between updates.
  ExponentialMovingAverageOptions options;

  explicit ExponentialMovingAverage(const std::vector<Variable<T>>& parameters,
                                    const ExponentialMovingAverageOptions& o = {})
      : ExponentialMovingAverage(detail::numbered(parameters), o) {}
  explicit ExponentialMovingAverage(const NamedParameters<T>& parameters, const ExponentialMovingAverageOptions& o = {})
      : options(o), parameters_(parameters) {
    options.check_values();
    for (const auto& [name, parameter] : parameters_) {
      check<ValueError>(static_cast<bool>(parameter), "ExponentialMovingAverage: parameter ", name, " is undefined");
      averages_.push_back(parameter.value());
    }
  }

  /// Takes the weights of now into the averages. Error while they are swapped.
  void update() {
    options.check_values();
    check<Error>(!swapped_, "ExponentialMovingAverage: update() while the model has the averages; swap() them back");
    const auto n = static_cast<double>(updates_);
    const double decay = options.warmup ? std::min(options.decay, (1 + n) / (10 + n)) : options.decay;
    kernels::ArrayList<kernels::AveragedArray<T>> arrays(averages_.size());
    for (std::size_t i = 0; i < averages_.size(); ++i) {
      const Tensor<T>& value = parameters_[i].second.value();
      if (updates_ == 0)
        averages_[i] = value;
      else
        arrays.push_back({value.numel(), value.data(), averages_[i].data()});
    }
    kernels::move_averages<T>(arrays, static_cast<T>(1 - decay));
    ++updates_;
  }

  /// Gives the model the averages and keeps its weights, or the other way round.
  void swap() {
    for (std::size_t i = 0; i < averages_.size(); ++i) {
      const Variable<T>& parameter = parameters_[i].second;
      Tensor<T> weight = parameter.value();
      parameter.set_value(std::move(averages_[i]));
      averages_[i] = std::move(weight);
    }
    swapped_ = !swapped_;
  }

  /// Gives the averages to parameters of another model. ValueError unless it has as many, ShapeError unless they have
  /// the same shapes.
  void copy_to(const std::vector<Variable<T>>& others) const {
    check<ValueError>(others.size() == averages_.size(), "ExponentialMovingAverage: ", averages_.size(),
                      " averages do not fit ", others.size(), " parameters");
    for (std::size_t i = 0; i < others.size(); ++i)
      check<ShapeError>(others[i].shape() == averages_[i].shape(), "ExponentialMovingAverage: the average of ",
                        parameters_[i].first, ", of shape ", averages_[i].shape(), ", does not fit shape ",
                        others[i].shape());
    for (std::size_t i = 0; i < others.size(); ++i) others[i].set_value(averages_[i]);
  }

  /// Its state, for a checkpoint: options, `n_averaged`, and the average of each parameter as "module." and its
  /// name, as PyTorch names them. Not to be saved while they are swapped.
  template <class F>
  void visit(F&& f) {
    f("decay", options.decay), f("warmup", options.warmup), f("n_averaged", updates_);
    for (std::size_t i = 0; i < averages_.size(); ++i) f("module." + parameters_[i].first, averages_[i]);
  }

 private:
  NamedParameters<T> parameters_;
  std::vector<Tensor<T>> averages_;
  Index updates_ = 0;
  bool swapped_ = false;
};

}  // namespace latent::optim
