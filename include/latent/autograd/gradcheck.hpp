#pragma once

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "latent/autograd/variable.hpp"

namespace latent {

/// How precisely gradcheck looks.
struct GradcheckOptions {
  double step = 1e-6;                ///< inputs are moved by +- this
  double absolute_tolerance = 1e-6;  ///< a derivative may be off by the sum of both
  double relative_tolerance = 1e-5;  ///< of the numerical derivative
};

/// What gradcheck found. `ok` if every derivative agrees; else `problem` says what is wrong, and the other fields name
/// the derivative that is off most.
struct GradcheckReport {
  /// Kinds of what is wrong.
  enum class Problem {
    none,              ///< nothing
    random_value,      ///< the function gives another result when called again
    random_gradient,   ///< its gradient is another when computed again
    missing_gradient,  ///< an input that the result depends on gets none
    wrong_gradient,    ///< one that finite differences contradict
  };

  Problem problem = Problem::none;  ///< the kind
  bool ok = true;                   ///< whether there is none
  double largest_error = 0;         ///< largest |analytical - numerical|
  Index input = 0;                  ///< number of the input,
  Index element = 0;                ///< the element of it,
  Index output_element = 0;         ///< and the element of the output
  Shape input_shape;                ///< of that input
  double analytical = 0;            ///< the derivative by backward(),
  double numerical = 0;             ///< and by finite differences
  Index checked = 0;                ///< derivatives compared
  Index wrong = 0;                  ///< those that disagree

  /// ok
  explicit operator bool() const { return ok; }

  /// One sentence for a test to print.
  std::string text() const {
    if (problem == Problem::random_value)
      return message("gradcheck: the result is not the same when computed again: output[", output_element, "] was ",
                     digits(numerical), ", then ", digits(analytical));
    if (problem == Problem::random_gradient)
      return message("gradcheck: the gradient is not the same when computed again: ", derivative(), " was ",
                     digits(numerical), ", then ", digits(analytical));
    if (problem == Problem::missing_gradient)
      return message("gradcheck: input ", input, " gets no gradient, though ", derivative(), " is ", digits(numerical),
                     " by finite differences");
    if (ok) return message("gradcheck: all ", checked, " derivatives agree, largest error ", digits(largest_error));
    return message("gradcheck: ", wrong, " of ", checked, " derivatives are wrong, the worst: ", derivative(), " is ",
                   digits(analytical), ", by finite differences ", digits(numerical), ", off by ",
                   digits(largest_error));
  }

 private:
  /// "d output[3] / d input 0[1, 2]"
  std::string derivative() const {
    std::string indices;
    for (Index axis = 0; axis < input_shape.rank(); ++axis)
      indices += message(axis ? ", " : "", element / input_shape.stride(axis) % input_shape[axis]);
    return message("d output[", output_element, "] / d input ", input, '[', indices, ']');
  }

  static std::string digits(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", number);
    return text;
  }
};

namespace detail {

/// A function of variables whose type is forgotten, so that for all of them one gradcheck is compiled.
class AnyFunction {
 public:
  template <class F>
  explicit AnyFunction(F& function)
      : function_(&function), call_([](void* f, const std::vector<Variable<double>>& inputs) {
          return Variable<double>((*static_cast<F*>(f))(inputs));
        }) {}

  Variable<double> operator()(const std::vector<Variable<double>>& inputs) const { return call_(function_, inputs); }

