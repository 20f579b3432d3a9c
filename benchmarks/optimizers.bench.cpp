#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

struct Problem {
  Index n;
  Tensor<float> gradient = random({n}), parameter = gradient, exp_avg = gradient, exp_avg_sq = random({n}, 0, 1);
  Tensor<float> largest = exp_avg_sq;

  template <class Array>
  Array array() {
    Array result{};
    result.n = n;
    result.gradient = std::as_const(gradient).data();
    result.parameter = parameter.data();
    if constexpr (requires { result.exp_avg; }) result.exp_avg = exp_avg.data();
    if constexpr (requires { result.exp_avg_sq; }) result.exp_avg_sq = exp_avg_sq.data();
    if constexpr (requires { result.square_avg; }) result.square_avg = exp_avg_sq.data();
    if constexpr (requires { result.sum; }) result.sum = exp_avg_sq.data();
    if constexpr (requires { result.step_size; }) result.step_size = 1e-3f;
    return result;
  }
};

void add_optimizers(Index n) {
  const std::string size = std::string("/") + std::to_string(n);
  add_bytes("adam" + size, 28 * static_cast<double>(n), [=] {
    return [p = Problem{n}]() mutable {
      const kernels::AdamArray<float> array{
          p.n, std::as_const(p.gradient).data(), p.parameter.data(), p.exp_avg.data(), p.exp_avg_sq.data(), 1e-3f, 1};
      const kernels::AdamStep<float> step{.one_minus_beta1 = 0.1f,
                                          .beta2 = 0.999f,
                                          .one_minus_beta2 = 0.001f,
                                          .eps = 1e-8f,
                                          .weight_decay = 0,
                                          .decay = 1};
      kernels::adam<float>({&array, 1}, step);
    };
  });
  add_bytes("sgd_with_momentum" + size, 20 * static_cast<double>(n), [=] {
    return [p = Problem{n}]() mutable {
      const kernels::SgdArray<float> array{p.n, std::as_const(p.gradient).data(), p.parameter.data(), p.exp_avg.data(),
                                           false};
      kernels::sgd<float>({&array, 1},
                          {.lr = 1e-3f, .momentum = 0.9f, .dampening = 0, .weight_decay = 0, .nesterov = false});
    };
  });
  for (const bool amsgrad : {false, true})
    add_bytes((amsgrad ? "adamw_with_amsgrad" : "adamw") + size, (amsgrad ? 36 : 28) * static_cast<double>(n), [=] {
      return [p = Problem{n}, amsgrad]() mutable {
        auto array = p.array<kernels::AdamArray<float>>();
        array.inv_sqrt_bias_correction2 = 1;
        if (amsgrad) array.max_exp_avg_sq = p.largest.data();
        const kernels::AdamStep<float> step{.one_minus_beta1 = 0.1f,
                                            .beta2 = 0.999f,
                                            .one_minus_beta2 = 0.001f,
                                            .eps = 1e-8f,
                                            .weight_decay = 0,
                                            .decay = 0.99999f,
                                            .amsgrad = amsgrad};
        kernels::adam<float>({&array, 1}, step);
      };
    });
  add_bytes("rmsprop" + size, 20 * static_cast<double>(n), [=] {
    return [p = Problem{n}]() mutable {
      const auto array = p.array<kernels::RmspropArray<float>>();
      const kernels::RmspropStep<float> step{
          .lr = 1e-3f, .alpha = 0.99f, .one_minus_alpha = 0.01f, .eps = 1e-8f, .weight_decay = 0, .momentum = 0};
      kernels::rmsprop<float>({&array, 1}, step);
    };
  });
  add_bytes("adagrad" + size, 20 * static_cast<double>(n), [=] {
    return [p = Problem{n}]() mutable {
      const auto array = p.array<kernels::AdagradArray<float>>();
      kernels::adagrad<float>({&array, 1}, {.eps = 1e-10f, .weight_decay = 0});
    };
  });
  const kernels::AdamStep<float> moments{
      .one_minus_beta1 = 0.1f, .beta2 = 0.999f, .one_minus_beta2 = 0.001f, .eps = 1e-8f, .weight_decay = 0, .decay = 1};
  add_bytes("nadam" + size, 28 * static_cast<double>(n), [=] {
    return [p = Problem{n}, moments]() mutable {
      auto array = p.array<kernels::NadamArray<float>>();
      array.gradient_size = 1e-4f;
      array.inv_sqrt_bias_correction2 = 1;
      kernels::nadam<float>({&array, 1}, moments);
    };
  });
  add_bytes("radam" + size, 28 * static_cast<double>(n), [=] {
    return [p = Problem{n}, moments]() mutable {
      auto array = p.array<kernels::RadamArray<float>>();
      array.rectified = true;
      kernels::radam<float>({&array, 1}, moments);
    };
  });
  add_bytes("move_averages" + size, 12 * static_cast<double>(n), [=] {
    return [p = Problem{n}]() mutable {
      const kernels::AveragedArray<float> array{p.n, std::as_const(p.parameter).data(), p.exp_avg.data()};
      kernels::move_averages<float>({&array, 1}, 1e-3f);
    };
  });
  add_bytes("lion" + size, 20 * static_cast<double>(n), [=] {
    return [p = Problem{n}]() mutable {
      const auto array = p.array<kernels::LionArray<float>>();
      kernels::lion<float>(
          {&array, 1},
          {.lr = 1e-4f, .beta1 = 0.9f, .one_minus_beta1 = 0.1f, .beta2 = 0.99f, .one_minus_beta2 = 0.01f, .decay = 1});
    };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_optimizers(217936);  // the parameters of FC-AE
  add_optimizers(667360);  // those of VAE
  return true;
}();

}  // namespace
