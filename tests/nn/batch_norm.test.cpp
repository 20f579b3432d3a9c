#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

namespace {

nn::Buffer<double> statistics_buffer(const Shape& shape, std::uint64_t seed) {
  return nn::Buffer<double>(reference::random<double>(shape, seed, 0.5, 2));
}

}  // namespace

TEST_CASE("batch_norm: a batch by hand, and the running statistics after it") {
  nn::BatchNorm1d<double> layer({.channels = 2});
  layer.weight.set_value(Tensor<double>({2}, {1, 2}));
  layer.bias.set_value(Tensor<double>({2}, {0, 5}));
  const Variable<double> x(Tensor<double>({4, 2}, {1, 7, 2, 7, 3, 7, 6, 7}));
  Rng rng(1);
  {
    const nn::Training mode(rng);
    const NoGrad no_grad;  // statistics go on all the same
    const auto y = layer(x);
    const double deviation = std::sqrt(3.5 + 1e-5);
    for (Index i = 0; i < 4; ++i) {
      CHECK(y.value()(i, 0) == doctest::Approx((x.value()(i, 0) - 3) / deviation));
      CHECK(y.value()(i, 1) == 5);
    }
  }
  CHECK(layer.running_mean.value()(0) == doctest::Approx(0.3));
  CHECK(layer.running_mean.value()(1) == doctest::Approx(0.7));
  CHECK(layer.running_var.value()(0) == doctest::Approx(0.9 + 0.1 * 3.5 * 4 / 3));
  CHECK(layer.running_var.value()(1) == doctest::Approx(0.9));
  CHECK(layer.num_batches_tracked.value().item() == 1);

  const auto y = layer(x);
  CHECK(y.value()(2, 0) == doctest::Approx((3 - 0.3) / std::sqrt(layer.running_var.value()(0) + 1e-5)));
  CHECK(layer.num_batches_tracked.value().item() == 1);
}

TEST_CASE("batch_norm: gradients with the statistics of x, with fixed ones, and behind activations") {
  const auto weight = input({3}, 2), bias = input({3}, 3);
  for (const Shape& shape : {Shape{5, 3}, Shape{2, 2, 3, 3}})
    for (const Activation activation : {Activation::none, Activation::tanh, Activation::sigmoid}) {
      const auto x = input(shape, 1);
      check_gradients([&](In v) { return batch_norm<double>(v[0], {}, {}, v[1], v[2], true, 0.1, 1e-3, activation); },
                      {x, weight, bias});
      const auto mean = statistics_buffer({3}, 4), var = statistics_buffer({3}, 5);
      check_gradients([&](In v) { return batch_norm(v[0], mean, var, v[1], v[2], false, 0.1, 1e-3, activation); },
                      {x, weight, bias});
    }
  check_gradients([](In v) { return batch_norm<double>(v[0], {}, {}, {}, {}, true); }, {input({4, 2}, 6)});
  check_gradients([&](In v) { return batch_norm<double>(v[0], {}, {}, v[1], v[1], true); }, {input({4, 3}, 6), weight});
}

TEST_CASE("batch_norm: a relu behind it in a stack is computed in its pass, to the same result and gradients") {
  const nn::BatchNorm2d<float> layer({.channels = 5});
  layer.bias.set_value(reference::random<float>({5}, 1));
  const nn::Sequential fused(layer, nn::ReLU{});
  Rng rng(1);
  const nn::Training mode(rng);
  const Tensor<float> values = reference::random<float>({3, 4, 7, 5}, 2);
  const Variable<float> upstream(reference::random<float>(values.shape(), 3));
  const Variable<float> x(values, true), apart(values, true);
  const auto y = fused(x), z = relu(layer(apart));
  CHECK(reference::identical(y.value(), z.value()));
  sum(y * upstream).backward();
  const Tensor<float> dweight = layer.weight.grad();
  layer.weight.zero_grad();
  sum(z * upstream).backward();
  CHECK(reference::difference(x.grad(), apart.grad()) < 1e-6);
  CHECK(reference::difference(dweight, layer.weight.grad()) < 1e-6);
}

TEST_CASE("batch_norm: what is named, and what is not there without affine and track_running_stats") {
  const nn::BatchNorm2d<float> layer({.channels = 3});
  std::string names;
  nn::each_state(layer, [&](const std::string& name, const auto&) { names += name + " "; });
  CHECK(names == "weight bias running_mean running_var num_batches_tracked ");
  CHECK(nn::parameters(layer).size() == 2);

  const nn::BatchNorm2d<float> bare({.channels = 3, .affine = false, .track_running_stats = false});
  nn::each_state(bare, [&](const std::string& name, const auto&) { FAIL_CHECK(name); });
  const Variable<float> x(reference::random<float>({2, 3, 3, 3}, 1));
  const auto y = bare(x);
  CHECK(std::abs(mean(y).item()) < 1e-6f);  // the batch's statistics in evaluation too
}

