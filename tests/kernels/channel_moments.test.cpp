#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

struct MomentsOfChannels {
  Tensor<double> mean, variance;
};

template <Scalar T>
MomentsOfChannels channel_moments_of(const kernels::ChannelSizes& s, const Tensor<T>& x) {
  MomentsOfChannels result{Tensor<double>({s.outer, s.channels}), Tensor<double>({s.outer, s.channels})};
  kernels::channel_moments(s, x.data(), result.mean.data(), result.variance.data());
  return result;
}

/// In two passes, in more digits than the kernel has.
template <Scalar T>
MomentsOfChannels plain_channel_moments(const kernels::ChannelSizes& s, const Tensor<T>& x) {
  MomentsOfChannels result{Tensor<double>({s.outer, s.channels}), Tensor<double>({s.outer, s.channels})};
  const auto n = static_cast<long double>(s.rows);
  for (Index o = 0; o < s.outer; ++o)
    for (Index c = 0; c < s.channels; ++c) {
      long double sum = 0, squares = 0;
      for (Index i = 0; i < s.rows; ++i) sum += static_cast<long double>(x(o, i, c));
      for (Index i = 0; i < s.rows; ++i) {
        const long double distance = static_cast<long double>(x(o, i, c)) - sum / n;
        squares += distance * distance;
      }
      result.mean(o, c) = static_cast<double>(sum / n);
      result.variance(o, c) = static_cast<double>(squares / n);
    }
  return result;
}

/// The variance right to some units in its last place, relative to itself; the mean relative to the numbers.
template <Scalar T>
void check_channel_moments(const kernels::ChannelSizes& s, const Tensor<T>& x) {
  CAPTURE(s.outer);
  CAPTURE(s.rows);
  CAPTURE(s.channels);
  const auto got = channel_moments_of(s, x), expected = plain_channel_moments(s, x);
  const double rounding = static_cast<double>(std::numeric_limits<T>::epsilon());
  for (std::size_t i = 0; i < got.mean.elements().size(); ++i) {
    const double mean = expected.mean.elements()[i], variance = expected.variance.elements()[i];
    CHECK(std::abs(got.mean.elements()[i] - mean) <= 10 * rounding * (std::sqrt(variance) + 1e-9 * std::abs(mean)));
    CHECK(std::abs(got.variance.elements()[i] - variance) <= 40 * rounding * variance);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("channel_moments: any numbers of rows and channels", T, float, double) {
  for (const kernels::ChannelSizes& s : {kernels::ChannelSizes{1, 1, 3},
                                         {1, 2, 1},
                                         {2, 7, 9},
                                         {1, 33, 64},
                                         {1, 300, 1},
                                         {1, 1000, 3},
                                         {3, 130, 8},
                                         {1, 5000, 7},
                                         {2, 260, 33},
                                         {1, 300, 100},
                                         {1, 70, 520},
                                         {1, 20000, 5},
                                         {0, 4, 3}})
    check_channel_moments(s, reference::random<T>({s.outer, s.rows, s.channels}, 1, T(-0.5), T(2)));
}

TEST_CASE("channel_moments: lose nothing where a mean is far larger than a deviation, or one number than the others") {
  for (Index channels : {3, 64}) {
    const kernels::ChannelSizes s{1, 3000, channels};
    auto x = reference::random<float>({1, s.rows, channels}, 2, 9999, 10001);
    check_channel_moments(s, x);
    for (Index row : {0, 1, 1500, 2999}) {
      auto one = reference::random<float>({1, s.rows, channels}, 2);
      for (Index c = 0; c < channels; ++c) one(0, row, c) = 1e6f;
      check_channel_moments(s, one);
    }
  }
  const auto same = Tensor<float>::full({1, 1000, 5}, 0.1f);
  CHECK(channel_moments_of({1, 1000, 5}, same).variance(0, 4) < 1e-16);
}

TEST_CASE("channel_moments: infinite numbers give infinite means and undefined variances, in their channel alone") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (Index row : {0, 30, 199}) {
    auto x = reference::random<float>({1, 200, 3}, 3);
    x(0, row, 1) = infinity;
    const auto got = channel_moments_of({1, 200, 3}, x);
    CHECK(got.mean(0, 1) == infinity);
    CHECK(std::isnan(got.variance(0, 1)));
    CHECK(std::isfinite(got.variance(0, 0) + got.variance(0, 2)));
  }
}

TEST_CASE("channel_moments: the same bits with any number of threads") {
  const kernels::ChannelSizes s{1, 30000, 24};
  const auto x = reference::random<float>({1, s.rows, s.channels}, 4);
  MomentsOfChannels first;
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    const auto got = channel_moments_of(s, x);
    if (threads == 1) first = got;
    CHECK(reference::identical(got.mean, first.mean));
    CHECK(reference::identical(got.variance, first.variance));
  }
  set_threads(0);
}
