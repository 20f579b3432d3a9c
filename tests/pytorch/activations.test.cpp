#include "fixtures.hpp"

using namespace latent;
using fixtures::Options;
using fixtures::Variables;

TEST_CASE("pytorch: activations with options") {
  fixtures::check_file("activations", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const std::string op = o.text("op");
    const Variable<T> x = in.at("x");
    if (op == "leaky_relu") return {{"y", nn::LeakyReLU({.negative_slope = o.number("negative_slope", 0.01)})(x)}};
    if (op == "prelu") return {{"y", prelu(x, in.at("weight"))}};
    if (op == "elu") return {{"y", nn::ELU({.alpha = o.number("alpha", 1)})(x)}};
    if (op == "gelu") return {{"y", gelu(x, o.contains("approximate") ? Approximate::tanh : Approximate::none)}};
    if (op == "silu") return {{"y", silu(x)}};
    if (op == "hardswish") return {{"y", hardswish(x)}};
    if (op == "hardsigmoid") return {{"y", hardsigmoid(x)}};
    return {{"y", softplus(x, o.number("beta", 1), o.number("threshold", 20))}};
  });
}
