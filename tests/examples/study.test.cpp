#include <latent/core/parallel.hpp>
#include <latent/core/random.hpp>
#include <numeric>

#include "../errors.hpp"
#include "../temporary.hpp"
#include "study/pictures/plot.hpp"
#include "study/pictures/principal_components.hpp"
#include "study/training/machine.hpp"
#include "study/training/trained_model.hpp"

// Statistics and drawing of the study.

using namespace study;

TEST_CASE("statistics: zeros, units that never fire, and variances of a small code") {
  const CodeStatistics s = statistics(Tensor<float>({4, 3}, {0, 1, 0,  //
                                                             0, 2, 0,  //
                                                             0, 3, 4,  //
                                                             0, 2, 0}));
  CHECK(s.zeros == doctest::Approx(7.0 / 12));
  CHECK(s.never_fire == 1);
  CHECK(s.active_units == 2);
  CHECK(s.firing == std::vector<double>{0, 1, 0.25});
  CHECK(s.variance[1] == doctest::Approx(0.5));
  CHECK(s.variance[2] == doctest::Approx(3));
  CHECK(s.fired[0] == doctest::Approx(1.0 / 3));
  CHECK(s.fired[2] == doctest::Approx(2.0 / 3));
}

namespace {

/// A unit vector along the largest variance of centred points x [N, K] at right angles to other directions, by the
/// power method: x^T x v turns v towards it.
std::vector<double> direction(const Tensor<double>& x, const std::vector<std::vector<double>>& others) {
  const Index n = x.size(0), k = x.size(1);
  std::vector<double> v(static_cast<std::size_t>(k), 1);
  for (int turn = 0; turn < 300; ++turn) {
    std::vector<double> next(v.size());
    for (Index i = 0; i < n; ++i) {
      const double* const row = x.data() + i * k;
      const double along = std::inner_product(v.begin(), v.end(), row, 0.0);
      for (std::size_t j = 0; j < v.size(); ++j) next[j] += along * row[j];
    }
    for (const auto& other : others) {
      const double along = std::inner_product(next.begin(), next.end(), other.begin(), 0.0);
      for (std::size_t j = 0; j < v.size(); ++j) next[j] -= along * other[j];
    }
    const double length = std::sqrt(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
    for (std::size_t j = 0; j < v.size(); ++j) v[j] = next[j] / length;
  }
  return v;
}

}  // namespace

TEST_CASE("principal_components: the same as by the power method in double") {
  for (const Index k : {2, 3, 17, 40}) {
    const Index n = 60;
    auto points = Rng(static_cast<std::uint64_t>(k)).uniform<float>({n, k}, -1, 1);
    for (Index i = 0; i < n; ++i)  // directions that differ in size, and a mean far from zero
      for (Index j = 0; j < k; ++j) points(i, j) = points(i, j) * 10 / static_cast<float>(1 + j) + 5;
    Tensor<double> x({n, k});
    double total = 0;
    for (Index j = 0; j < k; ++j) {
      double mean = 0;
      for (Index i = 0; i < n; ++i) mean += points(i, j) / static_cast<double>(n);
      for (Index i = 0; i < n; ++i) {
        x(i, j) = points(i, j) - mean;
        total += x(i, j) * x(i, j);
      }
    }
    const PrincipalComponents result = principal_components(points);
    std::vector<std::vector<double>> directions;
    for (Index axis = 0; axis < 2; ++axis) {
      directions.push_back(direction(x, directions));
      std::vector<double> expected;
      for (Index i = 0; i < n; ++i)
        expected.push_back(std::inner_product(directions.back().begin(), directions.back().end(),
                                              std::as_const(x).data() + i * k, 0.0));
      const double sign = expected[0] * result.points(0, axis) > 0 ? 1 : -1;
      for (Index i = 0; i < n; ++i)
        CHECK(result.points(i, axis) == doctest::Approx(sign * expected[static_cast<std::size_t>(i)]).epsilon(1e-3));
      const double variance = std::inner_product(expected.begin(), expected.end(), expected.begin(), 0.0);
      CHECK(result.share[static_cast<std::size_t>(axis)] == doctest::Approx(variance / total).epsilon(1e-4));
    }
  }
}

TEST_CASE("principal_components: points that do not differ are all in the middle") {
  const PrincipalComponents result = principal_components(Tensor<float>::full({5, 3}, 2));
  for (const float value : std::as_const(result.points).elements()) CHECK(value == 0);
  CHECK(result.share[0] == 0);
}

TEST_CASE("take_earlier: history and circumstances come back from metrics.json, for the same options only") {
  const TemporaryFolder folder;
  TrainedModel model;
  model.options = {{"seed", 1}};
  model.trained = circumstances();
  model.history = {{0.5, 0.25, 0.125, 2}, {0.4, 0.2, 0.1, 2.5}};
  folder.write("metrics.json", study::metrics(model).dump());
  TrainedModel same;
  same.options = model.options;
  CHECK(take_earlier(same, folder / "metrics.json"));
  CHECK(same.reused);
  CHECK(same.trained == model.trained);
  CHECK(same.trained["threads"] == threads());
  CHECK(same.trained["processes"] == 1);
  CHECK(history_table(same.history) ==
        "epoch,train_loss,test_loss,test_mse,seconds\n1,0.5,0.25,0.125,2\n2,0.4,0.2,0.1,2.5\n");
  CHECK_FALSE(take_earlier(same, folder / "missing.json"));
  same.options = {{"seed", 2}};
  CHECK_FALSE(take_earlier(same, folder / "metrics.json"));
  same.options = model.options;
  folder.write("metrics.json", "{\"options\"");
  CHECK_FALSE(take_earlier(same, folder / "metrics.json"));
}

TEST_CASE("ticks: round numbers within the axis, few enough to read") {
  CHECK(ticks({"", 0, 50}) == std::vector<double>{0, 10, 20, 30, 40, 50});
  const std::vector<double> expected{0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03},
      logarithmic = ticks({"", 0.0001, 0.05, true});
  REQUIRE(logarithmic.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(logarithmic[i] == doctest::Approx(expected[i]).epsilon(1e-12));
  for (const double high : {0.003, 0.7, 1.0, 9.0, 12345.0}) {
    const auto values = ticks({"", 0, high});
    CHECK(values.size() >= 3);
    CHECK(values.size() <= 8);
    CHECK(values.back() <= high * 1.000001);
  }
}

TEST_CASE("canvas: lines and discs cover what they should, and nothing is drawn outside") {
  Canvas canvas(20, 30);
  canvas.line({5, 10}, {25, 10}, 2, black);
  canvas.disc({1000, 5}, 3, black);
  canvas.rectangle({-50, -50}, {2, 2}, {1, 0, 0});
  const Tensor<float>& picture = canvas.picture();
  CHECK(picture(9, 15, 0) == doctest::Approx(0));
  CHECK(picture(10, 15, 0) == doctest::Approx(0));
  CHECK(picture(15, 15, 0) == 1);
  CHECK(picture(10, 1, 0) == 1);
  CHECK(picture(1, 1, 0) == 1);
  CHECK(picture(1, 1, 1) == 0);
  CHECK(picture(3, 3, 1) == 1);
}

TEST_CASE("plot: a point is drawn where its axes say, linear and logarithmic") {
  for (const bool logarithmic : {false, true}) {
    Canvas canvas(200, 300);
    Plot plot(canvas, {0, 0}, {300, 200}, "", {"", 1, 100, logarithmic}, {"", 0, 1});
    const double middle = logarithmic ? 10 : 50.5;
    plot.points({{middle, 0.5}}, {1, 0, 0}, 3, 1);
    Index left = 0, right = 0;  // of red
    Index first = 300, last = 0;
    for (Index x = 0; x < 300; ++x)
      for (Index y = 0; y < 200; ++y) {
        if (canvas.picture()(y, x, 0) == 1 && canvas.picture()(y, x, 1) < 0.1f)
          first = std::min(first, x), last = std::max(last, x);
        const bool frame = canvas.picture()(y, x, 0) < 0.6f && canvas.picture()(y, x, 0) > 0.5f;
        if (frame && !left) left = x;
        if (frame) right = x;
      }
    CHECK(last - first >= 4);
    CHECK(std::abs(static_cast<double>(first + last) / 2 - static_cast<double>(left + right) / 2) <= 2);
  }
}
