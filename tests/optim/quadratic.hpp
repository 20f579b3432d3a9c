#pragma once

#include <map>

#include "../reference.hpp"

// A function to minimise: f(p) = sum of curvature_i p_i^2 / 2.

namespace quadratic {

constexpr std::array curvature{1.0, 2.0, 4.0}, start{1.0, -2.0, 0.5};

/// Takes `steps` steps and returns p after each.
template <class Optimizer, class Options>
std::vector<latent::Tensor<double>> path(const Options& options, int steps) {
  using namespace latent;
  const Variable<double> p(Tensor<double>({3}, start), true), c(Tensor<double>({3}, curvature));
  Optimizer optimizer(std::vector{p}, options);
  std::vector<Tensor<double>> result;
  for (int i = 0; i < steps; ++i) {
    optimizer.zero_grad();
    sum(c * square(p) * 0.5).backward();
    optimizer.step();
    result.push_back(p.value());
  }
  return result;
}

/// Everything that `visit` names, kept or, with `takes`, given back.
struct State {
  std::map<std::string, latent::Tensor<double>> parts;
  bool takes = false;

  template <class Number, class Set>
  void number(const std::string& name, Number number, Set set) {
    if (takes)
      set(static_cast<Number>(parts.at(name).item()));
    else
      parts[name] = latent::Tensor<double>::full({}, static_cast<double>(number));
  }
  template <class Number>
  void operator()(const std::string& name, Number& x) {
    number(name, x, [&](Number value) { x = value; });
  }
  template <class Set>
  void operator()(const std::string& name, latent::Index& x, const Set& set) {
    number(name, x, set);
  }
  void operator()(const std::string& name, latent::Tensor<double>& x) {
    takes ? void(x = parts.at(name)) : void(parts[name] = x);
  }
  void operator()(const std::string& name, latent::Tensor<double>& x, const latent::Shape& shape) {
    if (takes ? parts.contains(name) : x.defined()) (*this)(name, x);
    if (x.defined()) CHECK(x.shape() == shape);
  }
};

/// Checks that an optimizer made with `other` options, and given the state of one after some steps, takes the same
/// steps from there on. The names of its state, in alphabetical order.
template <class Optimizer, class Options = decltype(Optimizer::options)>
std::string names_of_state(const Options& options, const Options& other) {
  using namespace latent;
  const Variable<double> p(Tensor<double>({3}, start), true), c(Tensor<double>({3}, curvature));
  Optimizer first(std::vector{p}, options), second(std::vector{p}, other);
  const auto go = [&](Optimizer& optimizer) {
    for (int i = 0; i < 5; ++i) {
      optimizer.zero_grad();
      sum(c * square(p) * 0.5).backward();
      optimizer.step();
    }
    return p.value();
  };
  go(second);
  p.set_value(Tensor<double>({3}, start));
  const Tensor<double> halfway = go(first);
  State state;
  first.visit(state);
  const Tensor<double> expected = go(first);
  p.set_value(halfway);
  state.takes = true;
  second.visit(state);
  CHECK(reference::identical(go(second), expected));
  std::string names;
  for (const auto& [name, part] : state.parts) names.append(name).append(" ");
  return names;
}

}  // namespace quadratic
