#include "fixtures.hpp"

using namespace latent;
using fixtures::Options;
using fixtures::Variables;

// Long sums beside PyTorch's. make_fixtures.py has the same formula and takes the same places.

namespace {

/// Numbers of 16 bits that look random: in (0, 1], or in [-1, 1).
template <Scalar T>
Tensor<T> formula(const Shape& shape, std::uint32_t seed, bool positive) {
  auto result = Tensor<T>::uninitialized(shape);
  std::uint32_t next = seed * 0x9E3779B9;
  for (T& element : result.elements()) {
    std::uint32_t x = next++;
    x = (x ^ (x >> 16)) * 0x85EBCA6B;
    x = (x ^ (x >> 13)) * 0xC2B2AE35;
    const T number = static_cast<T>(x >> 16);
    element = positive ? (number + 1) / 65536 : (number - 32768) / 32768;
  }
  return result;
}

/// Up to 64 elements from the first to the last.
template <Scalar T>
Tensor<T> sampled(const Tensor<T>& x) {
  const Index count = std::min<Index>(64, x.numel());
  Tensor<T> result({count});
  for (Index i = 0; i < count; ++i)
    result(i) = x.elements()[static_cast<std::size_t>(i * (x.numel() - 1) / std::max<Index>(count - 1, 1))];
  return result;
}

Shape shape_of(const std::vector<double>& sizes) {
  Shape shape;
  for (double size : sizes) shape.append(static_cast<Index>(size));
  return shape;
}

template <Scalar T>
Variable<T> compute(const Options& o, const Variables<T>& in) {
  const std::string op = o.text("op");
  const auto is = [&](const char* name) { return op == name; };
  if (is("*")) return in.at("a") * in.at("b");
  if (is("matmul")) return matmul(in.at("a"), in.at("b"));
  if (is("kl_unit_normal")) return kl_unit_normal(in.at("mean"), in.at("log_variance"));
  if (is("mse_loss") || is("l1_loss")) {
    const Reduction reduction = o.text("reduction") == "sum" ? Reduction::sum : Reduction::mean;
    const Variable<T> input = in.at("input"), target = in.at("target");
    return is("mse_loss") ? mse_loss(input, target, reduction) : l1_loss(input, target, reduction);
  }
  const Variable<T> x = in.at("x");
  const auto axis = static_cast<Index>(o.number("axis", 0));
  if (is("sum")) return o.contains("axis") ? sum(x, axis) : sum(x);
  if (is("mean")) return o.contains("axis") ? mean(x, axis) : mean(x);
  if (is("lstm"))
    return lstm_layer(x, {}, {},
                      LstmParameters<T>{in.at("weight_ih_l0"), in.at("weight_hh_l0"), in.at("bias_ih_l0"),
                                        in.at("bias_hh_l0")})
        .y;
  const Variable<T> weight = in.at("weight"), bias = in.at("bias");
  if (is("linear")) return linear(x, weight, bias);
  const Index channels = x.size(3), out = bias.size(0);
  if (is("conv2d")) return conv2d(x, weight, bias, {.in = channels, .out = out, .kernel = 3, .padding = 1});
  return conv_transpose2d(x, weight, bias, {.in = channels, .out = out, .kernel = 3, .padding = 1});
}

/// Sums of positive terms lose no digits: each is as precise as its type.
template <Scalar T>
void check_precision(const fixtures::Case& c, const std::string& name, const Tensor<T>& actual) {
  CAPTURE(name);
  const auto expected = c.tensor<double>("f64/" + name);
  for (std::size_t i = 0; i < expected.elements().size(); ++i) {
    const double e = expected.elements()[i];
    CHECK(std::abs(static_cast<double>(actual.elements()[i]) - e) <= 1e-6 * std::abs(e));
  }
}

template <Scalar T>
void check_large(fixtures::Comparison& comparison, const fixtures::Case& c) {
  CAPTURE(c.number);
  CAPTURE(c.options.json());
  const bool positive = c.options.flag("positive");
  Variables<T> inputs;
  std::uint32_t seed = 0;
  for (const std::string& name : c.names("f64"))
    if (c.options.contains("shape " + name.substr(1)))
      inputs.emplace(
          name.substr(1),
          Variable<T>(formula<T>(shape_of(c.options.numbers("shape " + name.substr(1))), ++seed, positive), true));
  const auto check = [&](const std::string& name, const Tensor<T>& whole) {
    const Tensor<T> some = sampled(whole);
    comparison.compare(c, name, some);
    if (positive) check_precision(c, name, some);
  };
  const Variable<T> y = compute(c.options, inputs);
  check("y", y.value());
  y.backward(formula<T>(y.shape(), 101, positive));
  for (const auto& input : inputs) check("d" + input.first, input.second.grad());
}

}  // namespace

TEST_CASE("pytorch: sums of a million terms, and convolutions of 512 channels") {
  fixtures::Comparison comparison("large");
  const auto all = fixtures::cases("large");
  CHECK(!all.empty());
  for (const fixtures::Case& c : all) {
    check_large<double>(comparison, c);
    check_large<float>(comparison, c);
  }
}
