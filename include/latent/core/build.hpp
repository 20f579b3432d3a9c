#pragma once

#include <fstream>
#include <string>

#include "latent/core/instruction_set.hpp"
#include "latent/core/version.hpp"

/// What results depend on to the last bit beside a program and its input: how it was compiled, and where it runs.
namespace latent {

/// Library, compiler and instruction set: "latent 0.1.0, g++ 12.2.0, optimized, SSE3 SSSE3 .. AVX2".
inline std::string build() {
  std::string text = std::string("latent ") + version;
#ifdef __clang__
  text += ", clang ";
#else
  text += ", g++ ";
#endif
  text += __VERSION__;
#ifdef __OPTIMIZE__
  text += ", optimized,";
#else
  text += ", not optimized,";
#endif
  for (const detail::Extension* extension = detail::extensions; extension->name; ++extension)
    if (extension->on) (text += ' ') += extension->name;
  return text;
}

/// The processor's name, as the system gives it: the standard library takes other functions on other processors.
inline std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (const auto colon = line.find(": "); colon != std::string::npos && line.starts_with("model name"))
      return line.substr(colon + 2);
  return "unknown processor";
}

}  // namespace latent
