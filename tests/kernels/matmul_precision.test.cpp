#include <latent/nn/prepared.hpp>

#include "../bfloat16.hpp"
#include "conv2d_problems.hpp"

using namespace latent;
using reference::as_bfloat16;
using reference::in_bfloat16;

namespace {

/// Results and gradients of f over parameters of some values, with the upstream gradient dy.
template <class F>
std::vector<Tensor<float>> with_gradients(const std::vector<Tensor<float>>& values, const Tensor<float>& dy, F f) {
  std::vector<Variable<float>> in;
  for (const Tensor<float>& value : values) in.emplace_back(value, true);
  const Variable<float> y = f(in);
  y.backward(dy);
  std::vector<Tensor<float>> result{y.value()};
  for (const Variable<float>& x : in) result.push_back(x.grad());
  return result;
}

Tensor<double> plus_bias(Tensor<double> y, const Tensor<float>& bias) {
  for (Index i = 0; i < y.numel(); ++i) y.data()[i] += static_cast<double>(bias.data()[i % bias.numel()]);
  return y;
}

Tensor<double> column_sums(const Tensor<float>& x) {
  Tensor<double> sums({x.size(1)});
  for (Index i = 0; i < x.size(0); ++i)
    for (Index j = 0; j < x.size(1); ++j) sums(j) += static_cast<double>(x(i, j));
  return sums;
}

}  // namespace

TEST_CASE("matmul precision: a linear layer rounds operands, and neither bias nor results") {
  const std::vector<std::array<Index, 3>> sizes{{1, 5, 33},     {3, 40, 16},    {4, 17, 9},    {5, 31, 8},
                                                {64, 784, 37},  {130, 300, 70}, {7, 5000, 20}, {70, 9, 4100},
                                                {8, 600, 1050}, {5, 300, 4200}};
  for (const auto& size : sizes) {
    const Index n = size[0], in = size[1], out = size[2];
    const auto x = reference::random<float>({n, in}, 1), w = reference::random<float>({out, in}, 2),
               bias = reference::random<float>({out}, 3), dy = reference::random<float>({n, out}, 4);
    const auto got = in_bfloat16([&] {
      return with_gradients({x, w, bias}, dy, [](const auto& v) { return linear(v[0], v[1], v[2]); });
    });
    const auto xr = as_bfloat16(x), wr = as_bfloat16(w), dyr = as_bfloat16(dy);
    CAPTURE(n);
    CAPTURE(in);
    CAPTURE(out);
    CHECK(reference::difference(got[0], plus_bias(reference::matmul(xr, reference::transposed(wr)), bias)) <
          reference::tolerance<float>(in + 1));
    CHECK(reference::difference(got[1], reference::matmul(dyr, wr)) < reference::tolerance<float>(out));
    CHECK(reference::difference(got[2], reference::matmul(reference::transposed(dyr), xr)) <
          reference::tolerance<float>(n));
    CHECK(reference::difference(got[3], column_sums(dy)) < reference::tolerance<float>(n));
  }
}

TEST_CASE("matmul precision: matmul rounds operands, and those of its gradients") {
  const auto a = reference::random<float>({2, 9, 33}, 1), b = reference::random<float>({2, 33, 18}, 2),
             dy = reference::random<float>({2, 9, 18}, 3);
  const auto got = in_bfloat16([&] {
    return with_gradients({a, b}, dy, [](const auto& v) { return matmul(v[0], v[1]); });
  });
  for (Index i = 0; i < 2; ++i) {
    const auto matrix = [&](const Tensor<float>& x) {
      Tensor<float> one({x.size(1), x.size(2)});
      std::copy_n(x.data() + i * one.numel(), one.numel(), one.data());
      return one;
    };
    const auto ar = as_bfloat16(matrix(a)), br = as_bfloat16(matrix(b)), dyr = as_bfloat16(matrix(dy));
    CHECK(reference::difference(matrix(got[0]), reference::matmul(ar, br)) < reference::tolerance<float>(33));
    CHECK(reference::difference(matrix(got[1]), reference::matmul(dyr, reference::transposed(br))) <
          reference::tolerance<float>(18));
    CHECK(reference::difference(matrix(got[2]), reference::matmul(reference::transposed(ar), dyr)) <
          reference::tolerance<float>(9));
  }
}

