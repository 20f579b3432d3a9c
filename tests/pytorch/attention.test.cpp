#include "fixtures.hpp"

using namespace latent;
using fixtures::Options;
using fixtures::Variables;

namespace {

/// A tensor whose shape and elements stand in the options.
template <class E>
Tensor<E> option_tensor(const Options& o, const std::string& shape, const std::string& elements) {
  Shape sizes;
  for (const double size : o.numbers(shape)) sizes.append(static_cast<Index>(size));
  Tensor<E> result(sizes);
  std::ranges::transform(o.numbers(elements), result.data(), [](double element) { return static_cast<E>(element); });
  return result;
}

}  // namespace

TEST_CASE("pytorch: embedding, with repeated numbers and padding_idx") {
  fixtures::check_file("embedding", []<class T>(const Options& o, const Variables<T>& in) -> Variables<T> {
    std::optional<Index> padding_idx;
    if (o.contains("padding_idx")) padding_idx = o.index("padding_idx");
    return {{"y", embedding(option_tensor<Index>(o, "shape", "indices"), in.at("weight"), padding_idx)}};
  });
}
