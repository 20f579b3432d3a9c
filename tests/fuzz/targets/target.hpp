#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <latent/core/check.hpp>
#include <string>
#include <vector>

// A target gives files, whole and damaged ones, to one of the library's readers. What libFuzzer calls is in entry.cpp.

namespace target {

/// Whole files, from which damaged ones are made.
std::vector<std::string> seeds();

/// Reads a file. What the reader must not do ends the program.
void read(const std::string& path, const std::string& content);

/// Another file, made of one: some bytes changed, and what would only hide the change, checksums for example, repaired.
std::string change(const std::string& content, unsigned seed);

/// Changes some bytes by libFuzzer's own means.
std::string mutated(std::string bytes);

/// Ends the program unless a promise is kept.
inline void expect(bool ok, const char* promise) {
  if (ok) return;
  std::fprintf(stderr, "Not so: %s\n", promise);
  std::abort();
}

/// Whether f() ends without an IoError, the one error that readers throw.
template <class F>
bool is_accepted(F f) {
  try {
    f();
    return true;
  } catch (const latent::IoError&) {
    return false;
  }
}

}  // namespace target
