#pragma once

// Runs a graph by the library and by the interpreter, and compares what comes out.

#include "draw_graph.hpp"

namespace fuzz {

using latent::message;
using latent::Tensor;

/// What disagrees, in words.
struct Disagreement : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How many elements were compared, and how many could not be, since they overflow or rounding decides them.
struct Counts {
  long graphs = 0, refusals = 0, compared = 0, undecided = 0, by_differences = 0;
};

template <Scalar T>
class Check {
 public:
  Check(const Graph& graph, std::uint64_t seed, Counts& counts)
      : graph_(graph), draw_(seed + 1, Magnitude::mild), counts_(counts), expected_(Rounding::of<T>()) {}

  void run() {
    for (const Item& item : graph_.items) {
      if (!item.refusal) expected_.run(item);
      compute(item);
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      compare(message("x", i), nodes_[i].value(), expected_.nodes[i], [](const Number& number) { return number; });
    backward();
  }

 private:
  void compute(const Item& item) {
    if (!item.operation) {
      Tensor<T> value(item.shape);
      for (std::size_t i = 0; i < item.values.size(); ++i) value.elements()[i] = static_cast<T>(item.values[i]);
      nodes_.emplace_back(std::move(value), item.wants_gradient);
      used_.push_back(false);
      return;
    }
    Variables<T> inputs;
    for (std::size_t input : item.inputs) inputs.push_back(input == none ? Variable<T>() : nodes_[input]);
    Variables<T> results;
    try {
      if constexpr (sizeof(T) == 4) {
        results = item.operation->in_float(inputs, item);
      } else {
        results = item.operation->in_double(inputs, item);
      }
    } catch (const std::exception& error) {
      if (item.refusal && typeid(error) == *item.refusal) {
        ++counts_.refusals;
        return;
      }
      throw Disagreement(message(item.operation->name, " throws ", name_of(typeid(error)), ": ", error.what(),
                                 "; expected ", item.refusal ? name_of(*item.refusal) : "a result"));
    }
    if (item.refusal)
      throw Disagreement(message(item.operation->name, " was computed; expected ", name_of(*item.refusal)));
    for (Variable<T>& result : results) {
      nodes_.push_back(std::move(result));
      used_.push_back(false);
    }
    for (std::size_t i = 0; i + item.constants < item.inputs.size(); ++i)
      if (item.inputs[i] != none) used_[item.inputs[i]] = true;
  }

  /// Compares elements with the numbers that `of` gives for those of `expected`.
  template <class Of>
  void compare(const std::string& name, const Tensor<T>& actual, const Array& expected, Of of) {
    if (!(actual.shape() == expected.shape))
      throw Disagreement(message(name, " has the shape ", actual.shape(), ", expected ", expected.shape));
    for (std::size_t i = 0; i < expected.elements.size(); ++i) {
      const Number number = of(expected.elements[i]);
      const Real value = number.value, error = number.error;
      const Real found = static_cast<Real>(actual.elements()[i]);
      if (!(error < unknown)) {
        ++counts_.undecided;
        continue;
      }
      ++counts_.compared;
      if (found == value || std::abs(found - value) <= error) continue;
      char digits[160];
      std::snprintf(digits, sizeof digits, "[%zu] is %.12Lg, expected %.12Lg +- %.2Lg", i, found, value, error);
      throw Disagreement(name + digits);
    }
  }

  /// The gradients of all results that nothing else uses, together.
  void backward() {
    std::vector<std::vector<double>> upstream(nodes_.size());
    Variables<T> results;
    std::vector<Tensor<T>> dy;
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (used_[node] || !nodes_[node].requires_grad()) continue;
      Tensor<T> d(nodes_[node].shape());
      for (T& element : d.elements()) {
        upstream[node].push_back(draw_.element());
        element = static_cast<T>(upstream[node].back());
      }
      results.push_back(nodes_[node]);
      dy.push_back(std::move(d));
    }
    if (results.empty()) return;
    if (results.size() == 1) {
      results[0].backward(dy[0]);
    } else {
      Variable<T> total;
      for (std::size_t i = 0; i < results.size(); ++i) {
        const Variable<T> part = latent::sum(results[i] * Variable<T>(dy[i]));
        total = total ? total + part : part;
      }
      total.backward();
    }
    const auto gradients = expected_.gradients(upstream);
    const auto gradient_of = [&](const Number& number) {
      return Number{gradients[number.place].value, gradients[number.place].error};
    };
    for (const Item& item : graph_.items) {
      if (item.operation) continue;
      const Tensor<T>& gradient = nodes_[item.node].grad();
      if (gradient.defined() != item.wants_gradient)
        throw Disagreement(message("x", item.node, item.wants_gradient ? " has no gradient" : " has a gradient"));
      if (gradient.defined())
        compare(message("the gradient of x", item.node), gradient, expected_.nodes[item.node], gradient_of);
    }
    const bool smooth = graph_.magnitude == Magnitude::mild || graph_.magnitude == Magnitude::halves;
    if (smooth && sizeof(T) == 8) compare_with_differences(upstream, gradients);
  }

