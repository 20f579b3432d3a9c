// A classifier of FashionMNIST: convolutions with BatchNorm, Dropout, mirrored images, and a learning rate that rises
// and falls once. The test images are looked at in the end only: how many of each class are taken for which, as a table
// and as confusion.png. It takes six minutes on two cores of an AMD EPYC.
//
//     06_classifier [epochs] [seed]     the images are looked for as data::fashion_mnist() says

#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <latent/io/images.hpp>
#include <latent/io/png.hpp>
#include <latent/latent.hpp>
#include <string>
#include <vector>
using namespace latent;

template <class Model>
metrics::ConfusionMatrix confusion_of(const Model& model, const data::ImageDataset& images) {
  const NoGrad no_grad;  // and no nn::Training: Dropout keeps all, BatchNorm takes the statistics it has collected
  metrics::ConfusionMatrix confusion(std::ssize(images.class_names));
  data::Loader batches(images, {.batch_size = 250});
  for (const auto& batch : batches) {
    const Variable<float> x(batch.images);  // an image and its mirror image decide together
    confusion.update((model(x) + model(flip(x, 2))).value(), batch.labels);
  }
  return confusion;
}

/// Prints the matrix, and draws it: the larger the share of a class, the darker.
void show(const metrics::ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  std::vector<std::vector<Tensor<float>>> cells(names.size());
  for (Index i = 0; i < confusion.classes(); ++i) {
    std::cout << '\n' << std::setw(11) << names[static_cast<std::size_t>(i)];
    Index all = 0;
    for (Index j = 0; j < confusion.classes(); ++j) all += confusion.counts(i, j);
    for (Index j = 0; j < confusion.classes(); ++j) {
      const std::string text = std::to_string(confusion.counts(i, j));
      std::cout << std::setw(6) << text;
      const float share = static_cast<float>(confusion.counts(i, j)) / static_cast<float>(all);
      Tensor<float>& cell = cells[static_cast<std::size_t>(i)].emplace_back(Tensor<float>::full({16, 66}, 1 - share));
      io::draw_text(cell, 4, 25, text, 1, share > 0.5f ? 1 : 0);
    }
  }
  io::write_png("confusion.png", io::image_grid(cells, {.column_captions = names, .row_captions = names, .scale = 2}));
}

int main(int argc, char** argv) {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 12;
  const auto seed = static_cast<std::uint64_t>(argc > 2 ? std::atoi(argv[2]) : 1);
  const data::FashionMnist mnist = data::fashion_mnist();

  Rng rng(seed), noise(seed, 1);  // of the weights; of mirrors and Dropout
  const auto convolution = [&](Index in, Index out) {
    return nn::Sequential{nn::Conv2d({.in = in, .out = out, .kernel = 3, .padding = 1, .bias = false}, rng),
                          nn::BatchNorm2d({.channels = out}), nn::ReLU{}};  // BatchNorm has a bias of its own
  };
  const nn::MaxPool2d pool({.kernel = 2});
  const nn::Sequential model{convolution(1, 32),
                             pool,  // [N, 28, 28, 1] -> [N, 14, 14, 32]
                             convolution(32, 48),
                             pool,  // [N, 7, 7, 48]
                             convolution(48, 96),
                             convolution(96, 96),
                             pool,  // [N, 3, 3, 96]
                             nn::Flatten{},
                             nn::Dropout({.p = 0.25}),                  // [N, 864]
                             nn::Linear({.in = 864, .out = 10}, rng)};  // [N, 10]
  std::cout << nn::parameter_count(model) << " parameters\n";

  data::Loader batches(mnist.train, {.batch_size = 128, .shuffle = true, .seed = seed});
  optim::AdamW optimizer(nn::parameters(model), {.weight_decay = 0.02});
  const optim::OneCycleLR schedule{.max_lr = 4e-3, .steps = epochs * batches.size()};
  for (Index epoch = 1, step = 0; epoch <= epochs; ++epoch) {
    double loss = 0;
    for (const auto& batch : batches) {
      const nn::Training mode(noise);  // until the end of this block
      Variable<float> x(batch.images);
      if (noise.below(2) == 1) x = flip(x, 2);  // every other batch mirrored: a coat is a coat from both sides
      const Variable<float> error = cross_entropy(model(x), batch.labels, {.label_smoothing = 0.1});
      optimizer.zero_grad();
      error.backward();
      optimizer.options.lr = schedule(step++);
      optimizer.step();
      loss += error.item() / static_cast<double>(batches.size());
    }
    std::cout << "epoch " << epoch << ": loss " << loss << std::endl;
  }

  const metrics::ConfusionMatrix confusion = confusion_of(model, mnist.test);
  show(confusion, mnist.test.class_names);
  std::cout << '\n' << 100 * confusion.accuracy() << " % of the test images are right\n";
}