TEST_CASE("batch_norm: a cumulative average is the mean over all batches") {
  const nn::BatchNorm1d<double> layer({.channels = 1, .momentum = nn::cumulative_average});
  Rng rng(1);
  const nn::Training mode(rng);
  for (const double value : {1.0, 5.0, 9.0}) layer(Variable<double>(Tensor<double>({2, 1}, {value, value + 2})));
  CHECK(layer.running_mean.value()(0) == doctest::Approx(6));
  CHECK(layer.running_var.value()(0) == doctest::Approx(2));
  CHECK(layer.num_batches_tracked.value().item() == 3);
}

TEST_CASE("batch_norm: an empty batch counts, and changes no statistics") {
  const nn::BatchNorm2d<float> layer({.channels = 3});
  const Variable<float> x(Tensor<float>({0, 4, 4, 3}), true);
  Rng rng(1);
  const nn::Training mode(rng);
  const auto y = layer(x);
  CHECK(y.shape() == x.shape());
  sum(y).backward();
  CHECK(layer.weight.grad()(1) == 0);
  CHECK(layer.running_mean.value()(1) == 0);
  CHECK(layer.running_var.value()(1) == 1);
  CHECK(layer.num_batches_tracked.value().item() == 1);
}

TEST_CASE("batch_norm: of no channels there is nothing to compute") {
  const Variable<double> x(Tensor<double>({5, 0}), true);
  const nn::Buffer<double> none(Tensor<double>(Shape{0}));
  for (const bool training : {true, false}) {
    const auto y = batch_norm(x, none, none, {}, {}, training);
    CHECK(y.shape() == Shape{5, 0});
    y.backward(Tensor<double>({5, 0}));
    CHECK(x.grad().shape() == Shape{5, 0});
  }
}

TEST_CASE("batch_norm: refuses options and shapes that do not fit, and single values in training") {
  CHECK(message_of<ValueError>([] { nn::BatchNorm2d<float>({}); }) ==
        "BatchNorm2d: channels must be at least 1, got 0");
  CHECK(message_of<ValueError>([] { nn::BatchNorm1d<float>({.channels = 1, .eps = -1}); }) ==
        "BatchNorm1d: eps must be at least 0, got -1");
  CHECK(message_of<ValueError>([] { nn::BatchNorm2d<float>({.channels = 1, .momentum = 2}); }) ==
        "BatchNorm2d: momentum must be in [0, 1] or cumulative_average, got 2");
  const nn::BatchNorm2d<float> images({.channels = 3});
  const nn::BatchNorm1d<float> rows({.channels = 3});
  const Variable<float> x(Tensor<float>({1, 3}));
  CHECK(message_of<ShapeError>([&] { images(x); }) == "BatchNorm2d: x [1, 3] does not fit, expected x [N, H, W, 3]");
  CHECK(message_of<ShapeError>([&] {
          rows(Variable<float>(Tensor<float>({1, 4})));
        }) == "BatchNorm1d: x [1, 4] does not fit, expected x [N, .., 3]");
  CHECK(rows(x).shape() == x.shape());
  Rng rng(1);
  const nn::Training mode(rng);
  CHECK(message_of<ValueError>([&] { rows(x); }) ==
        "batch_norm: x [1, 3] has one value per channel, expected several, whose variance is taken");
  CHECK(rows.num_batches_tracked.value().item() == 0);

  const Variable<float> two(Tensor<float>({2, 3})), wrong(Tensor<float>({4}));
  const nn::Buffer<float> four(Tensor<float>({4}));
  CHECK(message_of<ShapeError>([&] { batch_norm<float>(wrong, {}, {}); }) ==
        "batch_norm: x [4] does not fit, expected x [N, .., C]");
  CHECK(message_of<ShapeError>([&] { batch_norm<float>(two, {}, {}, wrong); }) ==
        "batch_norm: weight [4] does not fit, expected [3]");
  CHECK(message_of<ShapeError>([&] { batch_norm<float>(two, {}, {}, {}, wrong); }) ==
        "batch_norm: bias [4] does not fit, expected [3]");
  CHECK(message_of<ShapeError>([&] { batch_norm<float>(two, four, {}); }) ==
        "batch_norm: running_mean [4] does not fit, expected [3]");
  CHECK(message_of<ShapeError>([&] { batch_norm<float>(two, {}, four); }) ==
        "batch_norm: running_var [4] does not fit, expected [3]");
}

static_assert(nn::stack_fits<Shape{8, 6, 6, 3}, Shape{8, 108}, nn::BatchNorm2dOptions{.channels = 3}, nn::ReLU{},
                             nn::Flatten{}, nn::BatchNorm1dOptions{.channels = 108}>);
