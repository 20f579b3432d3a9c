#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

constexpr double init_infinity = std::numeric_limits<double>::infinity();

struct Moments {
  double mean = 0, std = 0, least = init_infinity, most = -init_infinity;
};

template <Scalar T>
Moments moments(const Variable<T>& x) {
  Moments m;
  const auto n = static_cast<double>(x.numel());
  for (const T element : x.value().elements()) {
    const auto value = static_cast<double>(element);
    m.mean += value / n;
    m.least = std::min(m.least, value), m.most = std::max(m.most, value);
  }
  for (const T element : x.value().elements()) m.std += std::pow(static_cast<double>(element) - m.mean, 2) / n;
  m.std = std::sqrt(m.std);
  return m;
}

/// Mean and deviation are right within five of their own standard deviations: those of a mean of n numbers, and of
/// their deviation, of which the fourth moment is that of the law, in units of std^4.
void check_law(const Variable<float>& x, double mean, double std, double fourth) {
  const Moments m = moments(x);
  const auto n = static_cast<double>(x.numel());
  CHECK(std::abs(m.mean - mean) < 5 * std / std::sqrt(n));
  CHECK(std::abs(m.std - std) < 5 * std * std::sqrt((fourth - 1) / n) / 2);
}

constexpr double of_uniform = 1.8, of_normal = 3;

}  // namespace

TEST_CASE("initializers: constants, uniform and normal numbers, the same for the same seed") {
  const Variable<float> p(Tensor<float>({200, 100}), true), q(Tensor<float>({200, 100}), true);
  nn::init::ones(p);
  CHECK(moments(p).least == 1);
  nn::init::constant(p, 0.5);
  CHECK(moments(p).most == 0.5);
  nn::init::zeros(p);
  CHECK(moments(p).std == 0);
  Rng rng(1), again(1);
  nn::init::uniform(p, rng, -1, 3);
  check_law(p, 1, 4 / std::sqrt(12), of_uniform);
  CHECK(moments(p).least >= -1);
  CHECK(moments(p).most < 3);
  nn::init::normal(p, rng, 2, 0.5);
  check_law(p, 2, 0.5, of_normal);
  nn::init::uniform(q, again);
  nn::init::normal(q, again, 2, 0.5);
  CHECK(reference::identical(p.value(), q.value()));
  CHECK(p.requires_grad());
}

TEST_CASE("initializers: xavier and kaiming draw numbers of their deviation") {
  const Variable<float> p(Tensor<float>({40, 25, 4, 5}), true);  // fan_in 500, fan_out 800
  Rng rng(2);
  const double xavier = 1.5 * std::sqrt(2.0 / 1300), kaiming = std::sqrt(2.0 / 500);
  nn::init::xavier_uniform(p, rng, 1.5);
  check_law(p, 0, xavier, of_uniform);
  CHECK(moments(p).most <= std::sqrt(3.0) * xavier * (1 + 1e-6));
  nn::init::xavier_normal(p, rng, 1.5);
  check_law(p, 0, xavier, of_normal);
  nn::init::kaiming_uniform(p, rng);
  check_law(p, 0, kaiming, of_uniform);
  nn::init::kaiming_normal(p, rng, {.mode = nn::init::FanMode::fan_out, .nonlinearity = nn::init::Nonlinearity::tanh});
  check_law(p, 0, 5.0 / 3 / std::sqrt(800.0), of_normal);
  const Variable<float> empty(Tensor<float>({0, 0}), true);
  nn::init::xavier_uniform(empty, rng);
  nn::init::kaiming_normal(empty, rng);
}

TEST_CASE("trunc_normal: lies within its bounds, and has the mean and deviation of the law, also far from the mean") {
  struct Case {
    double mean, std, a, b;
  };
  for (const Case& c : {Case{0, 1, -2, 2}, Case{1, 0.5, 0.9, 3}, Case{0, 1, -init_infinity, init_infinity},
                        Case{0, 1, 10, 1000}, Case{0, 0.02, -2, 2}, Case{5, 1, -3, -1}, Case{0, 1, 1, 1}}) {
    const double mean = c.mean, std = c.std, a = c.a, b = c.b;
    CAPTURE(a);
    const Variable<float> p(Tensor<float>({20000}), true);
    Rng rng(3);
    nn::init::trunc_normal(p, rng, mean, std, a, b);
    CHECK(moments(p).least >= a);
    CHECK(moments(p).most <= b);
    if (a == b) continue;
    // The moments of the density by the midpoint rule, where it is above exp(-40) of its maximum.
    const double mode = std::clamp(mean, a, b), reach = 10 * std;
    const double low = std::max(a, mode - reach), high = std::min(b, mode + reach);
    double total = 0, first = 0, second = 0, fourth = 0;
    const int steps = 100000;
    const auto each = [&](auto f) {
      for (int i = 0; i < steps; ++i) {
        const double x = low + (high - low) * (i + 0.5) / steps;
        f(x, std::exp(((mode - mean) * (mode - mean) - (x - mean) * (x - mean)) / (2 * std * std)));
      }
    };
    each([&](double x, double density) { total += density, first += density * x; });
    first /= total;
    each([&](double x, double density) {
      second += density / total * std::pow(x - first, 2), fourth += density / total * std::pow(x - first, 4);
    });
    check_law(p, first, std::sqrt(second), fourth / (second * second));
  }
}

TEST_CASE("initializers: refuse what is out of range") {
  const Variable<float> p(Tensor<float>({2, 3}), true), vector(Tensor<float>({3}), true);
  Rng rng(4);
  CHECK(message_of<ValueError>([&] { nn::init::uniform(p, rng, 2, 1); }) ==
        "uniform: a must be at most b, and both finite, got a 2, b 1");
  CHECK(message_of<ValueError>([&] { nn::init::normal(p, rng, 0, -1); }) ==
        "normal: mean must be finite, and std at least 0 and finite, got mean 0, std -1");
  CHECK(message_of<ValueError>([&] { nn::init::trunc_normal(p, rng, 0, 1, 3, 2); }) ==
        "trunc_normal: finite numbers must lie in [a, b], and std be above 0, got a 3, b 2, std 1");
  CHECK_THROWS_AS(nn::init::trunc_normal(p, rng, 0, 0), ValueError);
  CHECK_THROWS_AS(nn::init::trunc_normal(p, rng, 0, 1, init_infinity, init_infinity), ValueError);
  CHECK(message_of<ShapeError>([&] { nn::init::xavier_uniform(vector, rng); }) ==
        "xavier_uniform: weight [Out, In, ..] expected, got shape [3]");
  CHECK(message_of<ValueError>([&] { nn::init::xavier_normal(p, rng, -1); }) ==
        "xavier_normal: gain must be at least 0 and finite, got -1");
  CHECK(message_of<ValueError>([&] { nn::init::kaiming_normal(p, rng, {.a = init_infinity}); }) ==
        "kaiming_normal: a must be finite, got inf");
  CHECK_THROWS_AS(nn::init::zeros(p + p), Error);
}
