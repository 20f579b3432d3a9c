#pragma once

#include <doctest/doctest.h>

#include <string>

/// The text of the E that call(f) throws; fails the test if it throws none.
template <class E>
[[gnu::noinline]] std::string message_of_call(void (*call)(void* f), void* f) {
  try {
    call(f);
  } catch (const E& error) {
    return error.what();
  }
  FAIL_CHECK("nothing was thrown");
  return {};
}

/// The same of f(), whose type is forgotten: what catches is compiled once.
template <class E, class F>
std::string message_of(F f) {
  return message_of_call<E>([](void* function) { (*static_cast<F*>(function))(); }, &f);
}
