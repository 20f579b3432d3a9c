// Fine-tuning: a network that has seen many images of five classes learns five others from ten images of each. Its
// convolutions are frozen, by their names, and only new layers behind them are trained; beside it, a network that has
// seen nothing before learns from the same images.
//
//     09_fine_tuning [epochs]     of the first training; the images are looked for as data::fashion_mnist() says

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <latent/latent.hpp>
#include <utility>
#include <vector>
using namespace latent;

/// The layers whose knowledge is passed on, [N, 28, 28, 1] -> [N, 1568], and those behind them, -> [N, 5].
auto make_features(Rng& rng) {
  return nn::Sequential{nn::Conv2d({.in = 1, .out = 16, .kernel = 3, .padding = 1}, rng),
                        nn::ReLU{},
                        nn::MaxPool2d({.kernel = 2}),
                        nn::Conv2d({.in = 16, .out = 32, .kernel = 3, .padding = 1}, rng),
                        nn::ReLU{},
                        nn::MaxPool2d({.kernel = 2}),
                        nn::Flatten{}};
}
auto make_head(Rng& rng) {
  return nn::Sequential{nn::Linear({.in = 1568, .out = 64}, rng), nn::ReLU{}, nn::Linear({.in = 64, .out = 5}, rng)};
}

struct Classifier {
  decltype(make_features(std::declval<Rng&>())) features;
  decltype(make_head(std::declval<Rng&>())) head;

  Variable<float> operator()(const Variable<float>& x) const { return head(features(x)); }

  template <class F>
  void visit(F&& f) const {
    f("features", features);
    f("head", head);
  }
};

/// The first `count` images, or all, of each class with an even number (shirts, coats, bags) or an odd one (trousers,
/// dresses, shoes). Within the five they have the labels 0 to 4.
data::ImageDataset classes(const data::ImageDataset& images, int odd, Index count = 60000) {
  std::array<Index, 5> seen{};
  std::vector<Tensor<std::uint8_t>> kept;
  std::vector<std::uint8_t> labels;
  for (Index i = 0; i < images.size(); ++i) {
    const std::uint8_t label = images.labels(i) / 2;
    if (images.labels(i) % 2 != odd || seen[label]++ >= count) continue;
    kept.push_back(images.images.rows(i, i + 1));
    labels.push_back(label);
  }
  const Index n = std::ssize(kept);
  data::ImageDataset result{Tensor<std::uint8_t>({n, 28, 28}), Tensor<std::uint8_t>({n}, labels), {}};
  std::uint8_t* to = result.images.data();
  for (const auto& image : kept) to = std::ranges::copy(std::as_const(image).elements(), to).out;
  return result;
}

/// Trains what of a model wants a gradient.
void train(const Classifier& model, const data::ImageDataset& images, Index epochs) {
  std::vector<Variable<float>> trained;
  for (const auto& parameter : nn::parameters(model))
    if (parameter.requires_grad()) trained.push_back(parameter);
  optim::Adam optimizer(trained, {.lr = 1e-3});
  data::Loader batches(images, {.batch_size = 50, .shuffle = true});
  for (Index epoch = 0; epoch < epochs; ++epoch)
    for (const auto& batch : batches) {
      const Variable<float> loss = cross_entropy(model(Variable<float>(batch.images)), batch.labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    }
}

/// The share of images, in per cent, that the model takes for what they are.
double accuracy(const Classifier& model, const data::ImageDataset& images) {
  const NoGrad no_grad;
  data::Loader batches(images, {.batch_size = 250});
  Index right = 0;
  for (const auto& batch : batches) {
    const Tensor<std::int64_t> guess = argmax(model(Variable<float>(batch.images)).value(), 1);
    for (Index i = 0; i < batch.size(); ++i) right += guess(i) == batch.labels(i);
  }
  return 100 * static_cast<double>(right) / static_cast<double>(images.size());
}

int main(int argc, char** argv) {
  const Index epochs = argc > 1 ? std::atoi(argv[1]) : 2;
  const data::FashionMnist mnist = data::fashion_mnist();
  const auto many = classes(mnist.train, 0), few = classes(mnist.train, 1, 10), test = classes(mnist.test, 1);

  Rng rng(1);
  const Classifier known{make_features(rng), make_head(rng)};
  train(known, many, epochs);
  std::cout << many.size() << " images of shirts, coats, bags: " << accuracy(known, classes(mnist.test, 0))
            << " % of the test images are right\n";

  // Weights of its own, with the same values. What is frozen gets no gradient, and its backward is not computed at all.
  const Classifier tuned{nn::clone(known.features), make_head(rng)};
  nn::freeze(tuned, "features");
  train(tuned, few, 100);

  bool same = true;
  const auto before = nn::parameters(known.features), after = nn::parameters(tuned.features);
  for (std::size_t i = 0; i < before.size(); ++i)
    same = same && std::ranges::equal(before[i].value().elements(), after[i].value().elements());
  std::cout << "frozen weights are the same to the bit: " << std::boolalpha << same << '\n';

  const Classifier fresh{make_features(rng), make_head(rng)};
  train(fresh, few, 100);
  std::cout << few.size() << " images of trousers, dresses, shoes: " << accuracy(tuned, test)
            << " % of the test images are right, from nothing " << accuracy(fresh, test) << " %\n";
}
