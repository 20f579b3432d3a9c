// network_steps bits      trains each of the ordinary networks for 5 steps with several numbers of threads, and prints
//                         network, threads, checksum of the parameters
// network_steps memory    prints what training steps take after some to warm up:
//                         network, calls of operator new in 30 steps, page faults in 6; of a prepared model, that
//                         gives 30 answers, too

#include <latent/nn/prepared.hpp>

#include "../../benchmarks/networks.hpp"
#include "steps.hpp"

namespace {

using namespace benchmarks;

template <class Make>
void print(const std::string& mode, const char* name, Make make) {
  const auto steps = [](const Network& network, int count) {
    for (int i = 0; i < count; ++i) network.step();
  };
  if (mode == "memory") return print_memory_of(name, [&, network = make()] { steps(network, 6); });
  for (const int count : {1, 2, 3, 4, 7}) {
    set_threads(count);
    const Network network = make();
    steps(network, 5);
    print_bits_of(name, count, network.parameters);
  }
}

/// A model that is asked for one image at a time, prepared for it.
Network prepared() {
  Rng rng(1);
  nn::Sequential model{nn::Conv2d({.in = 1, .out = 16, .kernel = 3, .padding = 1}, rng),
                       nn::ReLU{},
                       nn::ConvTranspose2d({.in = 16, .out = 1, .kernel = 3, .padding = 1}, rng),
                       [](const Variable<float>& x) {
                         return reshape(x, {x.size(0), 28, 28});
                       },
                       nn::LSTM({.in = 28, .hidden = 128}, rng),
                       nn::Select{},
                       nn::Linear({.in = 128, .out = 784}, rng)};
  const auto answers = std::make_shared<const nn::Prepared<decltype(model)>>(model, Shape{1, 28, 28, 1});
  return {.parameters = nn::parameters(model),
          .step = [=, image = images({1, 28, 28, 1}).x] { (*answers)(image); },
          .multiply_adds = 0,
          .batch = 1};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 2 ? argv[1] : "";
  if (mode != "bits" && mode != "memory") {
    std::fputs("usage: network_steps bits|memory\n", stderr);
    return 1;
  }
  print(mode, "lenet", [] { return lenet(64); });
  print(mode, "resnet", resnet);
  print(mode, "gru", gru);
  print(mode, "transformer", [] { return transformer(0.1); });
  if (mode == "memory") print(mode, "prepared", prepared);
}