TEST_CASE("matmul precision: a backward pass has the precision of its forward, whoever runs it") {
  const auto x = reference::random<float>({8, 20}, 1), w = reference::random<float>({10, 20}, 2),
             dy = reference::random<float>({8, 10}, 3);
  const Variable<float> narrow_x(x, true), float_x(x, true);
  const auto narrow = in_bfloat16([&] { return linear(narrow_x, Variable<float>(w)); });
  const auto single = linear(float_x, Variable<float>(w));
  narrow.backward(dy);
  in_bfloat16([&] {
    single.backward(dy);
    return 0;
  });
  CHECK(reference::difference(narrow_x.grad(), reference::matmul(as_bfloat16(dy), as_bfloat16(w))) < 1e-6);
  CHECK(reference::difference(float_x.grad(), reference::matmul(dy, w)) < 1e-6);
  CHECK(matmul_precision() == MatmulPrecision::float32);
}

TEST_CASE("matmul precision: double is not affected") {
  const auto a = reference::random<double>({9, 33}, 1), b = reference::random<double>({33, 18}, 2);
  const auto y = in_bfloat16([&] { return matmul(Variable<double>(a), Variable<double>(b)).value(); });
  CHECK(reference::difference(y, reference::matmul(a, b)) < reference::tolerance<double>(33));
}

TEST_CASE("matmul precision: convolutions of all kinds and their gradients round operands") {
  auto all = conv2d_problems::many_sizes();
  all.push_back({.n = 3, .h = 12, .w = 12, .c = 6, .oh = 8, .ow = 8, .o = 16, .kh = 5, .kw = 5});  // scattered
  for (const kernels::Conv2dSizes& s : all) {
    const Shape x_shape{s.n, s.h, s.w, s.c}, y_shape{s.n, s.oh, s.ow, s.o}, w_shape{s.o, s.group_c(), s.kh, s.kw};
    const auto x = reference::random<float>(x_shape, 1), w = reference::random<float>(w_shape, 2),
               dy = reference::random<float>(y_shape, 3), bias = reference::random<float>({s.o}, 4);
    const auto xr = as_bfloat16(x), wr = as_bfloat16(w), dyr = as_bfloat16(dy);
    Tensor<double> y(y_shape), dx(x_shape), dw(w_shape);
    reference::each_conv2d_product(
        s, [&, yd = y.data(), dxd = dx.data(), dwd = dw.data()](Index xi, Index wi, Index yi) {
          const auto of = [](const Tensor<float>& t, Index i) { return static_cast<double>(t.data()[i]); };
          yd[yi] += of(xr, xi) * of(wr, wi);
          dxd[xi] += of(dyr, yi) * of(wr, wi);
          dwd[wi] += of(dyr, yi) * of(xr, xi);
        });
    CAPTURE(x_shape);
    CAPTURE(w_shape);
    Tensor<float> got_y(y_shape), got_dx(x_shape), got_dw(w_shape), transposed(x_shape), transposed_dy(y_shape),
        transposed_dw(w_shape);
    in_bfloat16([&] {
      kernels::conv2d<float>(s, x.data(), w.data(), {.bias = bias.data()}, got_y.data());
      kernels::conv2d_backward<float>(s, {x.data(), w.data(), nullptr, dy.data()},
                                      {{got_dx.data()}, {got_dw.data()}, {}});
      kernels::conv2d_transposed<float>(s, dy.data(), w.data(), {}, transposed.data());
      kernels::conv2d_transposed_backward<float>(s, {dy.data(), w.data(), nullptr, x.data()},
                                                 {{transposed_dy.data()}, {transposed_dw.data()}, {}});
      return 0;
    });
    const auto few = reference::tolerance<float>(s.window() + 1), some = reference::tolerance<float>(s.taps() * s.o),
               many = reference::tolerance<float>(s.n * s.oh * s.ow);
    CHECK(reference::difference(got_y, plus_bias(y, bias)) < few);
    CHECK(reference::difference(transposed_dy, y) < few);
    CHECK(reference::difference(got_dx, dx) < some);
    CHECK(reference::difference(transposed, dx) < some);
    CHECK(reference::difference(got_dw, dw) < many);
    CHECK(reference::difference(transposed_dw, dw) < many);
  }
}

TEST_CASE("matmul precision: a transposed convolution with an infinite weight rounds operands too") {
  const kernels::Conv2dSizes s{.n = 1, .h = 4, .w = 4, .c = 1, .oh = 3, .ow = 3, .o = 2, .kh = 2, .kw = 2};
  const auto y = reference::random<float>({1, 3, 3, 2}, 1);
  auto w = reference::random<float>({2, 1, 2, 2}, 2);
  w(1, 0, 1, 1) = std::numeric_limits<float>::infinity();
  Tensor<float> dx({1, 4, 4, 1});
  in_bfloat16([&] {
    kernels::conv2d_transposed<float>(s, y.data(), w.data(), {}, dx.data());
    return 0;
  });
  const double corner =
      static_cast<double>(as_bfloat16(y(0, 0, 0, 0))) * static_cast<double>(as_bfloat16(w(0, 0, 0, 0))) +
      static_cast<double>(as_bfloat16(y(0, 0, 0, 1))) * static_cast<double>(as_bfloat16(w(1, 0, 0, 0)));
  CHECK(static_cast<double>(dx(0, 0, 0, 0)) == doctest::Approx(corner).epsilon(1e-6));
  CHECK(std::isinf(dx(0, 3, 3, 0)));
}

