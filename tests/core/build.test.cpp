#include <latent/core/build.hpp>

using namespace latent;

TEST_CASE("build: names library, compiler and, of AVX2, that it was compiled for") {
  const std::string text = build();
  CHECK(text.starts_with("latent " LATENT_VERSION ", "));
  CHECK(text.find(__VERSION__) != std::string::npos);
#ifdef __AVX2__
  CHECK(text.find(" AVX2") != std::string::npos);
#else
  CHECK(text.find(" AVX2") == std::string::npos);
#endif
}

TEST_CASE("processor: is one line with a name") {
  CHECK_FALSE(processor().empty());
  CHECK(processor().find('\n') == std::string::npos);
}
