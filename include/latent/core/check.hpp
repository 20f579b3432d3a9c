#pragma once

// As the standard library does, whose functions of these names would be taken for the macros.
#undef min
#undef max

#include <concepts>
#include <cstddef>
#include <cstdio>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include "latent/core/instruction_set.hpp"

namespace latent {

/// Base of everything the library throws.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;

  /// Puts a text before what it says: for who passes it on and knows where it happened.
  [[gnu::noinline]] void prepend(std::string text) {
    text += what();
    std::runtime_error::operator=(std::runtime_error(text));
  }
};

/// Sizes that do not fit each other.
struct ShapeError : Error {
  using Error::Error;
};

/// An option or argument out of its range.
struct ValueError : Error {
  using Error::Error;
};

/// A file that is missing, damaged, or cannot be written.
struct IoError : Error {
  using Error::Error;
};

/// Memory that the heap does not have. No std::bad_alloc, since a handler of std::exception would find two in it.
struct OutOfMemory : Error {
  using Error::Error;
};

/// Appends one part to a message: text as it is, integers in decimal, other numbers with six digits. A type of its own
/// is written by a function of this name in its namespace. Streams could do it too, but every program that includes
/// this would compile them.
inline void append_to(std::string& text, std::string_view part) { text += part; }
inline void append_to(std::string& text, char part) { text += part; }
[[gnu::noinline]] inline void append_to(std::string& text, long long part) { text += std::to_string(part); }
[[gnu::noinline]] inline void append_to(std::string& text, unsigned long long part) { text += std::to_string(part); }
template <std::integral T>
void append_to(std::string& text, T part) {
  append_to(text, static_cast<std::conditional_t<std::is_signed_v<T>, long long, unsigned long long>>(part));
}
template <std::floating_point T>
void append_to(std::string& text, T part) {
  char digits[32];  // of NaN without its sign, which says nothing
  std::snprintf(digits, sizeof digits, "%g", part == part ? static_cast<double>(part) : __builtin_nan(""));
  text += digits;
}

namespace detail {

/// A part of a message whose type is forgotten, so that the code of a message, of which there are many, is small.
struct MessagePart {
  const void* part;
  void (*append)(std::string& text, const void* part);

  template <class T>
  MessagePart(const T& value)
      : part(&value), append([](std::string& text, const void* p) { append_to(text, *static_cast<const T*>(p)); }) {}
  MessagePart(const char* value)
      : part(value), append([](std::string& text, const void* p) { text += static_cast<const char*>(p); }) {}
};

/// What it is given, but literals of any length as one type: for each list of types there is a function that fails.
template <class T>
constexpr const T& without_length(const T& part) {
  return part;
}
constexpr const char* without_length(const char* part) { return part; }

inline std::string message(std::initializer_list<MessagePart> parts) {
  std::string text;
  for (const MessagePart& part : parts) part.append(text, part.part);
  return text;
}

template <class E>
[[noreturn, gnu::cold, gnu::noinline]] void raise(std::initializer_list<MessagePart> parts) {
  throw E(message(parts));
}

}  // namespace detail

/// The parts one after the other.
template <class... Parts>
std::string message(const Parts&... parts) {
  return detail::message({detail::MessagePart(parts)...});
}

/// Throws E with the parts written one after the other.
template <class E, class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(const Parts&... parts) {
  detail::raise<E>({detail::MessagePart(parts)...});
}

/// Throws E with the parts unless `ok`. Parts are only formatted on failure. In parentheses, for programs with a macro
/// of this name.
template <class E, class... Parts>
constexpr void(check)(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail<E>(detail::without_length(parts)...);
}

}  // namespace latent
