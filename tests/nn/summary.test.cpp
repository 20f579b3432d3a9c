#include <latent/nn/summary.hpp>
#include <sstream>

#include "../errors.hpp"

using namespace latent;

namespace {

/// Layers by name, a recurrent one among them.
struct SequenceModel {
  nn::Sequential<nn::Linear<>, nn::ReLU> encoder;
  nn::LSTM<> lstm;
  nn::Linear<> decoder;

  explicit SequenceModel(Rng& rng)
      : encoder(nn::Linear({.in = 3, .out = 8}, rng), nn::ReLU{}),
        lstm({.in = 8, .hidden = 4}, rng),
        decoder({.in = 4, .out = 2}, rng) {}

  Variable<float> operator()(const Variable<float>& x) const { return decoder(lstm(encoder(x)).output); }

  template <class F>
  void visit(F&& f) const {
    f("encoder", encoder), f("lstm", lstm), f("decoder", decoder);
  }
};

std::vector<std::string> layers_of(const nn::Summary& summary) {
  std::vector<std::string> names;
  for (const auto& row : summary.rows) names.push_back(row.layer);
  return names;
}

}  // namespace

TEST_CASE("summary: layers of a stack with their shapes, parameters and multiply-adds") {
  Rng rng(1);
  const nn::Sequential model{nn::Conv2d({.in = 1, .out = 4, .kernel = 3, .padding = 1}, rng),
                             nn::BatchNorm2d({.channels = 4}), nn::MaxPool2d({.kernel = 2}), nn::Flatten{},
                             nn::Sequential{nn::Linear({.in = 64, .out = 10}, rng), nn::Tanh{}}};
  const nn::Summary summary = nn::summary(model, {2, 8, 8, 1});
  CHECK(layers_of(summary) ==
        std::vector<std::string>{"0 (Conv2d)", "1 (BatchNorm2d)", "2 (MaxPool2d)", "3 (Flatten)", "4.0 (Linear)"});
  CHECK(summary.rows[0].output == Shape{2, 8, 8, 4});
  CHECK(summary.rows[2].output == Shape{2, 4, 4, 4});
  CHECK(summary.rows[3].output == Shape{2, 64});
  CHECK(summary.rows[4].output == model.output_shape({2, 8, 8, 1}));
  CHECK(summary.rows[0].parameters == 4 * 9 + 4);
  CHECK(summary.rows[1].parameters == 8);
  CHECK(summary.rows[4].parameters == 650);
  CHECK(summary.parameters == nn::parameter_count(model));
  CHECK(summary.trainable == summary.parameters);
  CHECK(summary.multiply_adds == 2 * 8 * 8 * 4 * 9 + 2 * 640);
}

TEST_CASE("summary: layers outside of a stack are known by their parameters, and frozen ones are told apart") {
  Rng rng(1);
  const SequenceModel model(rng);
  model.decoder.weight.set_requires_grad(false);
  const nn::Summary summary = nn::summary(model, {2, 5, 3});
  const auto names = layers_of(summary);
  CHECK(names[0] == "encoder.0 (Linear)");
  CHECK(names[1] == "lstm");
  CHECK(names.back() == "decoder");
  CHECK(summary.rows.back().output == Shape{2, 5, 2});
  CHECK(summary.rows[1].parameters == 4 * 4 * (8 + 4) + 2 * 16);
  CHECK(summary.parameters - summary.trainable == 8);
}

TEST_CASE("summary: what lies within a layer of a stack counts as that layer, shared parameters once") {
  Rng rng(1);
  const nn::Linear<> shared({.in = 8, .out = 8}, rng);
  const nn::Sequential model{nn::TransformerEncoderLayer({.embed_dim = 8, .heads = 2, .feedforward = 16}, rng), shared,
                             nn::Sigmoid{}, shared};
  const nn::Summary summary = nn::summary(model, {2, 5, 8});
  CHECK(layers_of(summary) == std::vector<std::string>{"0 (TransformerEncoderLayer)", "1 (Linear)", "3 (Linear)"});
  CHECK(summary.rows[0].parameters == nn::parameter_count(std::get<0>(model.layers)));
  CHECK(summary.rows[1].parameters == 72);
  CHECK(summary.rows[2].parameters == 0);
}

TEST_CASE("summary: takes whatever the model takes, in double too, and a layer alone") {
  Rng rng(1);
  const nn::Sequential words{nn::Embedding({.embeddings = 10, .embedding_dim = 4}, rng),
                             nn::Linear({.in = 4, .out = 3}, rng)};
  CHECK(nn::summary(words, Tensor<Index>({2, 7})).rows.back().output == Shape{2, 7, 3});
  CHECK(nn::summary<double>(nn::Linear<double>({.in = 3, .out = 5}, rng), {2, 3}).rows.at(0).layer == "linear");
  CHECK(nn::summary(nn::GRU({.in = 3, .hidden = 5}, rng), {2, 7, 3}).multiply_adds > 0);
}

TEST_CASE("summary: the model, its gradients and statistics stay as they are") {
  Rng rng(1);
  const nn::Sequential model{nn::Linear({.in = 3, .out = 4}, rng), nn::BatchNorm1d({.channels = 4})};
  const auto& weight = std::get<0>(model.layers).weight;
  weight.set_grad(Tensor<float>::full({4, 3}, 7));
  Rng noise(2);
  const nn::Training mode(noise);
  nn::summary(model, {5, 3});
  CHECK(weight.grad()(1, 1) == 7);
  CHECK(std::get<1>(model.layers).num_batches_tracked.value()() == 0);
}

TEST_CASE("summary: the memory of a step is at least that of its parameters, gradients and activations") {
  if constexpr (!memory::pooled) return;
  Rng rng(1);
  const nn::Sequential model{nn::Linear({.in = 256, .out = 512}, rng), nn::Sigmoid{},
                             nn::Linear({.in = 512, .out = 256}, rng)};
  const std::size_t parameters = 4 * (2 * 256 * 512 + 768), activations = 4 * 1024 * 768;
  set_threads(1);  // a team on a busy machine may be smaller the second time, and then takes less
  const std::size_t found = nn::summary(model, {1024, 256}).training_bytes;
  CHECK(found > 2 * parameters + activations);
  CHECK(found < 4 * (2 * parameters + activations));
  CHECK(nn::summary(model, {1024, 256}).training_bytes == found);
  set_threads(0);
}

TEST_CASE("summary: is printed as a table") {
  Rng rng(1);
  nn::Summary summary = nn::summary(nn::Sequential{nn::Linear({.in = 100, .out = 20}, rng), nn::Flatten{}}, {64, 100});
  summary.training_bytes = 3 << 19;
  summary.trainable = 20;
  std::ostringstream text;
  text << summary;
  CHECK(text.str() ==
        "layer        output    parameters  multiply-adds\n"
        "0 (Linear)   [64, 20]       2,020        128,000\n"
        "1 (Flatten)  [64, 20]           0              0\n"
        "2,020 parameters, 20 trainable; 128,000 multiply-adds forward; 1.5 MiB for a training step without the "
        "optimizer\n");
}
