#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

constexpr double clip_infinity = std::numeric_limits<double>::infinity();

/// Gradients of many lengths.
template <Scalar T>
std::vector<Tensor<T>> clip_gradients() {
  std::vector<Tensor<T>> all;
  for (const Index n : {1, 0, 7, 8, 9, 33, 70000})
    all.push_back(reference::random<T>({n}, 1 + static_cast<std::uint64_t>(n), -2, 1));
  return all;
}

template <Scalar T>
double clip_norm(const std::vector<Tensor<T>>& tensors, double p) {
  std::vector<kernels::GradientArray<const T>> arrays;
  for (const Tensor<T>& x : tensors) arrays.push_back({x.numel(), x.data()});
  return kernels::norm_of_all<T>(arrays, p);
}

template <Scalar T>
std::vector<kernels::GradientArray<T>> clip_arrays(std::vector<Tensor<T>>& tensors) {
  std::vector<kernels::GradientArray<T>> arrays;
  for (Tensor<T>& x : tensors) arrays.push_back({x.numel(), x.data()});
  return arrays;
}

}  // namespace

TEST_CASE_TEMPLATE("norm_of_all: is the plain sum's, with the same bits for any number of threads", T, float, double) {
  const std::vector<Tensor<T>> tensors = clip_gradients<T>();
  for (const double p : {0.5, 1.0, 2.0, 3.0, clip_infinity}) {
    CAPTURE(p);
    double expected = 0;
    for (const Tensor<T>& x : tensors)
      for (const T element : x.elements()) {
        const double magnitude = std::abs(static_cast<double>(element));
        expected = p == clip_infinity ? std::max(expected, magnitude) : expected + std::pow(magnitude, p);
      }
    if (p != clip_infinity) expected = std::pow(expected, 1 / p);
    set_threads(1);
    const double actual = clip_norm(tensors, p);
    CHECK(actual == doctest::Approx(expected).epsilon(1e-13));
    for (const int threads : {2, 3, 7}) {
      set_threads(threads);
      CHECK(clip_norm(tensors, p) == actual);
    }
    set_threads(0);
  }
}

TEST_CASE("norm_of_all: NaN stays NaN at any place, infinity infinite, and squares of floats do not overflow") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const double p : {0.5, 1.0, 2.0, clip_infinity})
    for (Index place = 0; place < 70; ++place) {
      Tensor<float> x = Tensor<float>::full({70}, 1);
      x(place) = -infinity;
      CHECK(clip_norm<float>({x}, p) == clip_infinity);
      x(place) = nan;
      x((place + 31) % 70) = infinity;
      CHECK(std::isnan(clip_norm<float>({x}, p)));
    }
  CHECK(clip_norm<float>({Tensor<float>::full({4}, 3e38f)}, 2) == doctest::Approx(6e38));
  CHECK(clip_norm<float>({Tensor<float>::full({4}, 1e-40f)}, 2) == doctest::Approx(2e-40).epsilon(1e-4));
  CHECK(clip_norm<float>({}, 2) == 0);
}

TEST_CASE_TEMPLATE("scale_all and clamp_all: change every element", T, float, double) {
  const std::vector<Tensor<T>> before = clip_gradients<T>();
  for (const int threads : {1, 3}) {
    set_threads(threads);
    std::vector<Tensor<T>> scaled = before, clamped = before;
    kernels::scale_all<T>(clip_arrays(scaled), T(0.3));
    kernels::clamp_all<T>(clip_arrays(clamped), T(0.4));
    bool right = true;
    for (std::size_t i = 0; i < before.size(); ++i)
      for (Index j = 0; j < before[i].numel(); ++j) {
        right = right && std::as_const(scaled[i])(j) == before[i](j) * T(0.3);
        right = right && std::as_const(clamped[i])(j) == std::clamp(before[i](j), T(-0.4), T(0.4));
      }
    CHECK(right);
  }
  set_threads(0);
  const T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity();
  std::vector<Tensor<T>> special{Tensor<T>({3}, {nan, infinity, -infinity})};
  kernels::clamp_all<T>(clip_arrays(special), T(2));
  CHECK(std::isnan(special[0](0)));
  CHECK(special[0](1) == 2);
  CHECK(special[0](2) == -2);
}
