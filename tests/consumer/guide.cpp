// The programs of docs/guide.md, which must hold each of them word for word, and what they give.
#include <cmath>
#include <iostream>
#include <latent/io/state_dict.hpp>
#include <latent/kernels/matmul_precision.hpp>
#include <latent/latent.hpp>
#include <latent/nn/prepared.hpp>
#include <thread>
using namespace latent;

Tensor<float> tensors() {
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  const Tensor<float> x({2, 3}, numbers);  // row-major: [[1, 2, 3], [4, 5, 6]]
  Tensor<float> y = x;                     // a value of its own
  y(0, 2) = 30;
  for (float& element : y.elements()) element *= 2;
  const Index rows = y.size(0), columns = y.size(-1);
  std::cout << y << " has " << rows << " rows and " << columns << " columns\n";
  return y;
}

template <class Model>
void train(const Model& model, const data::ImageDataset& images, Index epochs) {
  optim::Adam optimizer(nn::parameters(model), {.lr = 1e-3});
  data::Loader batches(images, {.batch_size = 64, .shuffle = true});
  const optim::CosineAnnealingLR schedule{.lr = 1e-3, .steps = epochs * batches.size(), .warmup = 2};
  Index step = 0;
  for (Index epoch = 0; epoch < epochs; ++epoch)
    for (const auto& batch : batches) {
      const Variable<float> loss = cross_entropy(model(Variable<float>(batch.images)), batch.labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.options.lr = schedule(step++);  // or any number
      optimizer.step();
    }
}

template <class Model>
double accuracy(const Model& model, const data::ImageDataset& images) {
  const NoGrad no_grad;
  data::Loader batches(images, {.batch_size = 250});
  metrics::ConfusionMatrix confusion(std::ssize(images.class_names));
  for (const auto& batch : batches)  // images [N, H, W, C] of float, labels [N] of std::uint8_t
    confusion.update(model(Variable<float>(batch.images)).value(), batch.labels);
  std::cout << confusion.counts << "\nF1 of class 0: " << confusion.f1(0) << '\n';
  return confusion.accuracy();
}

/// Pieces of a signal, each with the number that follows it.
struct Signal {
  std::vector<float> samples;
  Index window = 8;

  struct Batch {
    Tensor<float> x;  // [N, T, 1]
    Tensor<float> y;  // [N, 1]
  };

  Index size() const { return std::ssize(samples) - window; }

  Batch gather(std::span<const Index> numbers) const {
    const Index n = std::ssize(numbers);
    Batch batch{Tensor<float>({n, window, 1}), Tensor<float>({n, 1})};
    for (Index i = 0; i < n; ++i) {
      const float* const from = samples.data() + numbers[static_cast<std::size_t>(i)];
      std::copy_n(from, window, batch.x.data() + i * window);
      batch.y(i, 0) = from[window];
    }
    return batch;
  }
};

struct Forecast {
  nn::LSTM<> lstm;
  nn::Linear<> head;

  explicit Forecast(Rng& rng) : lstm({.in = 1, .hidden = 16, .layers = 2}, rng), head({.in = 16, .out = 1}, rng) {}

  Variable<float> operator()(const Variable<float>& x) const {  // [N, T, 1] -> [N, 1]
    const auto [output, state] = lstm(x);                       // output [N, T, 16]; state.h and state.c [2, N, 16]
    return head(reshape(slice(state.h, 0, 1, 2), {x.size(0), 16}));  // h of the last layer, after the last step
  }

  template <class F>
  void visit(F&& f) const {
    f("lstm", lstm), f("head", head);
  }
};

double train_forecast(const Forecast& model, const Signal& signal) {
  optim::Adam optimizer(nn::parameters(model), {.lr = 1e-2});
  data::Loader batches(signal, {.batch_size = 32, .shuffle = true});
  double last = 0;
  for (int epoch = 0; epoch < 5; ++epoch)
    for (const auto& [x, y] : batches) {
      const Variable<float> loss = mse_loss(model(Variable<float>(x)), y);
      optimizer.zero_grad();
      loss.backward();
      optim::clip_grad_norm(optimizer.parameters(), 1);
      optimizer.step();
      last = loss.item();
    }
  return last;
}

template <class Model>
struct Detector {
  Model model;
  data::Normalizer<float> normalizer;
  nn::Buffer<float> threshold{Tensor<float>({1})};

  template <class F>
  void visit(F&& f) const {
    f("model", model), f("normalizer", normalizer), f("threshold", threshold);
  }
};

/// y = sin(x)
template <Scalar T>
Variable<T> sine(const Variable<T>& x) {
  Tensor<T> y(x.shape());
  for (Index i = 0; i < x.numel(); ++i) y.data()[i] = std::sin(x.value().data()[i]);
  return Variable<T>::result("sine", y, {x}, [x, saved = x.value()](const Tensor<T>& dy) {
    T* const dx = x.grad_data();  // null if x wants no gradient; else add to it
    if (!dx) return;
    for (Index i = 0; i < saved.numel(); ++i) dx[i] += std::cos(saved.data()[i]) * dy.data()[i];
  });
}

bool derivative_of_sine_is_right() {
  const Variable<double> x(Rng(1).normal<double>({4, 3}), true);
  const GradcheckReport report = gradcheck([](const auto& in) { return sine(in[0]); }, {x});
  if (!report) std::cout << report.text() << '\n';
  return report.ok;
}

/// p -= lr sign(m), m = momentum m + g
/// Bernstein et al., "signSGD: compressed optimisation for non-convex problems", 2018.
template <Scalar T>
class Signum : public optim::Optimizer<T> {
 public:
  double lr, momentum = 0.9;

  Signum(const optim::NamedParameters<T>& parameters, double rate)
      : optim::Optimizer<T>("Signum", parameters), lr(rate), m_(this->zeros()) {}

  void step() {
    this->each_with_gradient([this](std::size_t i, const Variable<T>& parameter) {
      const std::span<T> p = parameter.writable();
      for (std::size_t j = 0; j < p.size(); ++j) {
        T& m = m_[i].data()[j];
        m = static_cast<T>(momentum) * m + parameter.grad().data()[j];
        p[j] -= static_cast<T>(lr) * static_cast<T>((m > 0) - (m < 0));
      }
    });
  }

  template <class F>
  void visit(F&& f) {  // its state, for checkpoints; names are strings
    for (std::size_t i = 0; i < m_.size(); ++i) f(this->name_of(i) + ".momentum_buffer", m_[i]);
  }

 private:
  std::vector<Tensor<T>> m_;  // of each parameter
};

void change_parameters(const nn::Linear<>& layer, Rng& rng) {
  layer.bias.set_value(Tensor<float>::full(layer.bias.shape(), 0.5f));  // a value of the same shape
  for (float& w : layer.weight.writable()) w *= 0.9f;                   // or in place
  nn::init::kaiming_uniform(layer.weight, rng);                         // or drawn anew
  std::cout << layer.weight.value()(0, 0) << '\n';
}

template <class Model>
void list_parameters(const Model& model, const Shape& x) {
  for (const auto& [name, parameter] : nn::named_parameters(model))
    std::cout << name << ' ' << message(parameter.shape()) << '\n';  // 0.weight [64, 784], ..
  std::cout << nn::parameter_count(model) << " elements\n";
  std::cout << nn::summary(model, x);  // layers, shapes, parameters, multiply-adds, the memory of a training step
}

template <class Model>
Tensor<float> gradient_of_the_rest(const Model& model, const Tensor<float>& x) {
  nn::freeze(model, "1");  // "1.weight" and "1.bias"; without a name, all
  sum(square(model(Variable<float>(x)))).backward();
  nn::unfreeze(model, "1");
  return nn::parameter(model, "4.weight").grad();
}

template <class Model>
Tensor<float> train_and_evaluate(const Model& model, const Tensor<float>& x, Rng& noise) {
  {
    const nn::Training mode(noise);  // until the end of this block
    sum(square(model(Variable<float>(x)))).backward();
  }
  const NoGrad no_grad;  // records nothing; and no Training lives, so layers evaluate
  return model(Variable<float>(x)).value();
}

template <class Model>
void keep_the_best(const Model& model, double (*validation_loss)(const Model&)) {
  optim::EarlyStopping stopping({.patience = 3});
  Model best = nn::clone(model);  // a copy alone would share the parameters
  for (int epoch = 0; epoch < 50; ++epoch) {
    // train an epoch
    const bool stop = stopping(validation_loss(model));
    if (stopping.improved()) best = nn::clone(model);
    if (stop) break;
  }
  io::save_state_dict("best.safetensors", best);
  io::load_state_dict("best.safetensors", model);
}

template <class Model>
float large_step(const Model& model, optim::Adam<float>& adam, const Tensor<float>& x, const Tensor<float>& y) {
  adam.zero_grad();
  const float loss = backward_in_microbatches(x.size(0), 64, [&](Index first, Index last) {
    return mse_loss(model(Variable<float>(x.rows(first, last))), Variable<float>(y.rows(first, last)));
  });
  adam.step();
  return loss;
}

void use_one_thread() {
  set_threads(1);  // of this library, for the whole program; 0 returns to OpenMP's own setting
  std::cout << threads() << '\n';
}

template <class Model>
std::vector<Tensor<float>> run_at_once(const Model& model, const std::vector<Tensor<float>>& inputs) {
  std::vector<Tensor<float>> results(inputs.size());
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    workers.emplace_back([&, i] {
      const NoGrad no_grad;  // of this thread
      results[i] = model(Variable<float>(inputs[i])).value();
    });
  for (std::thread& worker : workers) worker.join();
  return results;
}

template <class Model>
Tensor<float> answer_often(const Model& model, const std::vector<Tensor<float>>& images) {
  const nn::Prepared prepared(model, Shape{1, 4, 4, 1});  // runs it once, on zeros of the shape that will come
  Tensor<float> answer;
  for (const Tensor<float>& image : images) answer = prepared(Variable<float>(image)).value();
  return answer;
}

template <class Model>
void step_in_bfloat16(const Model& model, optim::Adam<float>& optimizer, const Tensor<float>& x) {
  const WithMatmulPrecision guard(MatmulPrecision::bfloat16);
  const Variable<float> loss = mse_loss(model(Variable<float>(x)), x);
  optimizer.zero_grad();
  loss.backward();
  optimizer.step();  // of parameters in float
}

template <class Model>
void find_nan(const Model& model, const Tensor<float>& x) {
  try {
    const DetectAnomaly guard(nn::named_parameters(model));
    sum(log(model(Variable<float>(x)))).backward();
  } catch (const AnomalyError& error) {
    std::cout << error.what() << '\n';  // step, operation, layer and input that gave the first one
  }
}

template <class Model>
double falling_loss(const Model&) {
  static double loss = 8;
  return loss /= 2;
}

int main() {
  const auto expect = [](bool ok, const char* what) {
    if (!ok) std::cout << "guide.cpp: " << what << " is wrong\n", std::exit(1);
  };
  Rng rng(1), noise(1, 1);
  expect(tensors()(0, 2) == 60, "tensors");

  data::ImageDataset images{Tensor<std::uint8_t>({256, 4, 4}), Tensor<std::uint8_t>({256}), {"dark", "bright"}};
  for (Index i = 0; i < 256; ++i) {
    images.labels(i) = static_cast<std::uint8_t>(i % 2);
    for (Index j = 0; j < 16; ++j)
      images.images(i, j / 4, j % 4) = static_cast<std::uint8_t>(rng.below(100) + i % 2 * 150);
  }
  const nn::Sequential model{nn::Flatten{}, nn::Linear({.in = 16, .out = 8}, rng), nn::ReLU{}, nn::Dropout({.p = 0.5}),
                             nn::Linear({.in = 8, .out = 2}, rng)};
  train(model, images, 300);
  expect(accuracy(model, images) > 0.95, "accuracy");

  Signal signal;
  for (int i = 0; i < 300; ++i) signal.samples.push_back(std::sin(0.3f * static_cast<float>(i)));
  expect(train_forecast(Forecast(rng), signal) < 0.05, "forecast");
  const Detector<Forecast> detector{Forecast(rng), data::Normalizer<float>({.channels = 1})};
  expect(nn::parameter_count(detector) == nn::parameter_count(detector.model), "detector");
  expect(derivative_of_sine_is_right(), "sine");

  const Variable<float> minimum(Tensor<float>({2}, {1, -1}), true);
  Signum<float> signum({{"minimum", minimum}}, 0.25);
  for (int i = 0; i < 4; ++i) {
    signum.zero_grad();
    sum(square(minimum)).backward();
    signum.step();
  }
  expect(minimum.value()(0) == 0 && minimum.value()(1) == 0, "Signum");

  const nn::Linear<>& layer = std::get<1>(model.layers);
  change_parameters(layer, rng);
  expect(layer.bias.value()(0) == 0.5f, "bias");
  list_parameters(model, {64, 4, 4, 1});
  const Tensor<float> x = images.gather(std::vector<Index>{0, 1}).images;
  expect(gradient_of_the_rest(model, x).defined() && !layer.weight.grad().defined(), "freezing");
  const Tensor<float> y = train_and_evaluate(model, x, noise);
  keep_the_best(model, &falling_loss);
  use_one_thread();
  expect(threads() == 1, "threads");
  const auto results = run_at_once(model, {x, x});
  expect(results[1](0, 0) == results[0](0, 0) && results[0](0, 0) == y(0, 0), "threads that share a model");
  const Tensor<float> answer = answer_often(model, {x.rows(1, 2), x.rows(0, 1)});
  expect(std::abs(answer(0, 0) - y(0, 0)) < 1e-5, "a prepared model");
  optim::Adam<float> of_all(nn::named_parameters(model), {.lr = 1e-3});
  const Tensor<float> target({2, 2});
  expect(large_step(model, of_all, x, target) > large_step(model, of_all, x, target), "a large batch");
  const nn::Linear<float> same({.in = 4, .out = 4}, rng);
  optim::Adam<float> adam(nn::parameters(same), {.lr = 0.05});
  const Tensor<float> numbers = rng.uniform<float>({32, 4});
  for (int i = 0; i < 300; ++i) step_in_bfloat16(same, adam, numbers);
  expect(mse_loss(same(Variable<float>(numbers)), numbers).item() < 0.02, "bfloat16");
  layer.bias.writable()[0] = NAN;
  find_nan(model, x);
}
