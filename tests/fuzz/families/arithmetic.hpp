#pragma once

// Arithmetic, and functions of single elements.

#include "../kinds.hpp"

namespace fuzz::detail {

inline Number plus(Tape& tape, const Number& a, const Number& b, Real sign) {
  Sum sum(tape);
  sum.add(a);
  sum.add(b, sign);
  return sum.result();
}

inline std::vector<Operation> arithmetic() {
  using N = const Number&;
  return {
      of_pairs(
          "+", [](Tape& t, N a, N b) { return plus(t, a, b, 1); }, [](auto a, auto b) { return a + b; }),
      of_pairs(
          "-", [](Tape& t, N a, N b) { return plus(t, a, b, -1); }, [](auto a, auto b) { return a - b; }),
      of_pairs(
          "*", [](Tape& t, N a, N b) { return product(t, a, b); }, [](auto a, auto b) { return a * b; }),
      of_pairs(
          "/", [](Tape& t, N a, N b) { return quotient(t, a, b); }, [](auto a, auto b) { return a / b; }),
      with_number(
          "x + number", [](Tape& t, N x, N s) { return plus(t, x, s, 1); }, [](auto x, auto s) { return x + s; }),
      with_number(
          "number + x", [](Tape& t, N x, N s) { return plus(t, x, s, 1); }, [](auto x, auto s) { return s + x; }),
      with_number(
          "x - number", [](Tape& t, N x, N s) { return plus(t, x, s, -1); }, [](auto x, auto s) { return x - s; }),
      with_number(
          "number - x", [](Tape& t, N x, N s) { return plus(t, s, x, -1); }, [](auto x, auto s) { return s - x; }),
      with_number(
          "x * number", [](Tape& t, N x, N s) { return product(t, x, s); }, [](auto x, auto s) { return x * s; }),
      with_number(
          "number * x", [](Tape& t, N x, N s) { return product(t, x, s); }, [](auto x, auto s) { return s * x; }),
      with_number(
          "x / number", [](Tape& t, N x, N s) { return quotient(t, x, s); }, [](auto x, auto s) { return x / s; }),
      with_number(
          "number / x", [](Tape& t, N x, N s) { return quotient(t, s, x); }, [](auto x, auto s) { return s / x; }),
      of_elements(
          "negation", [](Tape& t, N x) { return scaled(t, x, -1); }, [](auto x) { return -x; }),
      of_elements(
          "exp", [](Tape& t, N x) { return exp(t, x); }, [](auto x) { return latent::exp(x); }),
      of_elements(
          "log", [](Tape& t, N x) { return log(t, x); }, [](auto x) { return latent::log(x); }),
      of_elements(
          "sqrt", [](Tape& t, N x) { return sqrt(t, x); }, [](auto x) { return latent::sqrt(x); }),
      of_elements(
          "square", [](Tape& t, N x) { return square(t, x); }, [](auto x) { return latent::square(x); }),
      of_elements(
          "abs", [](Tape& t, N x) { return abs(t, x); }, [](auto x) { return latent::abs(x); }),
      of_elements(
          "relu", [](Tape& t, N x) { return relu(t, x); }, [](auto x) { return latent::nn::ReLU{}(x); }),
      of_elements(
          "sigmoid", [](Tape& t, N x) { return sigmoid(t, x); }, [](auto x) { return latent::nn::Sigmoid{}(x); }),
      of_elements(
          "tanh", [](Tape& t, N x) { return tanh(t, x); }, [](auto x) { return latent::nn::Tanh{}(x); }),
  };
}

}  // namespace fuzz::detail
