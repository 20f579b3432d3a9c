#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::Activation;
using kernels::WriteMode;

namespace {

/// All that the kernels give for one problem.
template <Scalar T>
struct ChannelNormResults {
  Tensor<T> y, dx, added, fixed;
  Tensor<double> sums, products;
};

/// Numbers for each channel: mean, scale, shift, weight, slope, offset, factor.
template <Scalar T>
Tensor<T> channel_numbers(const kernels::ChannelSizes& s) {
  return reference::random<T>({7, s.outer, s.channels}, 3);
}

template <Scalar T>
ChannelNormResults<T> run_channel_norm(const kernels::ChannelSizes& s, Activation activation) {
  const Shape shape{s.outer, s.rows, s.channels}, each{s.outer, s.channels};
  const Index all = s.outer * s.channels;
  const auto x = reference::random<T>(shape, 1), dy = reference::random<T>(shape, 2);
  const auto numbers = channel_numbers<T>(s);
  const T* const n = numbers.data();
  const kernels::ChannelNorm<T> norm{n, n + all, n + 2 * all, activation};
  const kernels::ChannelGradient<T> gradient{n + 3 * all, n + 4 * all, n + 5 * all, n + 6 * all};
  ChannelNormResults<T> r{Tensor<T>(shape), Tensor<T>(shape),     Tensor<T>::full(shape, T(1)),
                          Tensor<T>(shape), Tensor<double>(each), Tensor<double>(each)};
  kernels::channel_norm(s, x.data(), norm, r.y.data());
  kernels::channel_norm_sums(s, dy.data(), x.data(), norm, r.sums.data(), r.products.data());
  kernels::channel_norm_backward<T>(s, dy.data(), x.data(), norm, gradient, {r.dx.data()});
  kernels::channel_norm_backward<T>(s, dy.data(), x.data(), norm, gradient, {r.added.data(), WriteMode::accumulate});
  kernels::channel_norm_backward<T>(s, dy.data(), x.data(), norm, {}, {r.fixed.data()});
  return r;
}

ChannelNormResults<double> plain_channel_norm(const kernels::ChannelSizes& s, Activation activation,
                                              const Tensor<double>& x, const Tensor<double>& dy,
                                              const Tensor<double>& numbers) {
  const Shape shape = x.shape(), each{s.outer, s.channels};
  ChannelNormResults<double> r{Tensor<double>(shape), Tensor<double>(shape), Tensor<double>(shape),
                               Tensor<double>(shape), Tensor<double>(each),  Tensor<double>(each)};
  for (Index o = 0; o < s.outer; ++o)
    for (Index i = 0; i < s.rows; ++i)
      for (Index c = 0; c < s.channels; ++c) {
        const double distance = x(o, i, c) - numbers(0, o, c);
        const double z = distance * numbers(1, o, c) + numbers(2, o, c), t = std::tanh(z);
        const bool relu = activation == Activation::relu, tanh = activation == Activation::tanh;
        const double dz = dy(o, i, c) * (relu ? (z > 0 ? 1.0 : 0.0) : tanh ? 1 - t * t : 1.0);
        r.y(o, i, c) = relu ? std::max(z, 0.0) : tanh ? t : z;
        r.sums(o, c) += dz;
        r.products(o, c) += dz * distance;
        r.fixed(o, i, c) = dz * numbers(1, o, c);
        r.dx(o, i, c) = (dz * numbers(3, o, c) - (distance * numbers(4, o, c) + numbers(5, o, c))) * numbers(6, o, c);
        r.added(o, i, c) = 1 + r.dx(o, i, c);
      }
  return r;
}

template <Scalar T>
void check_channel_norm(const kernels::ChannelSizes& s, Activation activation) {
  CAPTURE(s.outer);
  CAPTURE(s.rows);
  CAPTURE(s.channels);
  const Shape shape{s.outer, s.rows, s.channels};
  const auto got = run_channel_norm<T>(s, activation);
  const auto expected = plain_channel_norm(s, activation, reference::random<T>(shape, 1).template cast<double>(),
                                           reference::random<T>(shape, 2).template cast<double>(),
                                           channel_numbers<T>(s).template cast<double>());
  const double rounding = 8 * static_cast<double>(std::numeric_limits<T>::epsilon());
  CHECK(reference::difference(got.y, expected.y) < rounding);
  CHECK(reference::difference(got.dx, expected.dx) < rounding);
  CHECK(reference::difference(got.added, expected.added) < rounding);
  CHECK(reference::difference(got.fixed, expected.fixed) < rounding);
  const double of_sums = reference::tolerance<T>(s.rows) * std::sqrt(static_cast<double>(s.rows));
  CHECK(reference::difference(got.sums, expected.sums) <= of_sums);
  CHECK(reference::difference(got.products, expected.products) <= of_sums);
}

}  // namespace

TEST_CASE_TEMPLATE("channel_norm: forward and backward of any numbers of rows and channels", T, float, double) {
  for (const kernels::ChannelSizes& s : {kernels::ChannelSizes{1, 1, 3},
                                         {1, 2, 1},
                                         {2, 7, 9},
                                         {1, 33, 64},
                                         {1, 1000, 3},
                                         {3, 130, 8},
                                         {1, 6000, 7},
                                         {2, 260, 33},
                                         {1, 300, 100},
                                         {1, 70, 520},
                                         {0, 4, 3},
                                         {2, 0, 3}})
    for (const Activation activation : {Activation::none, Activation::relu, Activation::tanh})
      check_channel_norm<T>(s, activation);
}

TEST_CASE("channel_norm: where statistics are fixed infinite x leave gradients finite") {
  const float infinity = std::numeric_limits<float>::infinity();
  const float x[2] = {infinity, 1}, dy[2] = {3, 4}, numbers[3] = {0.5f, 2, 1};
  float dx[2];
  kernels::channel_norm_backward<float>({1, 2, 1}, dy, x, {numbers, numbers + 1, numbers + 2}, {}, {dx});
  CHECK(dx[0] == 6);
  CHECK(dx[1] == 8);
}

TEST_CASE("channel_norm: the same bits with any number of threads") {
  const kernels::ChannelSizes s{2, 12000, 24};
  ChannelNormResults<float> first;
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    const auto got = run_channel_norm<float>(s, Activation::relu);
    if (threads == 1) first = got;
    CHECK(reference::identical(got.y, first.y));
    CHECK(reference::identical(got.dx, first.dx));
    CHECK(reference::identical(got.sums, first.sums));
    CHECK(reference::identical(got.products, first.products));
  }
  set_threads(0);
}
