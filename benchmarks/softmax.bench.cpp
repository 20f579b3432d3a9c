#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

/// Rows of n elements, and columns of n. Beside a memcpy, and the exponentials of as many where
/// there are some; map(exp) takes what it takes for any numbers.
void add_softmax(Index outer, Index n, Index inner) {
  const Index count = outer * n * inner;
  const std::string sizes = inner > 1 ? message(outer, "x", n, "x", inner) : message(outer, "x", n);
  const auto name = [=](const char* what) { return message("softmax/", sizes, "/", what); };
  const auto bytes = [=](double arrays) { return 4 * arrays * static_cast<double>(count); };
  add_bytes(name("exp"), bytes(2), [=] {
    return [=, x = random({count}, -10, 0), y = Tensor<float>({count})]() mutable {
      kernels::map(
          count, y.data(), kernels::WriteMode::overwrite, [](auto v) { return kernels::exp<float>(v); },
          std::as_const(x).data());
    };
  });
  add_bytes_and_exponentials(name("softmax"), bytes(2), static_cast<double>(count), [=] {
    return [=, x = random({count}, -10, 0), y = Tensor<float>({count})]() mutable {
      kernels::softmax(outer, n, inner, std::as_const(x).data(), y.data());
    };
  });
  add_bytes_and_exponentials(name("log_softmax"), bytes(2), static_cast<double>(count), [=] {
    return [=, x = random({count}, -10, 0), y = Tensor<float>({count})]() mutable {
      kernels::log_softmax(outer, n, inner, std::as_const(x).data(), y.data());
    };
  });
  add_bytes(name("softmax_backward"), bytes(3), [=] {
    return [=, dy = random({count}), y = random({count}, 0.01f, 1), dx = Tensor<float>({count})]() mutable {
      kernels::softmax_backward<float>(outer, n, inner, std::as_const(dy).data(), std::as_const(y).data(), {dx.data()});
    };
  });
  add_bytes_and_exponentials(name("log_softmax_backward"), bytes(3), static_cast<double>(count), [=] {
    return [=, dy = random({count}), y = random({count}, -10, 0), dx = Tensor<float>({count})]() mutable {
      kernels::log_softmax_backward<float>(outer, n, inner, std::as_const(dy).data(), std::as_const(y).data(),
                                           {dx.data()});
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_softmax(64, 10, 1);     // classes of a batch
  add_softmax(4096, 64, 1);   // attention over 64 steps, 8 heads, a batch of 8
  add_softmax(256, 128, 1);   // in the nearest caches
  add_softmax(2048, 197, 1);  // no multiple of a register
  add_softmax(64, 30000, 1);  // words
  add_softmax(64, 64, 64);    // the axis before the last
  return true;
}();

}  // namespace
