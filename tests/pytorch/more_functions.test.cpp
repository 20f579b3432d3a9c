#include "fixtures.hpp"

using namespace latent;
using fixtures::Options;
using fixtures::Variables;

namespace {

/// The integers that a case has in its options, with the shape that stands there.
Tensor<std::int64_t> recorded_indices(const Options& o, const char* name) {
  Shape shape;
  for (const double size : o.numbers("shape")) shape.append(static_cast<Index>(size));
  auto result = Tensor<std::int64_t>::uninitialized(shape);
  std::ranges::transform(o.numbers(name), result.elements().begin(),
                         [](double x) { return static_cast<std::int64_t>(x); });
  return result;
}

/// A function of one element of each of two variables, or of what options say.
template <class T>
Variable<T> elementwise_function(const std::string& op, const Options& o, const Variables<T>& in) {
  if (op == "clamp") {
    const double low = o.number("min");
    return clamp(in.at("x"), low < -1e299 ? -std::numeric_limits<double>::infinity() : low, o.number("max"));
  }
  if (op == "pow") return latent::pow(in.at("x"), o.number("exponent"));
  if (op == "pow_of") return latent::pow(in.at("a"), in.at("b"));
  if (op == "maximum") return maximum(in.at("a"), in.at("b"));
  if (op == "minimum") return minimum(in.at("a"), in.at("b"));
  return where(recorded_indices(o, "condition"), in.at("a"), in.at("b"));
}

/// max or min, whole or along an axis, whose indices have to be PyTorch's.
template <class T>
Variable<T> extrema_of(const std::string& op, const Options& o, const Variable<T>& x) {
  if (o.contains("index")) {
    CHECK((op == "max" ? argmax(x.value()) : argmin(x.value())).item() == o.index("index"));
    return op == "max" ? max(x) : min(x);
  }
  const Index axis = o.index("axis");
  const Extrema<T> result = op == "max" ? max(x, axis) : min(x, axis);
  const Tensor<std::int64_t> places = op == "max" ? argmax(x.value(), axis) : argmin(x.value(), axis);
  REQUIRE(result.indices.numel() == std::ssize(o.numbers("indices")));
  for (std::size_t i = 0; i < result.indices.elements().size(); ++i) {
    CHECK(result.indices.elements()[i] == o.index("indices", i));
    CHECK(places.elements()[i] == o.index("indices", i));
  }
  return result.values;
}

/// Reductions other than these.
template <class T>
Variable<T> reduction_of(const std::string& op, const Options& o, const Variable<T>& x) {
  const bool along = o.contains("axis"), keep = o.flag("keep");
  if (op == "norm") {
    const double p = o.number("p") > 1e299 ? std::numeric_limits<double>::infinity() : o.number("p");
    return along ? latent::norm(x, p, o.index("axis"), keep) : latent::norm(x, p);
  }
  if (op == "sum") {
    const std::vector<Index> axes(o.numbers("axes").begin(), o.numbers("axes").end());
    return sum(x, std::span<const Index>(axes), keep);
  }
  const VarOptions options{.correction = o.number("correction", 1), .keep = keep};
  if (op == "var") return along ? var(x, o.index("axis"), options) : var(x, options);
  return along ? stddev(x, o.index("axis"), options) : stddev(x, options);
}

/// split and chunk
template <class T>
Variables<T> parts_of(const std::string& op, const Options& o, const Variable<T>& x) {
  const std::vector<Index> sizes =
      op == "split" ? std::vector<Index>(o.numbers("sizes").begin(), o.numbers("sizes").end()) : std::vector<Index>();
  const std::vector<Variable<T>> parts = op == "chunk"    ? chunk(x, o.index("chunks"), o.index("axis"))
                                         : o.flag("list") ? split(x, std::span<const Index>(sizes), o.index("axis"))
                                                          : split(x, sizes[0], o.index("axis"));
  Variables<T> result;
  for (std::size_t i = 0; i < parts.size(); ++i) result.emplace(std::string("y").append(std::to_string(i)), parts[i]);
  return result;
}

}  // namespace

TEST_CASE("pytorch: powers, comparisons and choices") {
  fixtures::check_file("functions", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const std::string op = o.text("op");
    if (op == "stack") return {{"y", stack<T>({in.at("a"), in.at("b"), in.at("a")}, o.index("axis"))}};
    if (op == "split" || op == "chunk") return parts_of(op, o, in.at("x"));
    if (op == "gather") return {{"y", gather(in.at("x"), o.index("axis"), recorded_indices(o, "index"))}};
    if (op == "index_select") return {{"y", index_select(in.at("x"), o.index("axis"), recorded_indices(o, "index"))}};
    if (op == "max" || op == "min") return {{"y", extrema_of(op, o, in.at("x"))}};
    return {{"y", elementwise_function(op, o, in)}};
  });
}

TEST_CASE("pytorch: variances, norms, sums along axes, cumsum, flip and einsum") {
  fixtures::check_file("reductions", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    const std::string op = o.text("op");
    if (op == "einsum") return {{"y", einsum(o.text("equation"), in.at("a"), in.at("b"))}};
    if (op == "cumsum") return {{"y", cumsum(in.at("x"), o.index("axis"))}};
    if (op == "flip") return {{"y", flip(in.at("x"), o.index("axis"))}};
    return {{"y", reduction_of(op, o, in.at("x"))}};
  });
}
