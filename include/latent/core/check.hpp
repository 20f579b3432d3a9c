#pragma once

#include <sstream>
#include <stdexcept>

namespace latent {

/// Base of everything the library throws.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
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

/// Throws E with the parts written one after the other.
template <class E, class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  throw E(text.str());
}

/// Throws E with the parts unless `ok`. Parts are only formatted on failure.
template <class E, class... Parts>
constexpr void check(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail<E>(parts...);
}

}  // namespace latent
