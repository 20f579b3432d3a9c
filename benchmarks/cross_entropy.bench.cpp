#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

/// Losses of rows of logits, and their gradient, beside log_softmax and nll_loss, two operations one after the other.
/// Forward reads logits; backward reads them and writes as many.
void add_cross_entropy(Index rows, Index classes, double smoothing) {
  const auto name = [=](const char* what) {
    return message("cross_entropy/", rows, "x", classes, smoothing > 0 ? "/smoothed/" : "/", what);
  };
  const double bytes = 4 * static_cast<double>(rows * classes);
  Tensor<Index> target({rows});
  for (Index i = 0; i < rows; ++i) target(i) = 7919 * i % classes;
  add_bytes_and_exponentials(name("forward"), bytes, static_cast<double>(rows * classes), [=] {
    return [=, x = Variable<float>(random({rows, classes}, -10, 0))] {
      benchmark::DoNotOptimize(cross_entropy(x, target, {.label_smoothing = smoothing}));
    };
  });
  const auto step = [=](auto loss) {
    return [=] {
      return [=, x = Variable<float>(random({rows, classes}, -10, 0), true)] {
        x.zero_grad();
        loss(x).backward();
      };
    };
  };
  add_bytes_and_exponentials(name("both"), 3 * bytes, 2 * static_cast<double>(rows * classes), step([=](const auto& x) {
                               return cross_entropy(x, target, {.label_smoothing = smoothing});
                             }));
  if (smoothing == 0)
    add_bytes(name("log_softmax_nll_loss"), 3 * bytes,
              step([=](const auto& x) { return nll_loss(log_softmax(x), target); }));
  add_bytes(name("exp_twice"), 3 * bytes, [=] {
    return [=, x = random({rows * classes}, -10, 0), y = Tensor<float>({rows * classes})]() mutable {
      for (int i = 0; i < 2; ++i)
        kernels::map(
            rows * classes, y.data(), kernels::WriteMode::overwrite, [](auto v) { return kernels::exp<float>(v); },
            std::as_const(x).data());
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_cross_entropy(64, 10, 0);
  add_cross_entropy(256, 1000, 0);
  add_cross_entropy(256, 1000, 0.1);
  add_cross_entropy(64, 30000, 0);
  return true;
}();

}  // namespace
