#include "study/training/machine.hpp"

#include <ctime>
#include <latent/core/build.hpp>
#include <latent/core/parallel.hpp>
#include <nlohmann/json.hpp>

namespace study {

namespace {

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[16];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &local)};
}

std::string machine() {
#ifdef __clang__
  const std::string compiler = "clang " + std::to_string(__clang_major__) + '.' + std::to_string(__clang_minor__);
#else
  const std::string compiler = "g++ " + std::to_string(__GNUC__) + '.' + std::to_string(__GNUC_MINOR__);
#endif
#if defined(__AVX512F__)
  const std::string instructions = "AVX-512";
#elif defined(__AVX2__)
  const std::string instructions = "AVX2";
#elif defined(__AVX__)
  const std::string instructions = "AVX";
#elif defined(__SSE2__)
  const std::string instructions = "SSE2";
#elif defined(__ARM_NEON)
  const std::string instructions = "NEON";
#else
  const std::string instructions = "no vector instructions";
#endif
  return latent::processor() + ", compiled by " + compiler + " for " + instructions;
}

}  // namespace

nlohmann::json circumstances(latent::Index processes) {
  return {{"date", today()}, {"machine", machine()}, {"processes", processes}, {"threads", latent::threads()}};
}

}  // namespace study
