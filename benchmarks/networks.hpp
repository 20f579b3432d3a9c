#pragma once

#include <functional>
#include <latent/latent.hpp>
#include <memory>
#include <vector>

/// Ordinary networks, as in compare_networks.py, which has PyTorch's and JAX's; the tiny one's are in peers/.
namespace benchmarks {

using namespace latent;

/// A network in training: forward, loss, backward and Adam, on a batch that lies ready.
struct Network {
  std::vector<Variable<float>> parameters;
  std::function<void()> step;
  double multiply_adds;  ///< of a step
  Index batch;
};

/// Trains a model to give what `loss_of` measures. `forward` and `first_layer` are multiply-adds for one of a batch; a
/// forward pass is a third of a step, but for the gradient of the batch, which nobody wants.
template <class Model, class Loss>
Network train(const Model& model, Index batch, double forward, double first_layer, Loss loss_of) {
  const auto count = static_cast<double>(batch);
  auto optimizer = std::make_shared<optim::Adam<float>>(nn::parameters(model));
  return {.parameters = optimizer->parameters(),
          .step =
              [=, noise = std::make_shared<Rng>(1)] {
                const nn::Training mode(*noise);
                const Variable<float> loss = loss_of(model);
                optimizer->zero_grad();
                loss.backward();
                optimizer->step();
              },
          .multiply_adds = count * (3 * forward - first_layer),
          .batch = batch};
}

struct Batch {
  Variable<float> x;
  Tensor<std::int64_t> labels;
};

inline Batch images(const Shape& shape) {
  Rng rng(1);
  Batch batch{Variable<float>(rng.normal<float>(shape)), Tensor<std::int64_t>({shape[0]})};
  for (std::int64_t& label : batch.labels.elements()) label = rng.below(10);
  return batch;
}

inline Network lenet(Index n) {
  Rng rng(1);
  const nn::Sequential model{nn::Conv2d({.in = 1, .out = 6, .kernel = 5}, rng),
                             nn::ReLU{},
                             nn::MaxPool2d({.kernel = 2}),
                             nn::Conv2d({.in = 6, .out = 16, .kernel = 5}, rng),
                             nn::ReLU{},
                             nn::MaxPool2d({.kernel = 2}),
                             nn::Flatten{},
                             nn::Linear({.in = 256, .out = 120}, rng),
                             nn::ReLU{},
                             nn::Linear({.in = 120, .out = 84}, rng),
                             nn::ReLU{},
                             nn::Linear({.in = 84, .out = 10}, rng)};
  const double first = 24 * 24 * 25 * 6;
  const double image = first + 8 * 8 * 150 * 16 + 256 * 120 + 120 * 84 + 84 * 10;
  return train(model, n, image, first, [batch = images({n, 28, 28, 1})](const auto& network) {
    return cross_entropy(network(batch.x), batch.labels);
  });
}

/// Two convolutions beside a shortcut, which halves the image where `stride` is 2.
struct Block {
  nn::Conv2d<> conv1, conv2, conv3;
  nn::BatchNorm2d<> norm1, norm2, norm3;
  bool projects;

  Block(Index in, Index out, Index stride, Rng& rng)
      : conv1({.in = in, .out = out, .kernel = 3, .stride = stride, .padding = 1, .bias = false}, rng),
        conv2({.in = out, .out = out, .kernel = 3, .padding = 1, .bias = false}, rng),
        conv3({.in = in, .out = out, .kernel = 1, .stride = stride, .bias = false}, rng),
        norm1({.channels = out}),
        norm2({.channels = out}),
        norm3({.channels = out}),
        projects(stride != 1) {}

  Variable<float> operator()(const Variable<float>& x) const {
    const Variable<float> y = norm2(conv2(norm1(conv1(x), Activation::relu)));
    return relu(y + (projects ? norm3(conv3(x)) : x));
  }
  template <class F>
  void visit(F&& f) const {
    f("conv1", conv1), f("norm1", norm1), f("conv2", conv2), f("norm2", norm2);
    if (projects) f("conv3", conv3), f("norm3", norm3);
  }
};

/// ResNet-20: He et al., "Deep residual learning for image recognition", 2016, section 4.2.
inline Network resnet() {
  constexpr Index n = 32;
  Rng rng(1);
  nn::ModuleList<Block> blocks;
  const double first = 32 * 32 * 27 * 16;
  double image = first + 64 * 10;
  for (Index stage = 0, in = 16; stage < 3; ++stage) {
    const Index out = 16 << stage, side = 32 >> stage;
    for (Index i = 0; i < 3; ++i) {
      const Index stride = stage > 0 && i == 0 ? 2 : 1;
      blocks.layers.emplace_back(in, out, stride, rng);
      image += static_cast<double>(side * side * out * (9 * (in + out) + (stride == 2 ? in : 0)));
      in = out;
    }
  }
  const nn::Sequential model{nn::Conv2d({.in = 3, .out = 16, .kernel = 3, .padding = 1, .bias = false}, rng),
                             nn::BatchNorm2d({.channels = 16}),
                             nn::ReLU{},
                             blocks,
                             nn::AdaptiveAvgPool2d({.output = 1}),
                             nn::Flatten{},
                             nn::Linear({.in = 64, .out = 10}, rng)};
  return train(model, n, image, first, [batch = images({n, 32, 32, 3})](const auto& network) {
    return cross_entropy(network(batch.x), batch.labels);
  });
}

struct Recurrent {
  nn::GRU<> gru;
  nn::Linear<> linear;

  Variable<float> operator()(const Variable<float>& x) const {
    const Variable<float> y = gru(x).output;
    return linear(reshape(slice(y, 1, y.size(1) - 1, y.size(1)), {-1, y.size(2)}));
  }
  template <class F>
  void visit(F&& f) const {
    f("gru", gru), f("linear", linear);
  }
};

inline Network gru() {
  Rng rng(1);
  const Recurrent model{nn::GRU({.in = 28, .hidden = 128}, rng), nn::Linear({.in = 128, .out = 10}, rng)};
  const double first = 28 * 28 * 384;
  return train(model, 64, first + 28 * 128 * 384 + 1280, first,
               [batch = images({64, 28, 28})](const Recurrent& network) {
                 return cross_entropy(network(batch.x), batch.labels);
               });
}

inline Network transformer(double dropout = 0) {
  Rng rng(1);
  const nn::TransformerEncoderLayer model({.embed_dim = 128, .heads = 4, .feedforward = 512, .dropout = dropout}, rng);
  const Variable<float> x(rng.normal<float>({16, 64, 128})), target(rng.normal<float>({16, 64, 128}));
  const double projections = 4 * 128 * 128 + 2 * 128 * 512, scores = 2 * 64 * 128;
  return train(model, 16, 64 * (projections + scores), 64 * 3 * 128 * 128,
               [=](const auto& network) { return mse_loss(network(x), target); });
}

/// So small that hardly anything counts but what a library does around the arithmetic.
inline Network tiny() {
  Rng rng(1);
  const nn::Sequential model{nn::Linear({.in = 10, .out = 32}, rng), nn::ReLU{}, nn::Linear({.in = 32, .out = 32}, rng),
                             nn::ReLU{}, nn::Linear({.in = 32, .out = 1}, rng)};
  const Variable<float> x(rng.normal<float>({32, 10})), target(rng.normal<float>({32, 1}));
  return train(model, 32, 10 * 32 + 32 * 32 + 32, 10 * 32,
               [=](const auto& network) { return mse_loss(network(x), target); });
}

}  // namespace benchmarks
