#include <latent/core/version.hpp>
#include <string>

using namespace latent;

#if LATENT_VERSION_MAJOR * 10000 + LATENT_VERSION_MINOR * 100 + LATENT_VERSION_PATCH < 100
#error "the macros are numbers, and the version is 0.1.0 or later"
#endif

TEST_CASE("version: the text, the macros and CMake's are the same") {
  CHECK(std::string(version) == LATENT_VERSION);  // CMake's
  std::string numbers = std::to_string(LATENT_VERSION_MAJOR);
  for (const int number : {LATENT_VERSION_MINOR, LATENT_VERSION_PATCH}) (numbers += '.') += std::to_string(number);
  CHECK(numbers == version);
  static_assert(version[0] >= '0' && version[0] <= '9', "the text is known to the compiler");
}
