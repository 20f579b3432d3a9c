#include "fixtures.hpp"

using namespace latent;
using fixtures::Options;
using fixtures::Variables;

TEST_CASE("pytorch: activations and other functions of single elements") {
  fixtures::check_file("elementwise", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const std::map<std::string, Variable<T> (*)(const Variable<T>&)> functions{
        {"relu", relu},       {"sigmoid", sigmoid}, {"tanh", latent::tanh},
        {"exp", latent::exp}, {"log", latent::log}, {"sqrt", latent::sqrt},
        {"square", square},   {"abs", latent::abs}, {"negative", [](const Variable<T>& x) { return -x; }}};
    return {{"y", functions.at(o.text("op"))(in.at("x"))}};
  });
}

TEST_CASE("pytorch: arithmetic, under broadcasting of every kind") {
  fixtures::check_file("arithmetic", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const std::string op = o.text("op");
    const auto apply = [&](const auto& a, const auto& b, char sign) {
      return sign == '+' ? a + b : sign == '-' ? a - b : sign == '*' ? a * b : a / b;
    };
    if (op.starts_with("number")) return {{"y", apply(T(0.75), in.at("x"), op.back())}};
    if (op.ends_with("number")) return {{"y", apply(in.at("x"), T(0.75), op.front())}};
    return {{"y", apply(in.at("a"), in.at("b"), op.front())}};
  });
}

TEST_CASE("pytorch: sums, means and changes of shape") {
  fixtures::check_file("shaping", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const std::string op = o.text("op");
    const Index axis = static_cast<Index>(o.number("axis", 0));
    if (op == "concat") return {{"y", concat<T>({in.at("a"), in.at("b"), in.at("a")}, axis)}};
    const Variable<T> x = in.at("x");
    const bool keep = o.flag("keep");
    if (op == "sum") return {{"y", o.contains("axis") ? sum(x, axis, keep) : sum(x)}};
    if (op == "mean") return {{"y", o.contains("axis") ? mean(x, axis, keep) : mean(x)}};
    if (op == "slice") return {{"y", slice(x, axis, o.index("first"), o.index("last"))}};
    if (op == "transpose") return {{"y", transpose(x, o.index("axes", 0), o.index("axes", 1))}};
    const auto indices = [&](const std::string& name) {
      return std::vector<Index>(o.numbers(name).begin(), o.numbers(name).end());
    };
    if (op == "permute") return {{"y", permute(x, std::span<const Index>(indices("order")))}};
    if (op == "select") return {{"y", select(x, axis, o.index("index"))}};
    const auto sizes = indices("shape");
    if (op == "expand") return {{"y", expand(x, std::span<const Index>(sizes))}};
    return {{"y", sizes.size() == 1   ? reshape(x, {sizes[0]})
                  : sizes.size() == 2 ? reshape(x, {sizes[0], sizes[1]})
                                      : reshape(x, {sizes[0], sizes[1], sizes[2]})}};
  });
}

TEST_CASE("pytorch: losses") {
  fixtures::check_file("losses", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    if (o.text("op") == "kl_unit_normal") return {{"y", kl_unit_normal(in.at("mean"), in.at("log_variance"))}};
    const Reduction reduction = o.text("reduction") == "sum" ? Reduction::sum : Reduction::mean;
    const Variable<T> input = in.at("input"), target = in.at("target");
    return {{"y", o.text("op") == "mse_loss" ? mse_loss(input, target, reduction) : l1_loss(input, target, reduction)}};
  });
}
