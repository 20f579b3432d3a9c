#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {
struct Counting {
  nn::Linear<> linear;
  nn::Buffer<float> mean{Tensor<float>({2}, {1, 2})};
  nn::Buffer<std::int64_t> count{Tensor<std::int64_t>::full({}, 3)};
  nn::Buffer<float> absent{};
  template <class F>
  void visit(F&& f) const {
    f("linear", linear), f("mean", mean), f("count", count), f("absent", absent);
  }
};

Counting counting() {
  Rng rng(1);
  return {nn::Linear({.in = 2, .out = 3}, rng)};
}
}  // namespace

TEST_CASE("buffer: a handle, whose value keeps its shape") {
  const nn::Buffer<float> buffer(Tensor<float>({2}, {1, 2}));
  const nn::Buffer<float> same = buffer;
  CHECK(same.identity() == buffer.identity());
  same.writable()[1] = 5;
  CHECK(buffer.value()(1) == 5);
  same.set_value(Tensor<float>({2}, {7, 8}));
  CHECK(buffer.value()(0) == 7);
  CHECK(buffer.shape() == Shape{2});
  CHECK(message_of<ShapeError>([&] { buffer.set_value(Tensor<float>({3})); }) ==
        "buffer: shape [3] given, expected [2]");
  const nn::Buffer<float> absent;
  CHECK_FALSE(absent);
  CHECK(message_of<Error>([&] { absent.value(); }) == "buffer: used before it was given a value");
  CHECK(message_of<Error>([&] { absent.set_value(Tensor<float>({3})); }) == "buffer: used before it was given a value");
}

TEST_CASE("buffer: is named by a model's visit in its place, and is no parameter") {
  const Counting model = counting();
  std::string names;
  nn::each_state(model, [&](const std::string& name, const auto&) { names += name + " "; });
  CHECK(names == "linear.weight linear.bias mean count ");
  CHECK(nn::parameters(model).size() == 2);
  CHECK(nn::named_parameters(model)[1].first == "linear.bias");
  CHECK(nn::parameter_count(model) == 9);
}

TEST_CASE("buffer: a clone of a model has its own") {
  const Counting model = counting();
  const Counting handle = model, copy = nn::clone(model);
  CHECK(handle.mean.identity() == model.mean.identity());
  model.mean.writable()[0] = 9;
  model.count.writable()[0] = 4;
  CHECK(handle.mean.value()(0) == 9);
  CHECK(copy.mean.value()(0) == 1);
  CHECK(copy.count.value().item() == 3);
  CHECK_FALSE(copy.absent);
}
