#include "optimizer_steps.hpp"

using namespace latent;

namespace {

template <Scalar T>
constexpr kernels::AdamStep<T> moments_step{.one_minus_beta1 = T(0.2),
                                            .beta2 = T(0.9),
                                            .one_minus_beta2 = T(0.1),
                                            .eps = T(0.5),
                                            .weight_decay = T(0.3),
                                            .decay = T(0.95)};

/// An array of it, for what comes behind the moments.
template <class Array, class All>
Array moments_array(All& g, All& p, All& m, All& v, std::size_t i) {
  Array array{};
  array.n = g.all[i].numel();
  array.gradient = g.data(i);
  array.parameter = p.data(i);
  array.exp_avg = m.data(i);
  array.exp_avg_sq = v.data(i);
  return array;
}

void change_moments(double& g, double p, double& m, double& v) {
  g += 0.3 * p;
  m = 0.8 * m + 0.2 * g;
  v = 0.9 * v + 0.1 * g * g;
}

}  // namespace

TEST_CASE_TEMPLATE("nadam: every element follows the formula", T, float, double) {
  optimizer_steps::check<T, 2>(
      [](auto& g, auto& p, auto& m, auto& v) {
        std::vector<kernels::NadamArray<T>> arrays;
        for (std::size_t i = 0; i < g.all.size(); ++i) {
          auto& array = arrays.emplace_back(moments_array<kernels::NadamArray<T>>(g, p, m, v, i));
          array.gradient_size = T(0.1), array.step_size = T(0.4), array.inv_sqrt_bias_correction2 = T(2);
        }
        kernels::nadam<T>(arrays, moments_step<T>);
      },
      [](double g, double& p, double& m, double& v) {
        change_moments(g, p, m, v);
        p = 0.95 * p - (0.1 * g + 0.4 * m) / (2 * std::sqrt(v) + 0.5);
      });
}

TEST_CASE_TEMPLATE("radam: every element follows the formula, rectified or not", T, float, double) {
  for (const bool rectified : {false, true})
    optimizer_steps::check<T, 2>(
        [&](auto& g, auto& p, auto& m, auto& v) {
          std::vector<kernels::RadamArray<T>> arrays;
          for (std::size_t i = 0; i < g.all.size(); ++i) {
            auto& array = arrays.emplace_back(moments_array<kernels::RadamArray<T>>(g, p, m, v, i));
            array.step_size = T(0.4), array.rectified = rectified;
          }
          kernels::radam<T>(arrays, moments_step<T>);
        },
        [&](double g, double& p, double& m, double& v) {
          change_moments(g, p, m, v);
          p = 0.95 * p - 0.4 * m / (rectified ? std::sqrt(v) + 0.5 : 1);
        });
}
