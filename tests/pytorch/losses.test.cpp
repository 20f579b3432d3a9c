#include "fixtures.hpp"

using namespace latent;
using fixtures::Options;
using fixtures::Variables;

TEST_CASE("pytorch: softmax and log_softmax") {
  fixtures::check_file("softmax", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    return {{"y", (o.text("op") == "softmax" ? softmax<T> : log_softmax<T>)(in.at("x"), o.index("axis"))}};
  });
}

namespace {

Reduction recorded_reduction(const Options& o) {
  const std::string& name = o.text("reduction");
  return name == "mean" ? Reduction::mean : name == "sum" ? Reduction::sum : Reduction::none;
}

/// A list of the options as a tensor of that shape.
template <class T>
Tensor<T> listed(const Options& o, const std::string& name, const Shape& shape) {
  const auto& numbers = o.numbers(name);
  return Tensor<T>(shape, std::vector<T>(numbers.begin(), numbers.end()));
}

}  // namespace

TEST_CASE("pytorch: cross_entropy of classes and probabilities, nll_loss") {
  fixtures::check_file("cross_entropy", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const Variable<T> x = in.at("x");
    CrossEntropyOptions<T> options{.ignore_index = static_cast<Index>(o.number("ignore_index", -100)),
                                   .reduction = recorded_reduction(o),
                                   .label_smoothing = o.number("smoothing", 0)};
    if (o.contains("weight")) options.weight = listed<T>(o, "weight", {x.size(-1)});
    if (o.text("op") == "probabilities") return {{"y", cross_entropy(x, in.at("p"), options)}};
    const auto target = listed<Index>(o, "target", x.shape().without(-1));
    if (o.text("op") == "classes") return {{"y", cross_entropy(x, target, options)}};
    return {{"y", nll_loss(x, target, {options.weight, options.ignore_index, options.reduction})}};
  });
}

TEST_CASE("pytorch: losses of single elements and of pairs of rows") {
  fixtures::check_file("pointwise_losses", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const Reduction reduction = recorded_reduction(o);
    const Variable<T> input = in.at("input"), target = in.at("target");
    const std::string& op = o.text("op");
    if (op == "mse_loss") return {{"y", mse_loss(input, target, reduction)}};
    return {{"y", l1_loss(input, target, reduction)}};
  });
}
