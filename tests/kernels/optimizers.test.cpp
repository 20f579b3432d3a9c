#include "optimizer_steps.hpp"

using namespace latent;

TEST_CASE_TEMPLATE(
    "adam: every element of every array follows the formula, with both kinds of weight decay and amsgrad", T, float,
    double) {
  for (const bool decays : {true, false})
    for (const bool amsgrad : {false, true}) {
      const kernels::AdamStep<T> s{.one_minus_beta1 = T(0.2),
                                   .beta2 = T(0.9),
                                   .one_minus_beta2 = T(0.1),
                                   .eps = T(0.01),
                                   .weight_decay = T(decays ? 0.3 : 0),
                                   .decay = T(decays ? 0.95 : 1),
                                   .amsgrad = amsgrad};
      optimizer_steps::check<T, 3>(
          [&](auto& g, auto& p, auto& m, auto& v, auto& largest) {
            std::vector<kernels::AdamArray<T>> arrays;
            for (std::size_t i = 0; i < g.all.size(); ++i)
              arrays.push_back({g.all[i].numel(), g.data(i), p.data(i), m.data(i), v.data(i), T(0.5), T(2),
                                amsgrad ? largest.data(i) : nullptr});
            kernels::adam<T>(arrays, s);
          },
          [&](double g, double& p, double& m, double& v, double& largest) {
            if (decays) g += 0.3 * p;
            m = 0.8 * m + 0.2 * g;
            v = 0.9 * v + 0.1 * g * g;
            if (amsgrad) largest = std::max(largest, v);
            p = (decays ? 0.95 : 1) * p - 0.5 * m / (std::sqrt(amsgrad ? largest : v) * 2 + 0.01);
          });
    }
}

TEST_CASE_TEMPLATE("sgd: every element of every array follows the formula, first and later steps, Nesterov or not", T,
                   float, double) {
  for (const bool momentum : {false, true})
    for (const bool first_step : {false, true})
      for (const bool nesterov : {false, true}) {
        const kernels::SgdStep<T> s{
            .lr = T(0.1), .momentum = T(0.8), .dampening = T(0.25), .weight_decay = T(0.3), .nesterov = nesterov};
        optimizer_steps::check<T, 1>(
            [&](auto& g, auto& p, auto& velocity) {
              std::vector<kernels::SgdArray<T>> arrays;
              for (std::size_t i = 0; i < g.all.size(); ++i)
                arrays.push_back(
                    {g.all[i].numel(), g.data(i), p.data(i), momentum ? velocity.data(i) : nullptr, first_step});
              kernels::sgd<T>(arrays, s);
            },
            [&](double g, double& p, double& velocity) {
              g += 0.3 * p;
              double direction = g;
              if (momentum) {
                velocity = first_step ? g : 0.8 * velocity + 0.75 * g;
                direction = nesterov ? g + 0.8 * velocity : velocity;
              }
              p -= 0.1 * direction;
            });
      }
}

TEST_CASE_TEMPLATE("adam: a gradient whose square is infinite moves nothing, a subnormal one moves as far as any", T,
                   float, double) {
  const T huge = std::sqrt(std::numeric_limits<T>::max()) * T(100);
  const T tiny = std::sqrt(std::numeric_limits<T>::min()) * T(0.01);
  const kernels::AdamStep<T> s{.one_minus_beta1 = T(0.1),
                               .beta2 = T(0.999),
                               .one_minus_beta2 = T(0.001),
                               .eps = T(0),
                               .weight_decay = T(0),
                               .decay = T(1)};
  const std::vector<T> g{huge, tiny, -tiny};
  std::vector<T> p{1, 1, 1}, m(3), v(3);
  const std::vector<kernels::AdamArray<T>> arrays{
      {3, g.data(), p.data(), m.data(), v.data(), T(0.01), T(1 / std::sqrt(0.001))}};
  kernels::adam<T>(arrays, s);
  CHECK(p[0] == 1);
  CHECK(p[1] == doctest::Approx(0.999).epsilon(1e-4));
  CHECK(p[2] == doctest::Approx(1.001).epsilon(1e-4));
}

TEST_CASE("sgd: an infinite parameter stays infinite where nothing decays") {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> g{1, 1};
  std::vector<float> p{infinity, 2};
  const std::vector<kernels::SgdArray<float>> arrays{{2, g.data(), p.data(), nullptr, false}};
  kernels::sgd<float>(arrays, {.lr = 0.5f, .momentum = 0, .dampening = 0, .weight_decay = 0, .nesterov = false});
  CHECK(p[0] == infinity);
  CHECK(p[1] == 1.5f);
}
