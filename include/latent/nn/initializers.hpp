#pragma once

#include <cmath>

#include "latent/autograd/variable.hpp"
#include "latent/core/random.hpp"

/// New values for parameters, in place: `nn::init::xavier_uniform(layer.weight, rng)`. As the functions of
/// torch.nn.init of these names; single numbers are those of Rng. ValueError for arguments out of their range, Error
/// for a variable that is no leaf.
namespace latent::nn::init {

/// All elements the same.
template <Scalar T>
[[gnu::noinline]] void constant(const Variable<T>& parameter, double value) {
  parameter.set_value(Tensor<T>::full(parameter.shape(), static_cast<T>(value)));
}
/// All elements 0.
template <Scalar T>
void zeros(const Variable<T>& parameter) {
  constant(parameter, 0);
}
/// All elements 1.
template <Scalar T>
void ones(const Variable<T>& parameter) {
  constant(parameter, 1);
}

/// Uniform in [a, b).
template <Scalar T>
[[gnu::noinline]] void uniform(const Variable<T>& parameter, Rng& rng, double a = 0, double b = 1) {
  check<ValueError>(std::isfinite(b - a) && a <= b, "uniform: a must be at most b, and both finite, got a ", a, ", b ",
                    b);
  parameter.set_value(rng.uniform<T>(parameter.shape(), static_cast<T>(a), static_cast<T>(b)));
}

namespace detail {
inline void check_normal(const char* operation, double mean, double std) {
  check<ValueError>(std::isfinite(mean) && std::isfinite(std) && std >= 0, operation,
                    ": mean must be finite, and std at least 0 and finite, got mean ", mean, ", std ", std);
}
}  // namespace detail

/// Normal with this mean and standard deviation.
template <Scalar T>
[[gnu::noinline]] void normal(const Variable<T>& parameter, Rng& rng, double mean = 0, double std = 1) {
  detail::check_normal("normal", mean, std);
  parameter.set_value(rng.normal<T>(parameter.shape(), static_cast<T>(mean), static_cast<T>(std)));
}

/// Normal with this mean and standard deviation, but within [a, b]: numbers uniform in the part of [a, b] that counts
/// (all but exp(-40) of it) are kept with the probability that they have beside the most probable one.
template <Scalar T>
[[gnu::noinline]] void trunc_normal(const Variable<T>& parameter, Rng& rng, double mean = 0, double std = 1,
                                    double a = -2, double b = 2) {
  detail::check_normal("trunc_normal", mean, std);
  check<ValueError>(a <= b && a < HUGE_VAL && b > -HUGE_VAL && std > 0,
                    "trunc_normal: finite numbers must lie in [a, b], and std be above 0, got a ", a, ", b ", b,
                    ", std ", std);
  const double low = (a - mean) / std, high = (b - mean) / std;
  const double mode = std::min(std::max(0.0, low), high), reach = 40 / std::max(std::abs(mode), 4.0);
  const double from = std::max(low, mode - reach), to = std::min(high, mode + reach);
  for (T& element : parameter.writable()) {
    double z, likelihood;
    do {
      z = from + (to - from) * rng.uniform<double>();
      likelihood = std::exp((mode - z) * (mode + z) / 2);
    } while (rng.uniform<double>() >= likelihood);
    element = std::clamp(static_cast<T>(mean + std * z), static_cast<T>(a), static_cast<T>(b));
  }
}

/// What follows a layer.
enum class Nonlinearity { linear, sigmoid, tanh, relu, leaky_relu, selu };

/// By how much it shrinks what goes through it, the inverse of that; `slope` is that of leaky_relu below 0.
inline double calculate_gain(Nonlinearity nonlinearity, double slope = 0.01) {
  switch (nonlinearity) {
    case Nonlinearity::tanh: return 5.0 / 3;
    case Nonlinearity::relu: return std::sqrt(2.0);
    case Nonlinearity::leaky_relu: return std::sqrt(2 / (1 + slope * slope));
    case Nonlinearity::selu: return 0.75;
    default: return 1;
  }
}

/// Which number of terms keeps its variance: of those that make a result, or of results that an input has a part in.
enum class FanMode { fan_in, fan_out };

/// Of kaiming_uniform and kaiming_normal.
struct KaimingOptions {
  double a = 0;                                          ///< slope of leaky_relu below 0, finite
  FanMode mode = FanMode::fan_in;                        ///< fan_in keeps the variance forwards
  Nonlinearity nonlinearity = Nonlinearity::leaky_relu;  ///< what follows the layer
};

namespace detail {

/// Fans of a weight [Out, In, ..]: In and Out times the size of a window.
struct Fans {
  double in, out;

  Fans(const char* operation, const Shape& weight) {
    check<ShapeError>(weight.rank() >= 2, operation, ": weight [Out, In, ..] expected, got shape ", weight);
    const auto window = static_cast<double>(weight.stride(1));
    in = static_cast<double>(weight[1]) * window, out = static_cast<double>(weight[0]) * window;
  }
};

inline double xavier_std(const char* operation, const Shape& weight, double gain) {
  const Fans fans(operation, weight);
  check<ValueError>(std::isfinite(gain) && gain >= 0, operation, ": gain must be at least 0 and finite, got ", gain);
  return gain * std::sqrt(2 / (fans.in + fans.out));
}

inline double kaiming_std(const char* operation, const Shape& weight, const KaimingOptions& o) {
  const Fans fans(operation, weight);
  check<ValueError>(std::isfinite(o.a), operation, ": a must be finite, got ", o.a);
  return calculate_gain(o.nonlinearity, o.a) / std::sqrt(o.mode == FanMode::fan_in ? fans.in : fans.out);
}

/// Uniform numbers of a standard deviation, around 0; nothing for an empty parameter, of which it may be infinite.
template <Scalar T>
void uniform_of(const Variable<T>& parameter, Rng& rng, double std) {
  if (parameter.numel() > 0) uniform(parameter, rng, -std::sqrt(3.0) * std, std::sqrt(3.0) * std);
}
template <Scalar T>
void normal_of(const Variable<T>& parameter, Rng& rng, double std) {
  if (parameter.numel() > 0) normal(parameter, rng, 0, std);
}

}  // namespace detail

/// Uniform in +-sqrt(3) std with std = gain sqrt(2 / (fan_in + fan_out)), for a weight [Out, In, ..].
/// Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
template <Scalar T>
void xavier_uniform(const Variable<T>& parameter, Rng& rng, double gain = 1) {
  detail::uniform_of(parameter, rng, detail::xavier_std("xavier_uniform", parameter.shape(), gain));
}
/// Normal with mean 0 and that std.
template <Scalar T>
void xavier_normal(const Variable<T>& parameter, Rng& rng, double gain = 1) {
  detail::normal_of(parameter, rng, detail::xavier_std("xavier_normal", parameter.shape(), gain));
}

/// Uniform in +-sqrt(3) std with std = calculate_gain(nonlinearity, a) / sqrt(fan_in or fan_out), for a weight
/// [Out, In, ..]. He et al., "Delving deep into rectifiers", 2015.
template <Scalar T>
void kaiming_uniform(const Variable<T>& parameter, Rng& rng, const KaimingOptions& o = {}) {
  detail::uniform_of(parameter, rng, detail::kaiming_std("kaiming_uniform", parameter.shape(), o));
}
/// Normal with mean 0 and that std.
template <Scalar T>
void kaiming_normal(const Variable<T>& parameter, Rng& rng, const KaimingOptions& o = {}) {
  detail::normal_of(parameter, rng, detail::kaiming_std("kaiming_normal", parameter.shape(), o));
}

}  // namespace latent::nn::init
