#include "optimizer_steps.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("rmsprop: every element follows the formula, centered or not, with and without momentum", T, float,
                   double) {
  for (const bool centered : {false, true})
    for (const bool momentum : {false, true}) {
      const kernels::RmspropStep<T> s{.lr = T(0.1),
                                      .alpha = T(0.8),
                                      .one_minus_alpha = T(0.2),
                                      .eps = T(0.5),
                                      .weight_decay = T(0.3),
                                      .momentum = T(0.7)};
      optimizer_steps::check<T, 3>(
          [&](auto& g, auto& p, auto& v, auto& a, auto& b) {
            for (Tensor<T>& x : v.all)
              for (T& element : x.elements()) element += 2;  // no variance is near 0, where rounding would show
            std::vector<kernels::RmspropArray<T>> arrays;
            for (std::size_t i = 0; i < g.all.size(); ++i)
              arrays.push_back({g.all[i].numel(), g.data(i), p.data(i), v.data(i), centered ? a.data(i) : nullptr,
                                momentum ? b.data(i) : nullptr});
            kernels::rmsprop<T>(arrays, s);
          },
          [&](double g, double& p, double& v, double& a, double& b) {
            g += 0.3 * p;
            v = 0.8 * (v + 2) + 0.2 * g * g;
            double variance = v;
            if (centered) {
              a = 0.8 * a + 0.2 * g;
              variance = v - a * a;
            }
            double direction = g / (std::sqrt(variance) + 0.5);
            if (momentum) direction = b = 0.7 * b + direction;
            p -= 0.1 * direction;
          });
    }
}

TEST_CASE("rmsprop: an infinite parameter stays infinite where nothing decays, and a variance below 0 is 0") {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> g{1, 1};
  std::vector<float> p{infinity, 2}, v{0, 0.5f}, a{1, 1};
  kernels::RmspropStep<float> s{
      .lr = 0.5f, .alpha = 1, .one_minus_alpha = 0, .eps = 0.25f, .weight_decay = 0, .momentum = 0};
  const std::vector<kernels::RmspropArray<float>> arrays{{2, g.data(), p.data(), v.data(), a.data(), nullptr}};
  kernels::rmsprop<float>(arrays, s);
  CHECK(p[0] == infinity);
  CHECK(p[1] == 0);  // 2 - 0.5 1 / (0 + 0.25)
}

TEST_CASE_TEMPLATE("adagrad: every element follows the formula", T, float, double) {
  optimizer_steps::check<T, 1>(
      [](auto& g, auto& p, auto& sum) {
        std::vector<kernels::AdagradArray<T>> arrays;
        for (std::size_t i = 0; i < g.all.size(); ++i)
          arrays.push_back({g.all[i].numel(), g.data(i), p.data(i), sum.data(i), T(0.2)});
        kernels::adagrad<T>(arrays, {.eps = T(0.5), .weight_decay = T(0.3)});
      },
      [](double g, double& p, double& sum) {
        g += 0.3 * p;
        sum += g * g;
        p -= 0.2 * g / (std::sqrt(sum) + 0.5);
      });
}
