#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <Eigen/Core>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "latent/core/shape.hpp"

namespace latent::io {

/// The types of elements in files, by their names in safetensors.
enum class DType { F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL };

namespace detail {

/// Calls f(dtype, name, an element of the C++ type with these bits) for one type after the other until it returns true.
template <class F>
constexpr bool any_dtype(F f) {
  return f(DType::F64, "F64", double{}) || f(DType::F32, "F32", float{}) || f(DType::F16, "F16", Eigen::half{}) ||
         f(DType::BF16, "BF16", Eigen::bfloat16{}) || f(DType::I64, "I64", std::int64_t{}) ||
         f(DType::I32, "I32", std::int32_t{}) || f(DType::I16, "I16", std::int16_t{}) ||
         f(DType::I8, "I8", std::int8_t{}) || f(DType::U64, "U64", std::uint64_t{}) ||
         f(DType::U32, "U32", std::uint32_t{}) || f(DType::U16, "U16", std::uint16_t{}) ||
         f(DType::U8, "U8", std::uint8_t{}) || f(DType::BOOL, "BOOL", bool{});
}

/// Calls f(an element of the C++ type of `dtype`).
template <class F>
void with_element(DType dtype, F f) {
  any_dtype([&](DType candidate, const char*, auto element) {
    if (candidate != dtype) return false;
    f(element);
    return true;
  });
}

/// The bytes of a file's elements, converted as by static_cast; other numbers than 0 are true. `from` has as many
/// elements as `to`.
template <class T>
void decode(DType dtype, const std::byte* from, std::span<T> to) {
  with_element(dtype, [&](auto element) {
    using Element = decltype(element);
    for (T& result : to) {
      if constexpr (std::is_same_v<Element, bool>) {
        result = static_cast<T>(*from != std::byte{0});
      } else {
        std::memcpy(&element, from, sizeof element);
        result = static_cast<T>(element);
      }
      from += sizeof element;
    }
  });
}

/// The opposite of decode.
template <class T>
void encode(DType dtype, std::span<const T> from, char* to) {
  with_element(dtype, [&](auto element) {
    for (const T value : from) {
      element = static_cast<decltype(element)>(value);
      std::memcpy(to, &element, sizeof element);
      to += sizeof element;
    }
  });
}

}  // namespace detail

/// Bytes of one element.
inline Index element_size(DType dtype) {
  Index size = 0;
  detail::with_element(dtype, [&](auto element) { size = sizeof element; });
  return size;
}

/// The type of a name, if there is one.
inline std::optional<DType> dtype_named(std::string_view name) {
  std::optional<DType> result;
  detail::any_dtype([&](DType candidate, std::string_view its_name, auto) {
    if (its_name == name) result = candidate;
    return result.has_value();
  });
  return result;
}

/// Its name in files, as "F32".
inline const char* dtype_name(DType dtype) {
  const char* result = "";
  detail::any_dtype([&](DType candidate, const char* name, auto) {
    if (candidate == dtype) result = name;
    return candidate == dtype;
  });
  return result;
}

/// The name.
inline void append_to(std::string& text, DType dtype) { text += dtype_name(dtype); }

/// The same on a stream, for who includes <ostream>.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, DType dtype) {
  return out << dtype_name(dtype);
}

/// The type of a tensor's elements in a file.
template <class T>
constexpr DType dtype_of() {
  DType result{};
  detail::any_dtype([&](DType candidate, const char*, auto element) {
    using Element = decltype(element);
    constexpr bool both_integers = std::is_integral_v<T> && std::is_integral_v<Element> && !std::is_same_v<T, bool> &&
                                   !std::is_same_v<Element, bool>;
    const bool same = std::is_same_v<T, Element> || (both_integers && sizeof(T) == sizeof(Element) &&
                                                     std::is_signed_v<T> == std::is_signed_v<Element>);
    if (same) result = candidate;
    return same;
  });
  return result;
}

}  // namespace latent::io
