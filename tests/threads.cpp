// Threads of a program that is compiled without OpenMP: they share one model and one prepared model, train models of
// their own, and use the pool of memory, all at once. Prints what has other bits than one thread alone gives. For the
// thread sanitizer as well.

#include <atomic>
#include <cstdio>
#include <cstring>
#include <latent/autograd/shaping.hpp>
#include <latent/data/augmented.hpp>
#include <latent/data/prefetch_loader.hpp>
#include <latent/data/tensor_dataset.hpp>
#include <latent/nn/activation.hpp>
#include <latent/nn/conv2d.hpp>
#include <latent/nn/flatten.hpp>
#include <latent/nn/linear.hpp>
#include <latent/nn/loss.hpp>
#include <latent/nn/lstm.hpp>
#include <latent/nn/max_pool2d.hpp>
#include <latent/nn/parameters.hpp>
#include <latent/nn/prepared.hpp>
#include <latent/nn/sequential.hpp>
#include <latent/optim/adam.hpp>
#include <thread>
#include <vector>

#ifdef _OPENMP
#error "compile without OpenMP, whose threads the thread sanitizer does not know"
#endif

using namespace latent;

namespace {

constexpr int sharing_threads = 8, training_threads = 4, training_steps = 5;

/// [N, 8, 8, 1] -> [N, 3]
struct Model {
  nn::Conv2d<> conv;
  nn::MaxPool2d pool{{.kernel = 2}};
  nn::LSTM<> lstm;
  nn::Linear<> linear;

  explicit Model(Rng& rng)
      : conv({.in = 1, .out = 5, .kernel = 3, .padding = 1}, rng),
        lstm({.in = 20, .hidden = 6, .layers = 2}, rng),
        linear({.in = 24, .out = 3}, rng) {}

  Variable<float> operator()(const Variable<float>& x) const {
    const auto features = pool(nn::Sequential{conv, nn::ReLU{}}(x));  // [N, 4, 4, 5]
    const auto steps = lstm(reshape(features, {x.size(0), 4, 20})).output;
    return linear(reshape(steps, {x.size(0), 24}), Activation::sigmoid);
  }
  template <class F>
  void visit(F&& f) const {
    f("conv", conv), f("lstm", lstm), f("linear", linear);
  }
};

Tensor<float> images(Index count, std::uint64_t seed) { return Rng(seed).uniform<float>({count, 8, 8, 1}, -1, 1); }

bool same_bits(const Tensor<float>& a, const Tensor<float>& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.numel()) * sizeof(float)) == 0;
}

/// f(0), .., f(count - 1) by a thread each, all at once.
template <class F>
void at_once(int count, F f) {
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&ready, &f, count, i] {
      ready.fetch_add(1);
      while (ready.load() < count) std::this_thread::yield();
      f(i);
    });
  for (std::thread& thread : threads) thread.join();
}

/// What the model makes of batches of 1, 2, .. images, by the number of the thread.
Tensor<float> evaluated(const Model& model, int thread) {
  const NoGrad no_grad;
  return model(Variable<float>(images(1 + thread, static_cast<std::uint64_t>(thread)))).value();
}

/// The same of a prepared model.
Tensor<float> answered(const nn::Prepared<Model>& model, int thread) {
  return model(Variable<float>(images(1 + thread, static_cast<std::uint64_t>(thread)))).value();
}

/// The same, recorded for a backward pass.
Tensor<float> recorded(const Model& model, int thread) {
  return model(Variable<float>(images(1 + thread, static_cast<std::uint64_t>(thread)))).value();
}

