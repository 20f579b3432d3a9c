// A classifier of FashionMNIST: convolutions with BatchNorm and Dropout, trained with a learning rate that rises and
// falls. It says what it takes test images for.
//
//     06_classifier [epochs]     the images are looked for as data::fashion_mnist() says

#include <cstdlib>
#include <iostream>
#include <latent/latent.hpp>
using namespace latent;

/// The share of images that the model takes for what they are.
template <class Model>
double accuracy(const Model& model, const data::ImageDataset& images) {
  const NoGrad
      no_grad;  // and no nn::Training: Dropout keeps everything, BatchNorm takes the statistics it has collected
  data::Loader batches(images, {.batch_size = 250});
  Index right = 0;
  for (const auto& batch : batches) {
    const Tensor<std::int64_t> guess = argmax(model(Variable<float>(batch.images)).value(), 1);
    for (Index i = 0; i < batch.size(); ++i) right += guess(i) == batch.labels(i);
  }
  return static_cast<double>(right) / static_cast<double>(images.size());
}

int main(int argc, char** argv) {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 3;
  const data::FashionMnist mnist = data::fashion_mnist();

  Rng rng(1), noise(1, 1);
  const auto convolution = [&](Index in, Index out) {  // BatchNorm has a bias of its own
    return nn::Sequential{nn::Conv2d({.in = in, .out = out, .kernel = 3, .padding = 1, .bias = false}, rng),
                          nn::BatchNorm2d({.channels = out}), nn::ReLU{}, nn::MaxPool2d({.kernel = 2})};
  };
  const nn::Sequential model{convolution(1, 16),                         // [N, 28, 28, 1] -> [N, 14, 14, 16]
                             convolution(16, 32),                        // [N, 7, 7, 32]
                             nn::Flatten{}, nn::Dropout({.p = 0.25}),    // [N, 1568]
                             nn::Linear({.in = 1568, .out = 10}, rng)};  // [N, 10]
  std::cout << nn::parameter_count(model) << " parameters\n";

  data::Loader batches(mnist.train, {.batch_size = 64, .shuffle = true});
  optim::AdamW optimizer(nn::parameters(model), {.weight_decay = 1e-2});
  const optim::CosineAnnealingLR schedule{.lr = 2e-3, .steps = epochs * batches.size() + 1, .warmup = 100};
  Index step = 0;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    double loss = 0;
    for (const auto& batch : batches) {
      const nn::Training mode(noise);  // until the end of this block
      const Variable<float> error = cross_entropy(model(Variable<float>(batch.images)), batch.labels);
      optimizer.zero_grad();
      error.backward();
      optimizer.options.lr = schedule(step++);
      optimizer.step();
      loss += error.item() / static_cast<double>(batches.size());
    }
    std::cout << "epoch " << epoch << ": loss " << loss << ", " << 100 * accuracy(model, mnist.test)
              << " % of the test images\n";
  }

  const Index first[] = {0, 1, 2, 3, 4};
  const auto some = mnist.test.gather(first);
  const NoGrad no_grad;
  const Tensor<float> probabilities = softmax(model(Variable<float>(some.images)), 1).value();
  const Tensor<std::int64_t> guess = argmax(probabilities, 1);
  const auto& names = mnist.test.class_names;
  for (Index i = 0; i < some.size(); ++i)
    std::cout << "image " << i << ", " << names[some.labels(i)] << ": taken for "
              << names[static_cast<std::size_t>(guess(i))] << " with " << 100 * probabilities(i, guess(i)) << " %\n";
}
