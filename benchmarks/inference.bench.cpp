#include <latent/nn/prepared.hpp>

#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;

/// Seconds to read so many numbers from wherever they are, the median of many times.
double reading_time(Index count) {
  const Tensor<float> numbers({count});
  std::vector<double> times;
  for (int i = 0; i < 1001; ++i)
    times.push_back(seconds([&] { benchmark::DoNotOptimize(kernels::sum(count, numbers.data())); }));
  std::ranges::nth_element(times, times.begin() + 500);
  return times[500];
}

/// A model without gradients, as it is and prepared, for one input and for 64, with 1 and all threads. `readings` says
/// how many times as long it takes as reading its weights, less than which it cannot take.
template <class Make>
void add(const std::string& name, const Shape& input, Make make) {
  for (const Index n : {1, 64})
    for (const bool is_prepared : {false, true})
      for (const int count : std::set<int>{1, threads()}) {
        const auto run = [=](benchmark::State& state) {
          const auto model = make();
          const Variable<float> x(random(input.with(0, n), 0, 1));
          const nn::Prepared prepared(model, x.shape());
          const NoGrad no_grad;
          set_threads(1);
          const double reading = reading_time(nn::parameter_count(model));
          set_threads(count);
          const auto answer = [&] { is_prepared ? void(prepared(x)) : void(model(x)); };
          answer();
          for (auto _ : state) answer();
          set_threads(0);
          state.counters["readings"] =
              benchmark::Counter(reading, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
        };
        const std::string kind = is_prepared ? "/prepared" : "";
        benchmark::RegisterBenchmark(message("inference/", name, "/", n, kind, "/threads:", count).c_str(), run)
            ->UseRealTime()
            ->Unit(benchmark::kMicrosecond);
      }
}

const int added = [] {
  add("fc_autoencoder", {1, 784}, [] {
    Rng rng(1);
    return nn::Sequential{
        nn::Linear({.in = 784, .out = 128}, rng), nn::ReLU{}, nn::Linear({.in = 128, .out = 64}, rng),  nn::ReLU{},
        nn::Linear({.in = 64, .out = 128}, rng),  nn::ReLU{}, nn::Linear({.in = 128, .out = 784}, rng), nn::Sigmoid{}};
  });
  add("cnn_autoencoder", {1, 28, 28, 1}, [] {
    Rng rng(1);
    const nn::ConvTranspose2dOptions up{.kernel = 3, .stride = 2, .padding = 1, .output_padding = 1};
    nn::ConvTranspose2dOptions first = up, second = up;
    first.in = 32, first.out = 16;
    second.in = 16, second.out = 1;
    return nn::Sequential{nn::Conv2d({.in = 1, .out = 16, .kernel = 3, .padding = 1}, rng),
                          nn::ReLU{},
                          nn::MaxPool2d({.kernel = 2}),
                          nn::Conv2d({.in = 16, .out = 32, .kernel = 3, .padding = 1}, rng),
                          nn::ReLU{},
                          nn::MaxPool2d({.kernel = 2}),
                          nn::ConvTranspose2d(first, rng),
                          nn::ReLU{},
                          nn::ConvTranspose2d(second, rng),
                          nn::Sigmoid{}};
  });
  add("rnn_autoencoder", {1, 28, 28}, [] {
    Rng rng(1);
    return nn::Sequential{nn::LSTM({.in = 28, .hidden = 128}, rng), nn::LSTM({.in = 128, .hidden = 28}, rng)};
  });
  return 0;
}();

}  // namespace