/// The parameters after some steps.
std::vector<Tensor<float>> trained(int thread) {
  const auto seed = static_cast<std::uint64_t>(thread);
  Rng rng(seed);
  const Model model(rng);
  const auto parameters = nn::parameters(model);
  optim::Adam optimizer(parameters, {.lr = 1e-2});
  const Tensor<float> target = Rng(seed, 1).uniform<float>({3 + thread, 3}, 0, 1);
  for (int step = 0; step < training_steps; ++step) {
    const auto loss = mse_loss(model(Variable<float>(images(3 + thread, seed))), target);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  std::vector<Tensor<float>> result;
  for (const auto& parameter : parameters) result.push_back(parameter.value());
  return result;
}

/// Whether a loader that fetches ahead gives what one gives that does not, also when it is left early.
bool fetches_the_same() {
  const data::TensorDataset plain(images(40, 1));
  const data::Augmented set(plain, {.horizontal_flip = 0.5, .noise = 0.1});
  const data::LoaderOptions options{.batch_size = 4, .shuffle = true};
  data::Loader loader(set, options);
  data::PrefetchLoader ahead(set, options, 2);
  bool same = true;
  for (int epoch = 0; epoch < 3; ++epoch) {
    auto expected = loader.begin();
    for (const auto& [x] : ahead) {
      same = same && same_bits(x, std::get<0>(*expected));
      if (epoch == 1) break;
      ++expected;
    }
  }
  return same;
}

/// Takes blocks of many sizes from the pool, and whether each stayed its own.
bool own_memory(memory::Pool& pool, int thread) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  bool own = true;
  for (std::size_t i = 1; i <= 400; ++i) {
    const std::size_t bytes = 1 + i * 37 % 600;
    auto* const block = static_cast<unsigned char*>(pool.allocate(bytes));
    std::memset(block, thread, bytes);
    blocks.emplace_back(block, bytes);
    if (i % 3 == 0) continue;
    const auto [last, size] = blocks[i * 7 % blocks.size()];
    own = own && last[0] == thread && last[size - 1] == thread;
    pool.release(last, size);
    std::erase(blocks, std::pair(last, size));
  }
  for (const auto& [block, bytes] : blocks) pool.release(block, bytes);
  if (thread == 0) pool.trim();
  return own;
}

}  // namespace

int main() {
  Rng rng(1);
  const Model model(rng);
  const nn::Prepared prepared(model, Shape{1, 8, 8, 1});
  std::vector<Tensor<float>> expected, expected_answers;
  std::vector<std::vector<Tensor<float>>> expected_parameters;
  for (int i = 0; i < sharing_threads; ++i) expected.push_back(evaluated(model, i));
  for (int i = 0; i < sharing_threads; ++i) expected_answers.push_back(answered(prepared, i));
  for (int i = 0; i < training_threads; ++i) expected_parameters.push_back(trained(i));

  memory::Pool pool;
  std::atomic<int> wrong{0};
  const auto check = [&wrong](bool ok, const char* what, int thread) {
    if (ok) return;
    std::printf("thread %d: %s\n", thread, what);
    ++wrong;
  };
  at_once(sharing_threads + training_threads, [&](int i) {
    check(fetches_the_same(), "other batches when fetched ahead", i);
    check(own_memory(pool, i), "memory from the pool was not its own", i);
    if (i < sharing_threads) {
      const auto thread = static_cast<std::size_t>(i);
      for (int round = 0; round < 5; ++round) {
        check(same_bits(evaluated(model, i), expected[thread]), "other bits than one thread alone", i);
        check(same_bits(answered(prepared, i), expected_answers[thread]), "other bits of the prepared model", i);
        check(same_bits(recorded(model, i), expected[thread]), "other bits when recorded", i);
      }
    } else {
      const auto parameters = trained(i - sharing_threads);
      const auto& alone = expected_parameters[static_cast<std::size_t>(i - sharing_threads)];
      for (std::size_t p = 0; p < parameters.size(); ++p)
        check(same_bits(parameters[p], alone[p]), "other parameters than one thread alone", i);
    }
  });
  pool.trim();
  if (pool.held() > 0) std::printf("%zu bytes were not returned to the pool\n", pool.held()), ++wrong;
  std::printf("%d threads, %d results with other bits\n", sharing_threads + training_threads, wrong.load());
  return wrong ? 1 : 0;
}
