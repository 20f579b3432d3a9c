#include "uses/roc.hpp"

#include <latent/core/random.hpp>

#include "../errors.hpp"

using namespace latent;
using uses::auroc;
using uses::roc_curve;

namespace {

/// How often an anomalous image has a higher score than a normal one, counted pair by pair.
double by_pairs(const std::vector<double>& scores, const std::vector<bool>& anomalous) {
  double wins = 0, pairs = 0;
  for (std::size_t a = 0; a < scores.size(); ++a)
    for (std::size_t b = 0; b < scores.size(); ++b)
      if (anomalous[a] && !anomalous[b]) {
        wins += scores[a] > scores[b] ? 1 : scores[a] == scores[b] ? 0.5 : 0;
        ++pairs;
      }
  return wins / pairs;
}

/// The area under a curve, by trapezoids.
double area(const std::vector<uses::RocPoint>& curve) {
  double sum = 0;
  for (std::size_t i = 1; i < curve.size(); ++i)
    sum += (curve[i].false_alarms - curve[i - 1].false_alarms) * (curve[i].hits + curve[i - 1].hits) / 2;
  return sum;
}

}  // namespace

TEST_CASE("auroc: perfect, reversed, all equal, and a case by hand") {
  const std::vector<bool> anomalous{false, true, false, true};
  CHECK(auroc({1, 3, 2, 4}, anomalous) == 1);
  CHECK(auroc({4, 2, 3, 1}, anomalous) == 0);
  CHECK(auroc({7, 7, 7, 7}, anomalous) == 0.5);
  // Pairs of anomalous {0.4, 0.8} and normal {0.1, 0.4, 0.9}: 1 + 0.5 + 0 and 1 + 1 + 0 of six.
  CHECK(auroc({0.1, 0.4, 0.4, 0.8, 0.9}, {false, true, false, true, false}) == 3.5 / 6);
}

TEST_CASE("auroc: counts pairs as the plain loops do, and is the area under the curve") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    std::vector<double> scores;
    std::vector<bool> anomalous{false, true};
    for (std::size_t i = 0; i < 60 + seed; ++i) {
      scores.push_back(seed % 2 ? rng.uniform<double>() : rng.below(8));  // all different, or many equal
      if (i >= 2) anomalous.push_back(rng.below(3) == 0);
    }
    CAPTURE(seed);
    CHECK(auroc(scores, anomalous) == doctest::Approx(by_pairs(scores, anomalous)).epsilon(1e-14));
    CHECK(area(roc_curve(scores, anomalous)) == doctest::Approx(by_pairs(scores, anomalous)).epsilon(1e-12));
  }
}

TEST_CASE("roc_curve: goes from no alarm to all, one step for equal scores") {
  const auto curve = roc_curve({0.1, 0.4, 0.4, 0.8, 0.9}, {false, true, false, true, false});
  REQUIRE(curve.size() == 5);
  const std::vector<std::pair<double, double>> expected{{0, 0}, {1.0 / 3, 0}, {1.0 / 3, 0.5}, {2.0 / 3, 1}, {1, 1}};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(curve[i].false_alarms == doctest::Approx(expected[i].first));
    CHECK(curve[i].hits == doctest::Approx(expected[i].second));
  }
}

TEST_CASE("auroc: needs an image of each kind, and a score for each") {
  CHECK(message_of<ValueError>([] {
          auroc({1, 2}, {true, true});
        }) == "auroc: 0 normal and 2 anomalous images given, expected at least one of each");
  CHECK(message_of<ValueError>([] { auroc({1, 2}, {false}); }) == "auroc: 2 scores of 1 images");
  CHECK(message_of<ValueError>([] { roc_curve({}, {}); }) ==
        "roc_curve: 0 normal and 0 anomalous images given, expected at least one of each");
}
