// A data set of one's own: pictures that are drawn when they are asked for, with labels; and a training on it that can
// be interrupted, and goes on to the same result.
//
//     11_own_dataset [steps]     up to this step; again, with more: goes on from there. By default 300

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <latent/io/checkpoint.hpp>
#include <latent/latent.hpp>
#include <span>
using namespace latent;

/// Noisy pictures of 16 x 16 pixels, each with a disc, a ring or a cross somewhere. A data set is whatever has size()
/// and gather(numbers), which gives a batch of any type; it might as well read files there.
struct Shapes {
  struct Batch {
    Tensor<float> images;         // [N, 16, 16, 1]
    Tensor<std::uint8_t> labels;  // [N]
  };
  static constexpr const char* names[] = {"disc", "ring", "cross"};
  std::uint64_t seed;
  Index count;

  Index size() const { return count; }

  Batch gather(std::span<const Index> numbers) const {
    const Index n = std::ssize(numbers);
    Batch batch{Tensor<float>({n, 16, 16, 1}), Tensor<std::uint8_t>({n})};
    for (Index i = 0; i < n; ++i) {
      // A stream of random numbers for each picture, so that number 7 is the same whenever it is asked for.
      Rng rng(seed, static_cast<std::uint64_t>(numbers[static_cast<std::size_t>(i)]));
      const auto kind = static_cast<std::uint8_t>(rng.below(3));
      const float radius = 3.5f + 1.5f * rng.uniform(), row = 5 + 5 * rng.uniform(), column = 5 + 5 * rng.uniform();
      batch.labels(i) = kind;
      for (Index y = 0; y < 16; ++y)
        for (Index x = 0; x < 16; ++x) {
          const float dy = std::abs(static_cast<float>(y) - row), dx = std::abs(static_cast<float>(x) - column);
          const float distance = std::hypot(dy, dx);
          const bool inside[] = {distance < radius, radius / 2 < distance && distance < radius,
                                 std::max(dy, dx) < radius && std::min(dy, dx) < 1};
          batch.images(i, y, x, 0) = (inside[kind] ? 0.4f : 0) + 0.6f * rng.uniform();
        }
    }
    return batch;
  }
};

/// The share of pictures that the model takes for what they are.
template <class Model>
double accuracy(const Model& model, const Shapes& shapes) {
  const NoGrad no_grad;
  data::Loader batches(shapes, {.batch_size = 100});
  Index right = 0;
  for (const auto& batch : batches) {
    const Tensor<std::int64_t> guess = argmax(model(Variable<float>(batch.images)).value(), 1);
    for (Index i = 0; i < guess.numel(); ++i) right += guess(i) == batch.labels(i);
  }
  return static_cast<double>(right) / static_cast<double>(shapes.size());
}

int main(int argc, char** argv) {
  const Index steps = argc > 1 ? std::atoi(argv[1]) : 300;
  const Shapes train{.seed = 1, .count = 6000}, test{.seed = 2, .count = 1000};

  const Index three[] = {0, 1, 2};
  const Shapes::Batch first = train.gather(three);
  for (Index y = 0; y < 16; ++y) {
    for (Index x = 0; x < 48; ++x) std::cout << (first.images(x / 16, y, x % 16, 0) > 0.5f ? '#' : '.');
    std::cout << '\n';
  }
  for (Index i = 0; i < 3; ++i) std::cout << Shapes::names[first.labels(i)] << (i < 2 ? ", " : "\n");

  Rng rng(1);
  const nn::Sequential model{nn::Conv2d({.in = 1, .out = 8, .kernel = 3, .padding = 1}, rng),
                             nn::ReLU{},
                             nn::MaxPool2d({.kernel = 2}),  // [N, 8, 8, 8]
                             nn::Conv2d({.in = 8, .out = 16, .kernel = 3, .padding = 1}, rng),
                             nn::ReLU{},
                             nn::MaxPool2d({.kernel = 2}),  // [N, 4, 4, 16]
                             nn::Flatten{},
                             nn::Linear({.in = 256, .out = 3}, rng)};  // [N, 3]
  optim::Adam optimizer(nn::named_parameters(model), {.lr = 2e-3});
  data::Loader batches(train, {.batch_size = 50, .shuffle = true});

  // All that the run goes on from: the loader knows its epoch and its place in it.
  const char* const file = "own_dataset.safetensors";
  Index step = 0;
  const std::initializer_list<io::CheckpointPart> run{
      {"model", model}, {"optimizer", optimizer}, {"batches", batches}, {"step", step}};
  if (io::has_checkpoint(file)) io::load_checkpoint(file, run);
  std::cout << "from step " << step << ", epoch " << batches.epoch() << '\n';
  while (step < steps)
    for (const auto& batch : batches) {
      const Variable<float> loss = cross_entropy(model(Variable<float>(batch.images)), batch.labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      if (++step % 50 == 0) std::cout << "step " << step << ": loss " << loss.item() << '\n';
      if (step % 100 == 0 || step == steps) io::save_checkpoint(file, run);
      if (step == steps) break;
    }
  std::cout << "at step " << step << ' ' << 100 * accuracy(model, test) << " % of the test pictures are recognised\n";
}
