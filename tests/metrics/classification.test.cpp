#include "../errors.hpp"

using namespace latent;

namespace {

const Tensor<float> three_rows({3, 4}, {0.1f, 0.5f, 0.2f, 0.2f,   //
                                        2.0f, 1.0f, 0.0f, -1.0f,  //
                                        -3.0f, -2.0f, -2.5f, -1.0f});
const Tensor<std::uint8_t> three_labels({3}, {1, 2, 1});

}  // namespace

TEST_CASE("accuracy: the share of rows whose label has the highest score") {
  CHECK(metrics::accuracy(three_rows, three_labels) == doctest::Approx(1.0 / 3));
  CHECK(metrics::accuracy(three_rows, Tensor<std::int64_t>({3}, {1, 0, 3})) == 1);
  CHECK(std::isnan(metrics::accuracy(Tensor<double>({0, 4}), Tensor<int>({0}))));
}

TEST_CASE("top_k_accuracy: counts labels among the k best") {
  CHECK(metrics::top_k_accuracy(three_rows, three_labels, 1) == doctest::Approx(1.0 / 3));
  CHECK(metrics::top_k_accuracy(three_rows, three_labels, 2) == doctest::Approx(2.0 / 3));
  CHECK(metrics::top_k_accuracy(three_rows, three_labels, 3) == 1);
}

TEST_CASE("top_k_accuracy: of equal scores the lower class comes first, and NaN is the highest, as in argmax") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor<float> scores({3, 3}, {1, 1, 1, 5, nan, 6, nan, 7, nan});
  const Tensor<int> in_order[] = {{{3}, {0, 1, 0}}, {{3}, {1, 2, 2}}, {{3}, {2, 0, 1}}};  // the best of each row first
  for (Index k = 1; k <= 3; ++k)
    for (Index place = 0; place < 3; ++place) {
      CAPTURE(k);
      CAPTURE(place);
      CHECK(metrics::top_k_accuracy(scores, in_order[place], k) == (place < k));
    }
  const Tensor<std::int64_t> best = argmax(scores, 1);
  CHECK((best(0) == 0 && best(1) == 1 && best(2) == 0));
}

TEST_CASE("ConfusionMatrix: counts over batches, and precision, recall and F1 by hand") {
  metrics::ConfusionMatrix confusion(3);
  confusion.update(Tensor<int>({4}, {0, 1, 1, 2}), Tensor<std::uint8_t>({4}, {0, 1, 0, 1}));
  confusion.update(Tensor<float>({2, 3}, {9, 1, 1, 0, 3, 1}), Tensor<Index>({2}, {0, 0}));
  const std::vector<Index> expected{2, 2, 0, 0, 1, 1, 0, 0, 0};
  for (Index i = 0; i < 9; ++i) CHECK(confusion.counts(i / 3, i % 3) == expected[static_cast<std::size_t>(i)]);
  CHECK(confusion.total() == 6);
  CHECK(confusion.accuracy() == 0.5);
  CHECK(confusion.precision(0) == 1);
  CHECK(confusion.recall(0) == 0.5);
  CHECK(confusion.f1(0) == doctest::Approx(2 * 1 * 0.5 / 1.5));
  CHECK(confusion.precision(1) == doctest::Approx(1.0 / 3));
  CHECK(confusion.recall(1) == 0.5);
  CHECK(confusion.f1(1) == doctest::Approx(0.4));
  CHECK(confusion.precision(2) == 0);
  CHECK(confusion.recall(2) == 0);  // of nothing
  CHECK(confusion.macro_f1() == doctest::Approx((2.0 / 3 + 0.4 + 0) / 3));
}

TEST_CASE("ConfusionMatrix: takes masks, as a threshold gives them") {
  metrics::ConfusionMatrix confusion(2);
  confusion.update(gt(Tensor<float>({3}, {0.1f, 0.7f, 0.9f}), 0.5f), Tensor<bool>({3}, {false, false, true}));
  CHECK(confusion.counts == Tensor<Index>({2, 2}, {1, 1, 0, 1}));
}

TEST_CASE("ConfusionMatrix: classes that do not occur leave the mean of F1 alone") {
  metrics::ConfusionMatrix confusion(5);
  CHECK(confusion.macro_f1() == 0);
  CHECK(std::isnan(confusion.accuracy()));
  confusion.update(Tensor<int>({2}, {3, 3}), Tensor<int>({2}, {3, 3}));
  CHECK(confusion.macro_f1() == 1);
}

TEST_CASE("metrics of classes: what does not fit is named, and nothing is counted") {
  const Tensor<int> two({2});
  CHECK(message_of<ShapeError>([&] { metrics::accuracy(three_rows, two); }) ==
        "top_k_accuracy: scores [3, 4] do not go with labels [2], expected scores [N, C] and labels [N]");
  CHECK(message_of<ValueError>([&] {
          metrics::accuracy(three_rows, Tensor<int>({3}, {0, 4, 0}));
        }) == "top_k_accuracy: label 4 found, expected 0 to 3");
  CHECK(message_of<ValueError>([&] { metrics::top_k_accuracy(three_rows, three_labels, 5); }) ==
        "top_k_accuracy: k must be in [1, 4], got 5");
  CHECK(message_of<ValueError>([] { metrics::ConfusionMatrix(0); }) ==
        "ConfusionMatrix: at least 1 class expected, got 0");

  metrics::ConfusionMatrix confusion(3);
  CHECK(message_of<ShapeError>([&] { confusion.update(two, Tensor<int>({3})); }) ==
        "ConfusionMatrix: predictions [2] do not go with labels [3], expected [N] and [N]");
  CHECK(message_of<ShapeError>([&] { confusion.update(three_rows, three_labels); }) ==
        "ConfusionMatrix: scores [3, 4] given, expected [N, 3]");
  CHECK(message_of<ValueError>([&] {
          confusion.update(two, Tensor<int>({2}, {0, -1}));
        }) == "ConfusionMatrix: label -1 found, expected 0 to 2");
  CHECK(message_of<ValueError>([&] {
          confusion.update(Tensor<std::uint8_t>({2}, {1, 200}), two);
        }) == "ConfusionMatrix: prediction 200 found, expected 0 to 2");
  CHECK(confusion.total() == 0);
}
