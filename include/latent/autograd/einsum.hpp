#pragma once

#include <string>
#include <string_view>

#include "latent/autograd/matmul.hpp"
#include "latent/autograd/shaping.hpp"
#include "latent/autograd/sum_axes.hpp"

namespace latent {

namespace detail {

/// The letters of "ij,jk->ik": one for each axis of both operands and of the result.
struct Equation {
  std::string a, b, result;
};

/// ValueError for what is no equation of two operands.
[[gnu::noinline]] inline Equation parse_equation(std::string_view text) {
  Equation equation;
  std::string* part = &equation.a;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    if (c == ',' && part == &equation.a) {
      part = &equation.b;
    } else if (text.substr(i, 2) == "->" && part == &equation.b) {
      part = &equation.result;
      ++i;
    } else {
      check<ValueError>((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), "einsum: '", text,
                        "' is no equation of letters for two operands, as 'ij,jk->ik' is");
      check<ValueError>(part->find(c) == std::string::npos, "einsum: '", text, "' has ", c, " twice in one place");
      *part += c;
    }
  }
  check<ValueError>(part == &equation.result, "einsum: '", text,
                    "' is no equation of letters for two operands, as 'ij,jk->ik' is");
  for (const char c : equation.result)
    check<ValueError>((equation.a + equation.b).find(c) != std::string::npos, "einsum: '", text, "' has ", c,
                      " in the result only");
  return equation;
}

inline bool contains(const std::string& letters, char c) { return letters.find(c) != std::string::npos; }

/// ShapeError if the operands do not fit the equation.
[[gnu::noinline]] inline void check_equation(const Equation& equation, const Shape& a, const Shape& b) {
  const auto check_rank = [](const char* name, const std::string& letters, const Shape& shape) {
    check<ShapeError>(std::ssize(letters) == shape.rank(), "einsum: ", name, " ", shape, " does not fit '", letters,
                      "', expected an axis for each letter");
  };
  check_rank("a", equation.a, a);
  check_rank("b", equation.b, b);
  for (std::size_t i = 0; i < equation.a.size(); ++i)
    if (const std::size_t j = equation.b.find(equation.a[i]); j != std::string::npos)
      check<ShapeError>(a[static_cast<Index>(i)] == b[static_cast<Index>(j)], "einsum: a ", a, " does not fit b ", b,
                        ", sizes of ", equation.a[i], " differ");
}

/// x with the axes named by `letters` in the order that `wanted` has the same letters in.
template <Scalar T>
Variable<T> in_order(const Variable<T>& x, const std::string& letters, const std::string& wanted) {
  if (letters == wanted) return x;
  std::array<Index, Shape::max_rank> order{};
  for (std::size_t i = 0; i < wanted.size(); ++i) order[i] = static_cast<Index>(letters.find(wanted[i]));
  return permute(x, std::span<const Index>(order.data(), wanted.size()));
}

/// x summed along the axes whose letters are in neither the other operand nor the result, and taken out of `letters`.
template <Scalar T>
Variable<T> sum_own(const Variable<T>& x, std::string& letters, const std::string& elsewhere) {
  std::array<Index, Shape::max_rank> axes{};
  std::size_t count = 0;
  std::string left;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (contains(elsewhere, letters[i])) {
      left += letters[i];
    } else {
      axes[count++] = static_cast<Index>(i);
    }
  }
  letters = left;
  return count ? sum(x, std::span<const Index>(axes.data(), count)) : x;
}

}  // namespace detail

/// Products of elements of a and b, summed over the letters that the result lacks: "ij,jk->ik" is the product of
/// matrices, "bij,bkj->bik" that of batches, the second transposed, "i,i->" of vectors, "i,j->ij" the outer one. A
/// letter names an axis; blanks are passed over. ValueError for what is no such equation, or has a letter twice in one
/// operand; ShapeError for shapes that do not fit. As torch.einsum of two operands.
template <Scalar T>
Variable<T> einsum(std::string_view equation, const Variable<T>& a, const Variable<T>& b) {
  detail::Equation letters = detail::parse_equation(equation);
  detail::check_equation(letters, a.shape(), b.shape());
  const Variable<T> left = detail::sum_own(a, letters.a, letters.b + letters.result);
  const Variable<T> right = detail::sum_own(b, letters.b, letters.a + letters.result);
  // Letters of batches, of the rows of a, of sums, and of the columns of b, with the product of their sizes.
  std::string batch, rows, sums, columns;
  Index batches = 1, m = 1, k = 1, n = 1;
  Shape shape;
  const auto size = [&](char c) {
    const std::size_t i = letters.a.find(c);
    return i != std::string::npos ? left.shape()[static_cast<Index>(i)]
                                  : right.shape()[static_cast<Index>(letters.b.find(c))];
  };
  const auto take = [&](char c, std::string& group, Index& product) {
    group += c;
    product *= size(c);
  };
  for (const char c : letters.result) {
    const bool in_a = detail::contains(letters.a, c), in_b = detail::contains(letters.b, c);
    take(c, in_a && in_b ? batch : in_a ? rows : columns, in_a && in_b ? batches : in_a ? m : n);
  }
  for (const char c : letters.a)
    if (!detail::contains(letters.result, c)) take(c, sums, k);
  const std::string natural = batch + rows + columns;
  for (const char c : natural) shape.append(size(c), "einsum");
  const Variable<T> product = matmul(reshape(detail::in_order(left, letters.a, batch + rows + sums),
                                             batch.empty() ? Shape{m, k} : Shape{batches, m, k}),
                                     reshape(detail::in_order(right, letters.b, batch + sums + columns),
                                             batch.empty() ? Shape{k, n} : Shape{batches, k, n}));
  return detail::in_order(reshape(product, shape), natural, letters.result);
}

}  // namespace latent
