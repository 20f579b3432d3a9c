#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latent/autograd/variable.hpp"

/// What a layer or model names in its `visit(f)`, collected. `visit` calls f(name, part) for each of its parameters
/// and for each layer within it:
///
///     struct Model {
///       nn::Linear<> encoder, decoder;
///       template <class F>
///       void visit(F&& f) const { f("encoder", encoder), f("decoder", decoder); }
///     };
///
/// Types without `visit`, activations for example, have no parameters.
namespace latent::nn {

namespace detail {
struct Ignore {
  template <class... Anything>
  void operator()(Anything&&...) const {}
};
template <class T>
inline constexpr bool is_variable = false;
template <class T>
inline constexpr bool is_variable<Variable<T>> = true;
}  // namespace detail

template <class Model>
concept Visitable = requires(const Model& model) {
  model.visit(detail::Ignore{});
};

/// Calls f(name, parameter) for every parameter of a model, in order, with names as in PyTorch's state_dict:
/// "encoder.0.weight". Absent ones, as a bias that is switched off, are left out. (Not inlined, as all that a program
/// does once: its main function would grow by each of them.)
template <class Model, class F>
[[gnu::noinline]] void each_parameter(const Model& model, F&& f, const std::string& prefix = "") {
  if constexpr (Visitable<Model>) {
    model.visit([&](std::string_view name, const auto& part) {
      const std::string full = prefix + std::string(name);
      if constexpr (detail::is_variable<std::remove_cvref_t<decltype(part)>>) {
        if (part) f(full, part);
      } else {
        each_parameter(part, f, full + ".");
      }
    });
  }
}

/// All parameters of a model, for an optimizer.
template <Scalar T = float, class Model>
[[gnu::noinline]] std::vector<Variable<T>> parameters(const Model& model) {
  std::vector<Variable<T>> result;
  each_parameter(model, [&](const std::string&, const Variable<T>& parameter) { result.push_back(parameter); });
  return result;
}

/// All parameters with their names.
template <Scalar T = float, class Model>
[[gnu::noinline]] std::vector<std::pair<std::string, Variable<T>>> named_parameters(const Model& model) {
  std::vector<std::pair<std::string, Variable<T>>> result;
  each_parameter(model,
                 [&](const std::string& name, const Variable<T>& parameter) { result.emplace_back(name, parameter); });
  return result;
}

/// Elements of all parameters of a model together.
template <class Model>
Index parameter_count(const Model& model) {
  Index count = 0;
  each_parameter(model, [&](const std::string&, const auto& parameter) { count += parameter.numel(); });
  return count;
}

}  // namespace latent::nn