  /// The gradients of the interpreter by Richardson's extrapolation along a random direction.
  void compare_with_differences(const std::vector<std::vector<double>>& upstream,
                                const std::vector<Tape::Gradient>& gradients) {
    std::vector<std::vector<double>> direction(nodes_.size());
    Real slope = 0, size = 0;
    for (const Item& item : graph_.items)
      for (std::size_t i = 0; i < item.values.size(); ++i) {
        const double d = draw_.element();
        direction[item.node].push_back(d);
        const Tape::Gradient& gradient = gradients[expected_.nodes[item.node].elements[i].place];
        slope += gradient.value * d;
        const bool certain = gradient.error < 1e-6L * (gradient.magnitude + 1);
        size += certain ? gradient.magnitude * std::abs(d) : unknown;
      }
    if (!(size < 1e6L) || expected_.tape.nearest_corner < 0.01L) return;
    const auto along = [&](double step) {
      Interpretation at(Rounding::of<double>());
      at.constants_from = &expected_.nodes;
      for (Item item : graph_.items) {
        if (item.refusal) continue;
        for (std::size_t i = 0; i < item.values.size(); ++i) item.values[i] += step * direction[item.node][i];
        at.run(item);
      }
      Real total = 0;
      for (std::size_t node = 0; node < upstream.size(); ++node)
        for (std::size_t i = 0; i < upstream[node].size(); ++i)
          total += upstream[node][i] * at.nodes[node].elements[i].value;
      return total;
    };
    constexpr double step = 0x1p-16;
    const Real wide = (along(2 * step) - along(-2 * step)) / (4 * step),
               near = (along(step) - along(-step)) / (2 * step);
    const Real difference = near + (near - wide) / 3;
    if (!(std::abs(near - wide) < 1e-6L * (size + 1))) return;  // too curved
    ++counts_.by_differences;
    if (!(std::abs(difference - slope) <= std::abs(near - wide) + 1e-8L * (size + 1))) {
      char digits[160];
      std::snprintf(digits, sizeof digits, "the interpreter's derivative is %.12Lg, by finite differences %.12Lg",
                    slope, difference);
      throw Disagreement(digits);
    }
  }

  const Graph& graph_;
  Drawing draw_;
  Counts& counts_;
  Interpretation expected_;
  Variables<T> nodes_;
  std::vector<bool> used_;
};

/// Draws a graph and compares; throws a Disagreement that shows it.
inline void check_graph(std::uint64_t seed, Counts& counts) {
  const Graph graph = draw_graph(seed);
  ++counts.graphs;
  try {
    Check<float>(graph, seed, counts).run();
    Check<double>(graph, seed, counts).run();
  } catch (const Disagreement& what) {
    throw Disagreement(message("seed ", seed, ": ", what.what(), "\n", graph.text()));
  }
}

}  // namespace fuzz
