#pragma once

#include "../errors.hpp"
#include "../reference.hpp"

// Steps of optimizers, compared with their formulas.

namespace optimizer_steps {

using namespace latent;

/// Arrays of many lengths.
constexpr std::array<Index, 5> lengths{1, 7, 8, 33, 20000};

template <Scalar T>
struct Arrays {
  std::vector<Tensor<T>> all;

  Arrays(std::uint64_t seed, T low, T high) {
    for (const Index n : lengths)
      all.push_back(reference::random<T>({n}, seed + static_cast<std::uint64_t>(n), low, high));
  }

  T* data(std::size_t i) { return all[i].data(); }
};

/// Calls step(gradient, parameter, states..) with Arrays, with several numbers of threads, which must give the same
/// bits, and formula(g, p, states..) for each element, which changes all but g in double. States lie in [0, 1).
template <Scalar T, std::size_t States, class Step, class Formula>
void check(Step step, Formula formula) {
  const auto call = [](auto function, auto& first, auto& all) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { function(first, all[I]...); }
    (std::make_index_sequence<States + 1>{});
  };
  Arrays<T> gradient(1, -1, 1);
  std::vector<Arrays<T>> before{Arrays<T>(2, -1, 1)}, first;
  for (std::size_t i = 0; i < States; ++i) before.emplace_back(3 + i, T(0), T(1));
  for (const int count : {1, 2, 3, 7}) {
    std::vector<Arrays<T>> now = before;
    set_threads(count);
    call(step, gradient, now);
    set_threads(0);
    if (first.empty()) first = now;
    for (std::size_t state = 0; state <= States; ++state)
      for (std::size_t i = 0; i < lengths.size(); ++i)
        CHECK(reference::identical(now[state].all[i], first[state].all[i]));
  }
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    std::vector<Tensor<double>> expected(States + 1, Tensor<double>({lengths[i]}));
    for (Index j = 0; j < lengths[i]; ++j) {
      std::array<double, States + 1> element;
      for (std::size_t state = 0; state <= States; ++state)
        element[state] = static_cast<double>(std::as_const(before[state].all[i])(j));
      const auto g = static_cast<double>(std::as_const(gradient.all[i])(j));
      call(formula, g, element);
      for (std::size_t state = 0; state <= States; ++state) expected[state](j) = element[state];
    }
    for (std::size_t state = 0; state <= States; ++state)
      CHECK(reference::difference(first[state].all[i], expected[state]) <
            20 * static_cast<double>(std::numeric_limits<T>::epsilon()));
  }
}

}  // namespace optimizer_steps