TEST_CASE("matmul precision: recurrent layers round x, h and weights, and no bias") {
  const Index n = 19, in = 7, h = 12;
  const auto x = reference::random<float>({n, 1, in}, 1), h0 = reference::random<float>({n, h}, 2),
             c0 = reference::random<float>({n, h}, 3);
  const auto parameters = [&](Index gates) {
    return RecurrentParameters<float>{Variable<float>(reference::random<float>({gates * h, in}, 4)),
                                      Variable<float>(reference::random<float>({gates * h, h}, 5)),
                                      Variable<float>(reference::random<float>({gates * h}, 6)),
                                      Variable<float>(reference::random<float>({gates * h}, 7))};
  };
  const auto rounded = [](const Variable<float>& v) { return as_bfloat16(v.value()); };
  {
    const auto p = parameters(4);
    Tensor<double> state = as_bfloat16(h0).cast<double>(), cell = c0.cast<double>();
    const auto expected = reference::lstm(as_bfloat16(x), rounded(p.weight_ih), rounded(p.weight_hh), p.bias_ih.value(),
                                          p.bias_hh.value(), state, cell);
    const auto got =
        in_bfloat16([&] { return lstm_layer(Variable<float>(x), Variable<float>(h0), Variable<float>(c0), p); });
    CHECK(reference::difference(got.y.value(), expected) < 1e-6);
    CHECK(reference::difference(got.c.value(), cell) < 1e-6);
  }
  {
    // z h reads the state itself, not an operand, so it is one that needs no rounding.
    const auto p = parameters(3);
    Tensor<double> state = as_bfloat16(h0).cast<double>();
    const auto expected = reference::gru(as_bfloat16(x), rounded(p.weight_ih), rounded(p.weight_hh), p.bias_ih.value(),
                                         p.bias_hh.value(), state);
    const auto got = in_bfloat16([&] { return gru_layer(Variable<float>(x), Variable<float>(as_bfloat16(h0)), p); });
    CHECK(reference::difference(got.value(), expected) < 1e-6);
  }
}

TEST_CASE("matmul precision: several steps of a recurrent layer stay near those in float") {
  const Index n = 19, t = 6, in = 7, h = 12;
  Rng rng(1);
  const nn::LSTM<float> layer({.in = in, .hidden = h}, rng);
  const auto& p = layer.layers[0];
  const auto x = reference::random<float>({n, t, in}, 1);
  Tensor<double> state({n, h}), cell({n, h});
  const auto expected =
      reference::lstm(x, p.weight_ih.value(), p.weight_hh.value(), p.bias_ih.value(), p.bias_hh.value(), state, cell);
  const auto got = in_bfloat16([&] { return layer(Variable<float>(x)).output.value(); });
  CHECK(reference::difference(got, expected) < 0.01);
  CHECK(reference::difference(got, expected) > 1e-5);
}

TEST_CASE("matmul precision: the gradients of a recurrent layer round their operands") {
  const Index n = 19, in = 7, h = 12;
  const auto x = reference::random<float>({n, in}, 1), h0 = reference::random<float>({n, h}, 2),
             w_ih = reference::random<float>({h, in}, 4), w_hh = reference::random<float>({h, h}, 5),
             bias = reference::random<float>({h}, 6), dy = reference::random<float>({n, h}, 8);
  const auto got = in_bfloat16([&] {
    return with_gradients({x.reshape({n, 1, in}), h0, w_ih, w_hh, bias}, dy.reshape({n, 1, h}), [](const auto& v) {
      return rnn_layer(v[0], v[1], {v[2], v[3], v[4], {}}, kernels::Activation::relu);
    });
  });
  Tensor<float> da = dy;  // before the activation: exact, for relu passes it on or not
  for (Index i = 0; i < da.numel(); ++i)
    if (got[0].data()[i] <= 0) da.data()[i] = 0;
  const auto dar = as_bfloat16(da);
  CHECK(reference::difference(got[1].reshape({n, in}), reference::matmul(dar, as_bfloat16(w_ih))) < 1e-6);
  CHECK(reference::difference(got[2], reference::matmul(dar, as_bfloat16(w_hh))) < 1e-6);
  CHECK(reference::difference(got[3], reference::matmul(reference::transposed(dar), as_bfloat16(x))) < 1e-6);
  CHECK(reference::difference(got[4], reference::matmul(reference::transposed(dar), as_bfloat16(h0))) < 1e-6);
  CHECK(reference::difference(got[5], column_sums(da)) < 1e-6);
}