 private:
  void* function_;
  Variable<double> (*call_)(void* function, const std::vector<Variable<double>>& inputs);
};

/// The gradients of one output element with respect to all inputs; not `defined()` where an input gets none.
template <class F>
std::vector<Tensor<double>> gradients_of(const F& function, const std::vector<Variable<double>>& inputs, Index output) {
  for (const Variable<double>& input : inputs) input.zero_grad();
  const Variable<double> y = function(inputs);
  Tensor<double> upstream(y.shape());
  upstream.elements()[static_cast<std::size_t>(output)] = 1;
  if (y.requires_grad()) y.backward(upstream);
  std::vector<Tensor<double>> result;
  for (const Variable<double>& input : inputs) {
    result.push_back(input.grad());
    input.zero_grad();
  }
  return result;
}

/// The first element in which two tensors of one shape differ, or -1.
inline Index first_difference(const Tensor<double>& a, const Tensor<double>& b) {
  for (Index i = 0; i < a.numel(); ++i)
    if (std::memcmp(a.data() + i, b.data() + i, sizeof(double)) != 0) return i;
  return -1;
}

/// A template, so that only programs that check gradients compile it.
template <class F>
GradcheckReport compare_gradients(const F& function, const std::vector<Variable<double>>& inputs,
                                  const GradcheckOptions& options) {
  using Problem = GradcheckReport::Problem;
  check<ValueError>(std::ranges::any_of(inputs, [](const auto& input) { return input.requires_grad(); }),
                    "gradcheck: none of ", inputs.size(), " inputs requires a gradient");
  GradcheckReport report;
  const auto at = [](const Tensor<double>& tensor, Index i) { return tensor.elements()[static_cast<std::size_t>(i)]; };
  const auto name = [&](Index output, std::size_t input, Index element, double analytical, double numerical) {
    report.output_element = output;
    report.input = static_cast<Index>(input);
    report.input_shape = inputs[input].shape();
    report.element = element;
    report.analytical = analytical;
    report.numerical = numerical;
  };
  const auto complain = [&](Problem problem) {
    report.problem = problem;
    report.ok = false;
  };
  const auto evaluate = [&] {
    const NoGrad no_grad;
    return function(inputs).value();
  };

  const Tensor<double> result = evaluate();
  const Tensor<double> again = evaluate();
  if (const Index place = first_difference(result, again); place >= 0) {
    name(place, 0, 0, at(again, place), at(result, place));
    complain(Problem::random_value);
    return report;
  }

  const Index outputs = result.numel();
  std::vector<std::vector<Tensor<double>>> gradients;  // per output, then per input
  for (Index output = 0; output < outputs; ++output) {
    gradients.push_back(gradients_of(function, inputs, output));
    const auto repeated = gradients_of(function, inputs, output);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Tensor<double>&before = gradients.back()[i], &after = repeated[i];
      if (!before.defined() || !after.defined()) continue;
      if (const Index place = first_difference(before, after); place >= 0) {
        name(output, i, place, at(after, place), at(before, place));
        complain(Problem::random_gradient);
        return report;
      }
    }
  }

  double worst_excess = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].requires_grad()) continue;
    const bool missing = std::ranges::none_of(gradients, [i](const auto& of) { return of[i].defined(); });
    for (Index element = 0; element < inputs[i].numel(); ++element) {
      const auto moved = [&](double by) {
        double& x = inputs[i].writable()[static_cast<std::size_t>(element)];
        const double before = std::exchange(x, x + by);
        const Tensor<double> y = evaluate();
        inputs[i].writable()[static_cast<std::size_t>(element)] = before;
        return y;
      };
      const Tensor<double> above = moved(options.step), below = moved(-options.step);
      for (Index output = 0; output < outputs; ++output) {
        const double numerical = (at(above, output) - at(below, output)) / (2 * options.step);
        const Tensor<double>& gradient = gradients[static_cast<std::size_t>(output)][i];
        const double analytical = gradient.defined() ? at(gradient, element) : 0;
        const double error = std::abs(analytical - numerical);
        const double excess = error / (options.absolute_tolerance + options.relative_tolerance * std::abs(numerical));
        const bool wrong = !(excess <= 1);  // a NaN is wrong
        report.wrong += wrong;
        if (!(excess <= worst_excess) || report.checked == 0) {
          worst_excess = excess;
          report.largest_error = error;
          name(output, i, element, analytical, numerical);
          if (wrong) complain(missing ? Problem::missing_gradient : Problem::wrong_gradient);
        }
        ++report.checked;
      }
    }
  }
  return report;
}

}  // namespace detail

/// Compares the gradients of a function with central differences, for every element of the output by itself: an
/// upstream gradient that is 1 at one place and 0 elsewhere shows errors that a sum over the output hides.
///
/// Also found are a function whose result or gradient differs from call to call, and an input that the result depends
/// on but that gets no gradient. Inputs that want no gradient are left out; ValueError if none does. In double the
/// differences are good to about 1e-9 for functions of moderate size. As torch.autograd.gradcheck.
template <class F>
GradcheckReport gradcheck(F function, const std::vector<Variable<double>>& inputs,
                          const GradcheckOptions& options = {}) {
  return detail::compare_gradients(detail::AnyFunction(function), inputs, options);
}

}  // namespace latent
