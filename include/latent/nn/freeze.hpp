#pragma once

#include "latent/nn/parameters.hpp"

/// Parameters by their names, as named_parameters(model) has them: one of them, or all within a layer.
namespace latent::nn {

namespace detail {

/// Whether a parameter has this name, or lies in the layer of this name, with or without a dot behind it: "encoder" and
/// "encoder." for "encoder.0.weight", not for "encoder2.weight". All lie in "".
inline bool lies_in(std::string_view name, std::string_view layer) {
  if (!name.starts_with(layer)) return false;
  return layer.empty() || layer.ends_with('.') || name.size() == layer.size() || name[layer.size()] == '.';
}

/// "0.weight, 0.bias, 2.weight, .. (6)", the first names of a model and how many there are.
template <class Model>
[[gnu::cold, gnu::noinline]] std::string names_in(const Model& model) {
  std::string text;
  Index count = 0;
  each_parameter(model, [&](const std::string& name, const auto&) {
    if (++count > 8) return;
    if (count > 1) text += ", ";
    text += name;
  });
  return count > 8 ? message(text, ", .. (", count, ")") : text;
}

template <class Model>
[[gnu::noinline]] void set_requires_grad(const char* function, const Model& model, std::string_view layer,
                                         bool wanted) {
  bool found = layer.empty();
  each_parameter(model, [&](const std::string& name, const auto& parameter) {
    if (!lies_in(name, layer)) return;
    parameter.set_requires_grad(wanted);
    found = true;
  });
  check<ValueError>(found, function, ": no parameter within ", layer, " found in ", names_in(model));
}

}  // namespace detail

/// Freezes a model, the layer of it that has this name, or a single parameter: they get no gradient any more, and
/// forget what they have; steps of optimizers leave them alone. Backward computes nothing for layers in front that have
/// only frozen parameters.
///
///     nn::freeze(model, "encoder");   // "encoder.0.weight", ..
///
/// ValueError if there is no such name. As requires_grad_(False) of torch.nn.Module.
template <class Model>
void freeze(const Model& model, std::string_view layer = "") {
  detail::set_requires_grad("freeze", model, layer, false);
}

/// The opposite: they get gradients again.
template <class Model>
void unfreeze(const Model& model, std::string_view layer = "") {
  detail::set_requires_grad("unfreeze", model, layer, true);
}

/// The parameter of this name, with its gradient: `nn::parameter(model, "encoder.0.weight").grad()`. ValueError if
/// there is none. As torch.nn.Module.get_parameter.
template <Scalar T = float, class Model>
[[gnu::noinline]] Variable<T> parameter(const Model& model, std::string_view name) {
  Variable<T> result;
  each_parameter(model, [&](const std::string& other, const Variable<T>& part) {
    if (other == name) result = part;
  });
  check<ValueError>(static_cast<bool>(result), "parameter: no ", name, " found in ", detail::names_in(model));
  return result;
}

}  // namespace latent::nn
