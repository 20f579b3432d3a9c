// A model with BatchNorm goes to PyTorch and comes back: weights, running statistics and the count of batches.
//
//     12_pytorch_exchange write FOLDER      trains, and writes model.safetensors; and batch.safetensors, x and results
//     y 12_pytorch_exchange read FOLDER       reads the model, and compares what it makes of x with y
//
// 12_pytorch_exchange.py does PyTorch's part in between: it loads the model strictly, trains it on, and writes it
// again.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <latent/io/state_dict.hpp>
#include <latent/latent.hpp>
#include <string>
using namespace latent;

/// Keys are made of the names given to `visit`, as PyTorch's of the names of attributes: here "conv.weight",
/// "norm.weight", "norm.running_mean", "norm.num_batches_tracked" and so on.
struct Block {
  nn::Conv2d<> conv;
  nn::BatchNorm2d<> norm;

  Block(Index in, Index out, Rng& rng)
      : conv({.in = in, .out = out, .kernel = 3, .padding = 1, .bias = false}, rng), norm({.channels = out}) {}

  Variable<float> operator()(const Variable<float>& x) const { return norm(conv(x), Activation::relu); }

  template <class F>
  void visit(F&& f) const {
    f("conv", conv);
    f("norm", norm);
  }
};

struct Net {
  Block block1, block2;  // "block1.conv.weight", ..
  nn::MaxPool2d pool{{.kernel = 2}};
  // Layers of a Sequential are numbered, those without parameters too: "head.1.weight" and "head.3.weight". Flatten
  // orders features as PyTorch does, channel by channel, so that the weights behind it fit.
  nn::Sequential<nn::Flatten, nn::Linear<>, nn::ReLU, nn::Linear<>> head;

  explicit Net(Rng& rng)
      : block1(1, 8, rng),
        block2(8, 16, rng),
        head(nn::Flatten{}, nn::Linear({.in = 64, .out = 32}, rng), nn::ReLU{}, nn::Linear({.in = 32, .out = 2}, rng)) {
  }

  /// Images, channels last [N, 8, 8, 1] -> logits [N, 2]
  Variable<float> operator()(const Variable<float>& x) const { return head(pool(block2(pool(block1(x))))); }

  template <class F>
  void visit(F&& f) const {
    f("block1", block1);
    f("block2", block2);
    f("head", head);
  }
};

/// Images of stripes in noise, lying (class 0) and standing (class 1) in turn.
Tensor<float> stripes(Index n, Rng& rng) {
  auto x = rng.normal<float>({n, 8, 8, 1});
  for (Index i = 0; i < n; ++i)
    for (Index row = 0; row < 8; ++row)
      for (Index column = 0; column < 8; ++column) x(i, row, column, 0) += (i % 2 ? column : row) % 2 ? 1.f : -1.f;
  return x;
}

void to_pytorch(const std::filesystem::path& folder) {
  Rng rng(1);
  const Net model(rng);
  Tensor<Index> classes({32});
  for (Index i = 0; i < 32; ++i) classes(i) = i % 2;
  optim::Adam optimizer(nn::parameters(model), {.lr = 3e-3});
  for (int step = 0; step < 50; ++step) {
    const nn::Training mode(rng);  // BatchNorm takes the batch's statistics, and collects them
    const Variable<float> loss = cross_entropy(model(Variable<float>(stripes(32, rng))), classes);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  io::save_state_dict(folder / "model.safetensors", model);
  const NoGrad no_grad;
  io::SafeTensorsWriter batch;
  const Tensor<float> x = stripes(32, rng);
  batch.add("x", x);
  batch.add("y", model(Variable<float>(x)).value());
  batch.write(folder / "batch.safetensors");
  const io::SafeTensorsFile written(folder / "model.safetensors");
  for (const auto& [name, entry] : written.tensors()) std::cout << name << ' ' << entry.shape << '\n';
}

void from_pytorch(const std::filesystem::path& folder) {
  Rng rng(2);
  const Net model(rng);
  io::load_state_dict(folder / "model.safetensors", model);  // all keys, shapes and types must be the model's
  const io::SafeTensorsFile batch(folder / "batch.safetensors");
  const auto x = batch.read<float>("x"), y = batch.read<float>("y");
  const NoGrad no_grad;
  const Tensor<float> result = model(Variable<float>(x)).value();
  float difference = 0;
  Index right = 0;
  for (Index i = 0; i < y.size(0); ++i) {
    for (Index j = 0; j < 2; ++j) difference = std::max(difference, std::abs(result(i, j) - y(i, j)));
    right += (result(i, 1) > result(i, 0)) == (i % 2 == 1);
  }
  std::cout << "after " << model.block1.norm.num_batches_tracked.value().item() << " batches " << right << " of "
            << y.size(0) << " are right, and logits differ by at most " << difference << '\n';
}

int main(int argc, char** argv) try {
  const std::string command = argc == 3 ? argv[1] : "";
  check<ValueError>(command == "write" || command == "read", "usage: 12_pytorch_exchange write|read FOLDER");
  command == "write" ? to_pytorch(argv[2]) : from_pytorch(argv[2]);
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
