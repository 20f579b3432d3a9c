#include <doctest/doctest.h>

#include <vector>

#include "../errors.hpp"
#include "uses/anomaly_scores.hpp"

using namespace latent;

TEST_CASE("alarm_threshold: the rank of one more score among n, the largest where n is too small") {
  const std::vector<double> nine{3, 1, 2, 9, 8, 7, 4, 5, 6};
  CHECK(uses::alarm_threshold(nine, 0.1) == 9);
  CHECK(uses::alarm_threshold(nine, 0.2) == 8);
  CHECK(uses::alarm_threshold(nine, 0.25) == 8);
  CHECK(uses::alarm_threshold(nine, 0.5) == 5);
  CHECK(uses::alarm_threshold(nine, 0.01) == 9);
  CHECK(uses::alarm_threshold({4}, 0.5) == 4);
  CHECK(uses::least_false_alarms(9) == doctest::Approx(0.1));
  CHECK(message_of<ValueError>([] { uses::alarm_threshold({}, 0.1); }) ==
        "alarm_threshold: no scores of normal images given");
}

TEST_CASE("error_map: the mean over channels, spread around its pixel without loss, and even where all err alike") {
  constexpr Index h = 11, w = 13;
  std::vector<float> image(h * w * 3), other(h * w * 3);
  other[(5 * w + 6) * 3 + 1] = 0.6f;
  const Tensor<float> map = uses::error_map(image.data(), other.data(), h, w, 3);
  double sum = 0;
  for (const float error : map.elements()) sum += static_cast<double>(error);
  CHECK(sum == doctest::Approx(0.36 / 3));
  CHECK(map(5, 6) > map(5, 7));
  CHECK(map(5, 7) == doctest::Approx(map(6, 6)));
  CHECK(map(0, 0) == 0);
  for (float& value : other) value = 0.5f;
  const Tensor<float> even = uses::error_map(image.data(), other.data(), h, w, 3);
  for (const float error : even.elements()) CHECK(error == doctest::Approx(0.25));
}
