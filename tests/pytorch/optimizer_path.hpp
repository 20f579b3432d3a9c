#pragma once

#include "fixtures.hpp"

namespace fixtures {

/// Takes the 20 steps of a case with the optimizer make(a, b), and compares the parameters after each.
template <Scalar T, class Make>
void check_path_of(Comparison& comparison, const Case& c, Make make) {
  CAPTURE(c.options.json());
  const Variable<T> a(c.tensor<T>("in/a"), true), b(c.tensor<T>("in/b"), true);
  const auto da = c.tensor<T>("d/a"), db = c.tensor<T>("d/b");
  auto optimizer = make(a, b);
  auto path_a = Tensor<T>::uninitialized(da.shape()), path_b = Tensor<T>::uninitialized(db.shape());
  for (Index step = 0; step < 20; ++step) {
    const auto give = [&](const Variable<T>& parameter, const Tensor<T>& gradients) {
      parameter.pass_grad(gradients.rows(step, step + 1).reshape(parameter.shape()));
    };
    const auto keep = [&](const Variable<T>& parameter, Tensor<T>& path) {
      std::ranges::copy(parameter.value().elements(), path.data() + step * parameter.numel());
    };
    optimizer.zero_grad();
    give(a, da);
    if (step % 3 != 2) give(b, db);
    optimizer.step();
    keep(a, path_a);
    keep(b, path_b);
  }
  comparison.compare(c, "a", path_a);
  comparison.compare(c, "b", path_b);
}

/// The same with all parameters in one.
template <Scalar T, class Optimizer, class Options>
void check_path(Comparison& comparison, const Case& c, const Options& options) {
  check_path_of<T>(comparison, c, [&](const Variable<T>& a, const Variable<T>& b) {
    return Optimizer(std::vector{a, b}, options);
  });
}

}  // namespace fixtures