TEST_CASE("matmul precision: attention rounds operands") {
  const auto q = reference::random<float>({1, 2, 9, 16}, 1), k = reference::random<float>({1, 2, 9, 16}, 2),
             v = Tensor<float>::full({1, 2, 9, 16}, 1.00390625f);
  const auto got = in_bfloat16(
      [&] { return scaled_dot_product_attention(Variable<float>(q), Variable<float>(k), Variable<float>(v)).value(); });
  // Rows of probabilities sum to 1 but for their rounding; v is rounded to 1.
  for (const float y : got.elements()) CHECK(std::abs(y - 1) < 0.0025f);  // float has 1.0039
}

TEST_CASE("matmul precision: the same bits for any number of threads") {
  const auto x = reference::random<float>({96, 28, 28, 4}, 1), w = reference::random<float>({20, 4, 3, 3}, 2),
             flat = reference::random<float>({96, 700}, 3), weight = reference::random<float>({300, 700}, 4),
             few = reference::random<float>({8, 600}, 7), tall = reference::random<float>({1050, 600}, 8);
  std::vector<Tensor<float>> first;
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    const auto results = in_bfloat16([&] {
      const auto dense = with_gradients({flat, weight}, reference::random<float>({96, 300}, 5),
                                        [](const auto& v) { return linear(v[0], v[1]); });
      auto images = with_gradients({x, w}, reference::random<float>({96, 14, 14, 20}, 6), [](const auto& v) {
        return conv2d(v[0], v[1], {}, nn::Conv2dOptions{.in = 4, .out = 20, .kernel = 3, .stride = 2, .padding = 1});
      });
      const auto few_rows = with_gradients({few, tall}, reference::random<float>({8, 1050}, 9),
                                           [](const auto& v) { return linear(v[0], v[1]); });
      images.insert(images.end(), dense.begin(), dense.end());
      images.insert(images.end(), few_rows.begin(), few_rows.end());
      return images;
    });
    if (first.empty()) first = results;
    for (std::size_t i = 0; i < results.size(); ++i) CHECK(reference::identical(results[i], first[i]));
  }
  set_threads(0);
}

TEST_CASE("matmul precision: a convolution with ReLU and pooling in one pass rounds operands as layers one by one do") {
  const auto x = reference::random<float>({3, 9, 9, 8}, 1), w = reference::random<float>({16, 8, 3, 3}, 2),
             bias = reference::random<float>({16}, 3), dy = reference::random<float>({3, 4, 4, 16}, 4);
  const nn::Conv2dOptions options{.in = 8, .out = 16, .kernel = 3, .padding = 1};
  const nn::MaxPool2d pool({.kernel = 2});
  const auto fused = in_bfloat16([&] {
    return with_gradients({x, w, bias}, dy, [&](const auto& v) {
      return conv2d_max_pool2d(v[0], v[1], v[2], options, Activation::relu, pool.options);
    });
  });
  const auto apart = in_bfloat16([&] {
    return with_gradients({x, w, bias}, dy,
                          [&](const auto& v) { return pool(conv2d(v[0], v[1], v[2], options, Activation::relu)); });
  });
  for (std::size_t i = 0; i < fused.size(); ++i)
    CHECK(reference::difference(fused[i], apart[i]) < reference::tolerance<float>(200));
}

TEST_CASE("matmul precision: what is prepared is for float, and answers in bfloat16 are right beside it") {
  Rng rng(1);
  const nn::Sequential model{nn::Conv2d({.in = 2, .out = 8, .kernel = 3}, rng), nn::ReLU{}, nn::Flatten{},
                             nn::Linear({.in = 8 * 36, .out = 5}, rng)};
  const Variable<float> x(reference::random<float>({6, 8, 8, 2}, 2));
  const Tensor<float> in_float = model(x).value(), rounded = in_bfloat16([&] { return model(x).value(); });
  const nn::Prepared prepared = in_bfloat16([&] { return nn::Prepared(model, Shape{6, 8, 8, 2}); });
  CHECK(reference::identical(prepared(x).value(), in_float));
  CHECK(reference::identical(in_bfloat16([&] { return prepared(x).value(); }), rounded));
  CHECK_FALSE(reference::identical(in_float, rounded));
}
