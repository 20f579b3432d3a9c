#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "latent/core/broadcast.hpp"

/// + - * / of two tensors or a tensor and a number, element by element, as new tensors and in place. Shapes broadcast
/// as in NumPy and PyTorch.
///
///     parameter.set_grad(parameter.grad() * 0.5f);
///
/// Integers wrap around. They have no `/`, which is another one in C++ and in PyTorch: x.cast<float>() first. In place
/// the shape stays, and so do copies, which share their elements until then. ShapeError for shapes that do not
/// broadcast, or not to that of the tensor that is changed; ValueError for a number that the integers of a tensor do
/// not have.
namespace latent {

namespace detail {

/// What arithmetic works on. (Masks have logical_and, logical_or and logical_not.)
template <class T>
concept Number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

/// A number beside a tensor of T: no fractions beside integers.
template <class S, class T>
concept NumberBeside = Number<S> &&(std::floating_point<T> || std::integral<S>);

template <Number T, NumberBeside<T> S>
T beside(const char* operation, S number) {
  const T result = static_cast<T>(number);
  if constexpr (std::integral<T>)
    check<ValueError>(static_cast<S>(result) == number && (result < T(0)) == (number < S(0)), operation, ": number ",
                      number, " does not fit the integers of the tensor");
  return result;
}

/// Where T is computed: integers without sign wrap around in C++, those with one must not.
template <class T>
struct Wrapping {
  using type = T;
};
template <std::integral T>
struct Wrapping<T> {
  using type = std::common_type_t<unsigned, std::make_unsigned_t<T>>;
};

struct Plus {
  auto operator()(auto a, auto b) const { return a + b; }
};
struct Minus {
  auto operator()(auto a, auto b) const { return a - b; }
};
struct Times {
  auto operator()(auto a, auto b) const { return a * b; }
};
struct Over {
  auto operator()(auto a, auto b) const { return a / b; }
};

/// F of two numbers of T.
template <class T, class F>
struct Arithmetic {
  using W = typename Wrapping<T>::type;
  T operator()(T a, T b) const { return static_cast<T>(F{}(static_cast<W>(a), static_cast<W>(b))); }
};

template <class F, class T>
Tensor<T> arithmetic(const char* operation, const Tensor<T>& a, const Tensor<T>& b) {
  return broadcast_to<T>(broadcast_shape(operation, a.shape(), b.shape()), Arithmetic<T, F>{}, a, b);
}
template <class F, class T>
Tensor<T> arithmetic(const Tensor<T>& a, T b) {
  return broadcast_to<T>(
      a.shape(), [b](T x) { return Arithmetic<T, F>{}(x, b); }, a);
}
template <class F, class T>
Tensor<T> arithmetic(T a, const Tensor<T>& b) {
  return broadcast_to<T>(
      b.shape(), [a](T x) { return Arithmetic<T, F>{}(a, x); }, b);
}

/// Whether b has elements in the memory of a, other than one under each of a's; both are borrowed then.
template <class T>
bool lies_across(const Tensor<T>& a, const Tensor<T>& b) {
  const auto at = [](const T* place) { return reinterpret_cast<std::uintptr_t>(place); };
  const bool apart = at(b.data()) >= at(a.data() + a.numel()) || at(a.data()) >= at(b.data() + b.numel());
  return !apart && !(a.data() == b.data() && a.shape() == b.shape());
}

template <class F, class T>
Tensor<T>& arithmetic_in_place(const char* operation, Tensor<T>& a, const Tensor<T>& b) {
  const Shape shape = broadcast_shape(operation, a.shape(), b.shape());
  check<ShapeError>(shape == a.shape(), operation, ": shape ", a.shape(), " would grow to ", shape,
                    " by an operand of shape ", b.shape());
  T* const to = a.data();
  const Tensor<T>& left = a;
  if (lies_across(left, b)) {
    broadcast_into(to, shape, Arithmetic<T, F>{}, left, Tensor<T>(b.shape(), b.elements()));
  } else {
    broadcast_into(to, shape, Arithmetic<T, F>{}, left, b);
  }
  return a;
}
template <class F, class T>
Tensor<T>& arithmetic_in_place(Tensor<T>& a, T b) {
  T* const to = a.data();
  broadcast_into(
      to, a.shape(), [b](T x) { return Arithmetic<T, F>{}(x, b); }, std::as_const(a));
  return a;
}

}  // namespace detail

/// y = -x
template <detail::Number T>
Tensor<T> operator-(const Tensor<T>& x) {
  return detail::broadcast_to<T>(
      x.shape(),
      [](T v) -> T {
        if constexpr (std::floating_point<T>) {
          return -v;  // of 0 as well
        } else {
          return detail::Arithmetic<T, detail::Minus>{}(T(0), v);
        }
      },
      x);
}

/// y = a + b
template <detail::Number T>
Tensor<T> operator+(const Tensor<T>& a, const Tensor<T>& b) {
  return detail::arithmetic<detail::Plus>("+", a, b);
}
template <detail::Number T, detail::NumberBeside<T> S>
Tensor<T> operator+(const Tensor<T>& a, S b) {
  return detail::arithmetic<detail::Plus>(a, detail::beside<T>("+", b));
}
template <detail::Number T, detail::NumberBeside<T> S>
Tensor<T> operator+(S a, const Tensor<T>& b) {
  return detail::arithmetic<detail::Plus>(detail::beside<T>("+", a), b);
}
/// a becomes a + b.
template <detail::Number T>
Tensor<T>& operator+=(Tensor<T>& a, const Tensor<T>& b) {
  return detail::arithmetic_in_place<detail::Plus>("+=", a, b);
}
/// a becomes a + b.
template <detail::Number T, detail::NumberBeside<T> S>
Tensor<T>& operator+=(Tensor<T>& a, S b) {
  return detail::arithmetic_in_place<detail::Plus>(a, detail::beside<T>("+=", b));
}

/// y = a - b
template <detail::Number T>
Tensor<T> operator-(const Tensor<T>& a, const Tensor<T>& b) {
  return detail::arithmetic<detail::Minus>("-", a, b);
}
template <detail::Number T, detail::NumberBeside<T> S>
Tensor<T> operator-(const Tensor<T>& a, S b) {
  return detail::arithmetic<detail::Minus>(a, detail::beside<T>("-", b));
}
template <detail::Number T, detail::NumberBeside<T> S>
Tensor<T> operator-(S a, const Tensor<T>& b) {
  return detail::arithmetic<detail::Minus>(detail::beside<T>("-", a), b);
}
/// a becomes a - b.
template <detail::Number T>
Tensor<T>& operator-=(Tensor<T>& a, const Tensor<T>& b) {
  return detail::arithmetic_in_place<detail::Minus>("-=", a, b);
}
/// a becomes a - b.
template <detail::Number T, detail::NumberBeside<T> S>
Tensor<T>& operator-=(Tensor<T>& a, S b) {
  return detail::arithmetic_in_place<detail::Minus>(a, detail::beside<T>("-=", b));
}

/// y = a * b
template <detail::Number T>
Tensor<T> operator*(const Tensor<T>& a, const Tensor<T>& b) {
  return detail::arithmetic<detail::Times>("*", a, b);
}
template <detail::Number T, detail::NumberBeside<T> S>
Tensor<T> operator*(const Tensor<T>& a, S b) {
  return detail::arithmetic<detail::Times>(a, detail::beside<T>("*", b));
}
template <detail::Number T, detail::NumberBeside<T> S>
Tensor<T> operator*(S a, const Tensor<T>& b) {
  return detail::arithmetic<detail::Times>(detail::beside<T>("*", a), b);
}
/// a becomes a * b.
template <detail::Number T>
Tensor<T>& operator*=(Tensor<T>& a, const Tensor<T>& b) {
  return detail::arithmetic_in_place<detail::Times>("*=", a, b);
}
/// a becomes a * b.
template <detail::Number T, detail::NumberBeside<T> S>
Tensor<T>& operator*=(Tensor<T>& a, S b) {
  return detail::arithmetic_in_place<detail::Times>(a, detail::beside<T>("*=", b));
}

/// y = a / b
template <std::floating_point T>
Tensor<T> operator/(const Tensor<T>& a, const Tensor<T>& b) {
  return detail::arithmetic<detail::Over>("/", a, b);
}
template <std::floating_point T, detail::NumberBeside<T> S>
Tensor<T> operator/(const Tensor<T>& a, S b) {
  return detail::arithmetic<detail::Over>(a, detail::beside<T>("/", b));
}
template <std::floating_point T, detail::NumberBeside<T> S>
Tensor<T> operator/(S a, const Tensor<T>& b) {
  return detail::arithmetic<detail::Over>(detail::beside<T>("/", a), b);
}
/// a becomes a / b.
template <std::floating_point T>
Tensor<T>& operator/=(Tensor<T>& a, const Tensor<T>& b) {
  return detail::arithmetic_in_place<detail::Over>("/=", a, b);
}
/// a becomes a / b.
template <std::floating_point T, detail::NumberBeside<T> S>
Tensor<T>& operator/=(Tensor<T>& a, S b) {
  return detail::arithmetic_in_place<detail::Over>(a, detail::beside<T>("/=", b));
}

}  // namespace latent
