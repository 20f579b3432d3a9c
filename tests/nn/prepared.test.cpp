#include <atomic>
#include <latent/nn/prepared.hpp>
#include <memory>
#include <thread>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// Kinds of layers that pack weights, one behind the other, some of them twice: [N, 8, 8, 2] -> [N, 5]
struct ManyKinds {
  nn::Conv2d<> conv, same;
  nn::ConvTranspose2d<> wide, narrow;  // through phases, and the col2im way
  nn::Conv1d<> along;
  nn::LSTM<> lstm;
  nn::GRU<> gru;
  nn::RNN<> rnn;
  nn::BatchNorm1d<> norm;
  nn::Linear<> linear;

  explicit ManyKinds(Rng& rng)
      : conv({.in = 2, .out = 9, .kernel = 3, .stride = 2, .padding = 1}, rng),
        same({.in = 9, .out = 9, .kernel = 3, .padding = 1, .groups = 3}, rng),
        wide({.in = 9, .out = 12, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1}, rng),
        narrow({.in = 12, .out = 1, .kernel = 2}, rng),
        along({.in = 9, .out = 7, .kernel = 2}, rng),
        lstm({.in = 7, .hidden = 6, .layers = 2, .bidirectional = true}, rng),
        gru({.in = 12, .hidden = 5}, rng),
        rnn({.in = 5, .hidden = 5, .bias = false}, rng),
        norm({.channels = 5}),
        linear({.in = 5, .out = 5}, rng) {}

  Variable<float> operator()(const Variable<float>& x) const {
    const auto image = narrow(wide(same(same(conv(x), Activation::relu))));  // [N, 9, 9, 1]
    const auto steps = rnn(gru(lstm(along(reshape(image, {x.size(0), 9, 9}))).output).output).output;
    return linear(linear(norm(select(steps, 1, -1))), Activation::tanh);
  }
  template <class F>
  void visit(F&& f) const {
    f("conv", conv), f("same", same), f("wide", wide), f("narrow", narrow), f("along", along), f("lstm", lstm);
    f("gru", gru), f("rnn", rnn), f("norm", norm), f("linear", linear);
  }
};

/// A layer whose weight depends on the input.
struct ScaledWeight {
  nn::Linear<> linear;

  Variable<float> operator()(const Variable<float>& x) const {
    return latent::linear(x, linear.weight * reshape(select(x, 0, 0), {1, x.size(1)}), linear.bias);
  }
  template <class F>
  void visit(F&& f) const {
    f("linear", linear);
  }
};

Variable<float> evaluated(const ManyKinds& model, const Variable<float>& x) {
  const NoGrad no_grad;
  return model(x);
}

Variable<float> images(Index n, Index side = 8) { return reference::random<float>({n, side, side, 2}, 1); }

}  // namespace

TEST_CASE("prepared: gives what the model gives, for layers of all kinds that pack weights") {
  Rng rng(1);
  const ManyKinds model(rng);
  const nn::Prepared prepared(model, Shape{1, 8, 8, 2});
  for (const Index n : {5, 8, 33})
    CHECK(reference::identical(prepared(images(n)).value(), evaluated(model, images(n)).value()));
  for (const Index n : {1, 2, 3, 4})  // where sums of the last layers have another order
    CHECK(reference::difference(prepared(images(n)).value(), evaluated(model, images(n)).value()) < 1e-6);
  CHECK_FALSE(prepared(images(5)).requires_grad());
}

TEST_CASE("prepared: other shapes than the one prepared for are right too, added later or not at all") {
  Rng rng(1);
  const nn::Sequential model{nn::Conv2d({.in = 2, .out = 4, .kernel = 3}, rng), nn::ReLU{},
                             nn::ConvTranspose2d({.in = 4, .out = 2, .kernel = 3}, rng)};
  nn::Prepared prepared(model, Shape{1, 8, 8, 2});
  const auto expected = model(images(3, 11)).value();
  CHECK(reference::identical(prepared(images(3, 11)).value(), expected));
  prepared.add(Shape{2, 11, 11, 2});
  CHECK(reference::identical(prepared(images(3, 11)).value(), expected));
  CHECK(reference::identical(prepared(images(3)).value(), model(images(3)).value()));
}

