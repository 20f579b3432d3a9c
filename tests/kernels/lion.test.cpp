#include "optimizer_steps.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("lion: every element follows the formula", T, float, double) {
  const kernels::LionStep<T> s{.lr = T(0.25),
                               .beta1 = T(0.5),
                               .one_minus_beta1 = T(0.5),
                               .beta2 = T(0.75),
                               .one_minus_beta2 = T(0.25),
                               .decay = T(0.9)};
  optimizer_steps::check<T, 1>(
      [&](auto& g, auto& p, auto& m) {
        std::vector<kernels::LionArray<T>> arrays;
        for (std::size_t i = 0; i < g.all.size(); ++i)
          arrays.push_back({g.all[i].numel(), g.data(i), p.data(i), m.data(i)});
        kernels::lion<T>(arrays, s);
      },
      [](double g, double& p, double& m) {
        p = 0.9 * p - (m + g > 0 ? 0.25 : -0.25);
        m = 0.75 * m + 0.25 * g;
      });
}

TEST_CASE("lion: the sign of 0 is 0, of NaN NaN, of infinity 1") {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> g{0, nan, infinity, -infinity};
  std::vector<float> p{1, 1, 1, infinity}, m(4);
  const std::vector<kernels::LionArray<float>> arrays{{4, g.data(), p.data(), m.data()}};
  kernels::lion<float>(
      arrays,
      {.lr = 0.5f, .beta1 = 0.9f, .one_minus_beta1 = 0.1f, .beta2 = 0.99f, .one_minus_beta2 = 0.01f, .decay = 1});
  CHECK(p[0] == 1);
  CHECK(std::isnan(p[1]));
  CHECK(p[2] == 0.5f);
  CHECK(p[3] == infinity);
  CHECK(std::isnan(m[1]));
}
