#pragma once

#include <doctest/doctest.h>

#include <string>

/// The text of the E that f throws; fails the test if it throws none.
template <class E, class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  FAIL_CHECK("nothing was thrown");
  return {};
}