TEST_CASE("prepared: weights are packed when it is made, not when it runs") {
  // Weights that lie at the same place and are others now show which were used.
  Rng rng(1);
  const nn::Sequential model{nn::Linear({.in = 3, .out = 2, .bias = false}, rng)};
  const auto& layer = std::get<0>(model.layers);
  const nn::Prepared prepared(model, Shape{1, 3});
  const Variable<float> x = reference::random<float>({1, 3}, 1);
  const Tensor<float> before = prepared(x).value();
  auto* const weight = const_cast<float*>(std::as_const(layer.weight).value().data());
  for (Index i = 0; i < 6; ++i) weight[i] += 1;
  CHECK(reference::identical(prepared(x).value(), before));
  CHECK_FALSE(reference::identical(model(x).value(), before));
}

TEST_CASE("prepared: stays as it is while the model is trained on") {
  Rng rng(1);
  const ManyKinds model(rng);
  const nn::Prepared prepared(model, Shape{1, 8, 8, 2});
  const Tensor<float> before = prepared(images(6)).value();
  optim::Adam optimizer(nn::parameters(model), {.lr = 0.1});
  {
    Rng noise(2);
    const nn::Training mode(noise);
    sum(square(model(images(6)))).backward();
    optimizer.step();
  }
  CHECK(reference::identical(prepared(images(6)).value(), before));
  CHECK_FALSE(reference::identical(evaluated(model, images(6)).value(), before));
}

TEST_CASE("prepared: evaluates within a Training too, and leaves the model's statistics alone") {
  Rng rng(1), noise(2);
  const nn::Sequential model{nn::Linear({.in = 2, .out = 2}, rng), nn::BatchNorm1d({.channels = 2}),
                             nn::Dropout({.p = 0.5})};
  const Variable<float> x = reference::random<float>({8, 2}, 1);
  const Tensor<float> expected = model(x).value();
  const nn::Training mode(noise);
  const nn::Prepared prepared(model, x);
  CHECK(reference::identical(prepared(x).value(), expected));
  CHECK(noise.bits() == Rng(2).bits());
}

TEST_CASE("prepared: threads share one") {
  Rng rng(1);
  const ManyKinds model(rng);
  const nn::Prepared prepared(model, Shape{1, 8, 8, 2});
  const Tensor<float> expected = prepared(images(6)).value();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int call = 0; call < 20; ++call) wrong += !reference::identical(prepared(images(6)).value(), expected);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("prepared: one may be moved, and be part of another model") {
  Rng rng(1);
  const nn::Linear linear({.in = 3, .out = 3}, rng);
  const Variable<float> x = reference::random<float>({9, 3}, 1);
  nn::Prepared first(linear, Shape{1, 3});
  const auto inner = std::make_shared<nn::Prepared<nn::Linear<>>>(std::move(first));
  const Tensor<float> expected = linear(linear(linear(x))).value();
  const NoGrad no_grad;
  const nn::Prepared outer(linear, Shape{1, 3});
  CHECK(reference::identical(outer((*inner)(outer(x))).value(), expected));
}

TEST_CASE("prepared: models of double, and of tokens, are prepared with an example") {
  Rng rng(1);
  const nn::Linear<double> linear({.in = 3, .out = 2}, rng);
  const Variable<double> x = reference::random<double>({9, 3}, 1);
  CHECK(reference::identical(nn::Prepared(linear, x)(x).value(), linear(x).value()));

  const nn::Sequential words{nn::Embedding({.embeddings = 10, .embedding_dim = 4}, rng),
                             nn::Linear({.in = 4, .out = 3}, rng)};
  const Tensor<std::int64_t> tokens({2, 3}, {1, 9, 0, 3, 3, 2});
  CHECK(reference::identical(nn::Prepared(words, tokens)(tokens).value(), words(tokens).value()));
}

TEST_CASE("prepared: weights that are computed anew in each call are packed in each") {
  Rng rng(1);
  const ScaledWeight model{nn::Linear({.in = 3, .out = 2}, rng)};
  const nn::Prepared prepared(model, Shape{6, 3});
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Variable<float> x = reference::random<float>({6, 3}, seed);
    CHECK(reference::identical(prepared(x).value(), model(x).value()));
  }
}

TEST_CASE("prepared: an input that does not fit is the model's error, when it is made and when it runs") {
  Rng rng(1);
  const nn::Linear linear({.in = 3, .out = 2}, rng);
  const std::string expected = "linear: x [1, 4] does not fit weight [2, 3], expected x [N, 3]";
  CHECK(message_of<ShapeError>([&] { nn::Prepared(linear, Shape{1, 4}); }) == expected);
  const nn::Prepared prepared(linear, Shape{1, 3});
  CHECK(message_of<ShapeError>([&] { prepared(Variable<float>(Tensor<float>({1, 4}))); }) == expected);
  CHECK(prepared(Variable<float>(Tensor<float>({1, 3}))).shape() == Shape{1, 2});
}
