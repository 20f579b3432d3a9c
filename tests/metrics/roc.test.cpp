#include "../errors.hpp"

using namespace latent;
using metrics::auroc;
using metrics::roc_curve;

namespace {

using Labels = Tensor<std::uint8_t>;

/// How often a positive has a higher score than a negative, counted pair by pair.
double by_pairs(const Tensor<float>& scores, const Labels& labels) {
  double wins = 0, pairs = 0;
  for (Index a = 0; a < scores.numel(); ++a)
    for (Index b = 0; b < scores.numel(); ++b)
      if (labels(a) && !labels(b)) {
        wins += scores(a) > scores(b) ? 1 : scores(a) == scores(b) ? 0.5 : 0;
        ++pairs;
      }
  return wins / pairs;
}

/// The area under a curve, by trapezoids.
double area(const std::vector<metrics::RocPoint>& curve) {
  double sum = 0;
  for (std::size_t i = 1; i < curve.size(); ++i)
    sum += (curve[i].fpr - curve[i - 1].fpr) * (curve[i].tpr + curve[i - 1].tpr) / 2;
  return sum;
}

}  // namespace

TEST_CASE("auroc: perfect, reversed, all equal, and a case by hand") {
  const Labels labels({4}, {0, 1, 0, 1});
  CHECK(auroc(Tensor<double>({4}, {1, 3, 2, 4}), labels) == 1);
  CHECK(auroc(Tensor<double>({4}, {4, 2, 3, 1}), labels) == 0);
  CHECK(auroc(Tensor<double>({4}, {7, 7, 7, 7}), labels) == 0.5);
  // Pairs of positive {0.4, 0.8} and negative {0.1, 0.4, 0.9}: 1 + 0.5 + 0 and 1 + 1 + 0 of six.
  CHECK(auroc(Tensor<double>({5}, {0.1, 0.4, 0.4, 0.8, 0.9}), Tensor<Index>({5}, {0, 1, 0, 1, 0})) == 3.5 / 6);
}

TEST_CASE("auroc: counts pairs as the plain loops do, and is the area under the curve") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    const Index n = 62 + static_cast<Index>(seed);
    Tensor<float> scores({n});
    Labels labels({n}, std::vector<std::uint8_t>(static_cast<std::size_t>(n)));
    for (Index i = 0; i < n; ++i) {
      scores(i) = seed % 2 ? rng.uniform<float>() : static_cast<float>(rng.below(8));  // all different, or many equal
      labels(i) = i < 2 ? static_cast<std::uint8_t>(i) : rng.below(3) == 0;
    }
    CAPTURE(seed);
    CHECK(auroc(scores, labels) == doctest::Approx(by_pairs(scores, labels)).epsilon(1e-14));
    CHECK(area(roc_curve(scores, labels)) == doctest::Approx(by_pairs(scores, labels)).epsilon(1e-12));
  }
}

TEST_CASE("roc_curve: goes from no alarm to all, one step for equal scores") {
  const auto curve = roc_curve(Tensor<double>({5}, {0.1, 0.4, 0.4, 0.8, 0.9}), Labels({5}, {0, 1, 0, 1, 0}));
  REQUIRE(curve.size() == 5);
  const double infinity = std::numeric_limits<double>::infinity();
  const double expected[5][3] = {
      {infinity, 0, 0}, {0.9, 1.0 / 3, 0}, {0.8, 1.0 / 3, 0.5}, {0.4, 2.0 / 3, 1}, {0.1, 1, 1}};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(curve[i].threshold == expected[i][0]);
    CHECK(curve[i].fpr == doctest::Approx(expected[i][1]));
    CHECK(curve[i].tpr == doctest::Approx(expected[i][2]));
  }
}

TEST_CASE("auroc: needs both classes, a label for each score, and numbers") {
  const Tensor<float> scores({2}, {1, 2});
  CHECK(message_of<ValueError>([&] {
          auroc(scores, Labels({2}, {1, 1}));
        }) == "auroc: 0 negative and 2 positive labels given, expected at least one of each");
  CHECK(message_of<ShapeError>([&] { auroc(scores, Labels({1}, {1})); }) ==
        "auroc: scores [2] do not go with labels [1], expected [N] and [N]");
  CHECK(message_of<ValueError>([&] { auroc(scores, Labels({2}, {1, 2})); }) == "auroc: label 2 found, expected 0 or 1");
  CHECK(message_of<ValueError>([] {
          roc_curve(Tensor<float>({2}, {1, std::numeric_limits<float>::quiet_NaN()}), Labels({2}, {1, 0}));
        }) == "roc_curve: score 1 is NaN");
}
