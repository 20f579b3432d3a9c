#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// Arrays of many lengths, their elements one after the other.
constexpr std::array<Index, 5> lengths{1, 7, 8, 33, 20000};

template <Scalar T>
struct Arrays {
  std::vector<Tensor<T>> all;

  Arrays(std::uint64_t seed, T low, T high) {
    for (const Index n : lengths)
      all.push_back(reference::random<T>({n}, seed + static_cast<std::uint64_t>(n), low, high));
  }
};

}  // namespace

TEST_CASE_TEMPLATE("adam: every element of every array follows the formula, with both kinds of weight decay", T, float,
                   double) {
  const kernels::AdamStep<T> s{.one_minus_beta1 = T(0.2),
                               .beta2 = T(0.9),
                               .one_minus_beta2 = T(0.1),
                               .eps = T(0.01),
                               .weight_decay = T(0.3),
                               .decay = T(0.95)};
  const Arrays<T> p0(1, -1, 1), g(2, -1, 1), m0(3, -1, 1), v0(4, 0, 1);
  std::vector<Tensor<double>> results;
  for (const int count : {1, 3}) {
    set_threads(count);
    Arrays<T> p = p0, m = m0, v = v0;
    std::vector<kernels::AdamArray<T>> arrays;
    for (std::size_t i = 0; i < lengths.size(); ++i)
      arrays.push_back({lengths[i], g.all[i].data(), p.all[i].data(), m.all[i].data(), v.all[i].data(), T(0.5), T(2)});
    kernels::adam<T>(arrays, s);
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      Tensor<double> expected({lengths[i]});
      for (Index j = 0; j < lengths[i]; ++j) {
        const auto before = static_cast<double>(p0.all[i](j));
        const double gradient = static_cast<double>(g.all[i](j)) + 0.3 * before;
        const double first = static_cast<double>(m0.all[i](j)) * 0.8 + 0.2 * gradient;
        const double second = 0.9 * static_cast<double>(v0.all[i](j)) + 0.1 * gradient * gradient;
        expected(j) = 0.95 * before - 0.5 * first / (std::sqrt(second) * 2 + 0.01);
      }
      CHECK(reference::difference(p.all[i], expected) < 10 * static_cast<double>(std::numeric_limits<T>::epsilon()));
    }
  }
  set_threads(0);
}

TEST_CASE_TEMPLATE("sgd: every element of every array follows the formula, first and later steps, Nesterov or not", T,
                   float, double) {
  for (const bool momentum : {false, true})
    for (const bool first_step : {false, true})
      for (const bool nesterov : {false, true}) {
        const kernels::SgdStep<T> s{
            .lr = T(0.1), .momentum = T(0.8), .dampening = T(0.25), .weight_decay = T(0.3), .nesterov = nesterov};
        const Arrays<T> p0(1, -1, 1), g(2, -1, 1), v0(3, -1, 1);
        Arrays<T> p = p0, v = v0;
        std::vector<kernels::SgdArray<T>> arrays;
        for (std::size_t i = 0; i < lengths.size(); ++i)
          arrays.push_back(
              {lengths[i], g.all[i].data(), p.all[i].data(), momentum ? v.all[i].data() : nullptr, first_step});
        kernels::sgd<T>(arrays, s);
        for (std::size_t i = 0; i < lengths.size(); ++i) {
          Tensor<double> expected({lengths[i]});
          for (Index j = 0; j < lengths[i]; ++j) {
            const auto before = static_cast<double>(p0.all[i](j));
            const double gradient = static_cast<double>(g.all[i](j)) + 0.3 * before;
            double velocity = gradient;
            if (!first_step) velocity = 0.8 * static_cast<double>(v0.all[i](j)) + 0.75 * gradient;
            const double with_momentum = nesterov ? gradient + 0.8 * velocity : velocity;
            expected(j) = before - 0.1 * (momentum ? with_momentum : gradient);
          }
          CHECK(reference::difference(p.all[i], expected) <
                10 * static_cast<double>(std::numeric_limits<T>::epsilon()));
        }
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
