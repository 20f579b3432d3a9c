#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "latent/autograd/variable.hpp"

namespace latent {

/// How precisely gradcheck looks.
struct GradcheckOptions {
  double step = 1e-6;                 ///< inputs are moved by +- this
  double absolute_tolerance = 1e-6;
  double relative_tolerance = 1e-5;   ///< of the numerical derivative
};

/// What gradcheck found. `ok` if every derivative agrees; else the fields name the worst one.
struct GradcheckReport {
  bool ok = true;
  double largest_error = 0;   ///< largest |analytical - numerical|
  Index input = 0;            ///< number of the input,
  Index element = 0;          ///< the element of it,
  Index output_element = 0;   ///< and the element of the output
  double analytical = 0;
  double numerical = 0;
  Index checked = 0;          ///< derivatives compared

  explicit operator bool() const { return ok; }

  std::string text() const {
    std::ostringstream out;
    out << "gradcheck: " << checked << " derivatives, " << (ok ? "all agree" : "some disagree") << ", largest error "
        << largest_error << ": d output[" << output_element << "] / d input " << input << "[" << element << "] is "
        << analytical << ", by finite differences " << numerical;
    return out.str();
  }
};

/// Compares the gradients of a function with central differences, for every element of the output by itself: an
/// upstream gradient that is 1 at one place and 0 elsewhere shows errors that a sum over the output hides.
/// The function must give the same result whenever it is called; inputs that want no gradient are left out.
/// In double the differences are good to about 1e-9 for functions of moderate size.
template <class F>
GradcheckReport gradcheck(F function, const std::vector<Variable<double>>& inputs, const GradcheckOptions& options = {}) {
  GradcheckReport report;
  const auto evaluate = [&] {
    const NoGrad no_grad;
    return Variable<double>(function(inputs)).value();
  };
  const Index outputs = evaluate().numel();

  std::vector<Tensor<double>> analytical;  // per output: the gradients of all inputs, one after the other
  for (Index output = 0; output < outputs; ++output) {
    for (const Variable<double>& input : inputs) input.zero_grad();
    const Variable<double> y = function(inputs);
    Tensor<double> upstream(y.shape());
    upstream.elements()[static_cast<std::size_t>(output)] = 1;
    if (y.requires_grad()) y.backward(upstream);
    for (const Variable<double>& input : inputs)
      analytical.push_back(input.grad().defined() ? input.grad() : Tensor<double>(input.shape()));
  }

  double worst_excess = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].zero_grad();
    if (!inputs[i].requires_grad()) continue;
    for (Index element = 0; element < inputs[i].numel(); ++element) {
      const auto at = static_cast<std::size_t>(element);
      const double before = inputs[i].value().elements()[at];
      inputs[i].writable()[at] = before + options.step;
      const Tensor<double> above = evaluate();
      inputs[i].writable()[at] = before - options.step;
      const Tensor<double> below = evaluate();
      inputs[i].writable()[at] = before;
      for (Index output = 0; output < outputs; ++output) {
        const double numerical =
            (above.elements()[static_cast<std::size_t>(output)] - below.elements()[static_cast<std::size_t>(output)]) /
            (2 * options.step);
        const Tensor<double>& gradient = analytical[static_cast<std::size_t>(output) * inputs.size() + i];
        const double error = std::abs(gradient.elements()[at] - numerical);
        const double excess = error / (options.absolute_tolerance + options.relative_tolerance * std::abs(numerical));
        ++report.checked;
        report.ok = report.ok && excess <= 1;  // a NaN is not
        if (!(excess <= worst_excess) || report.checked == 1) {
          worst_excess = excess;
          report.largest_error = error;
          report.input = static_cast<Index>(i);
          report.element = element;
          report.output_element = output;
          report.analytical = gradient.elements()[at];
          report.numerical = numerical;
        }
      }
    }
  }
  return report;
}

}  // namespace latent
