#include <sstream>

#include "../reference.hpp"

using namespace latent;

TEST_CASE("print: rows stand below each other, numbers in columns") {
  CHECK(message(Tensor<float>({2, 3}, {1, 0.5f, -3, 10, 1e-7f, 2})) ==
        "[[    1,   0.5,    -3],\n"
        " [   10, 1e-07,     2]]");
  CHECK(message(Tensor<double>({}, {2.5})) == "2.5");
  CHECK(message(Tensor<Index>({2, 1, 2}, {1, 2, 3, 4})) == "[[[1, 2]],\n\n [[3, 4]]]");
  CHECK(message(Tensor<bool>({2}, {true, false})) == "[1, 0]");
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  CHECK(message(Tensor<float>({4}, {nan, -nan, inf, -inf})) == "[ nan,  nan,  inf, -inf]");
  CHECK(message(Tensor<float>({2, 0})) == "[[],\n []]");
  CHECK(message(Tensor<float>()) == "[]");
}

TEST_CASE("print: of many elements the first and last of each long axis") {
  Tensor<Index> x({200, 2, 7});
  for (Index i = 0; i < x.numel(); ++i) x.data()[i] = i;
  const std::string text = message(x);
  CHECK(text.starts_with("[[[   0,    1,    2, ...,    4,    5,    6],\n  [   7,"));
  CHECK(text.ends_with("2797, 2798, 2799]]]"));
  CHECK(text.find(",\n\n ...,\n\n [[2758,") != std::string::npos);
  CHECK(message(Tensor<Index>({1000})).find("...") == std::string::npos);
}

TEST_CASE("print: tensors and variables on a stream") {
  std::ostringstream out;
  out << Tensor<float>({2}, {1, 2}) << ' ' << Variable<float>(Tensor<float>({1}, {3}));
  CHECK(out.str() == "[1, 2] [3]");
}
