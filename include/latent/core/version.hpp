#pragma once

/// The version of latent, in the sense of semantic versioning as CONTRIBUTING.md explains it. Macros, for `#if`, and
/// their text. CMakeLists.txt reads them from here.
#define LATENT_VERSION_MAJOR 0
#define LATENT_VERSION_MINOR 1
#define LATENT_VERSION_PATCH 0

#define LATENT_TEXT(number) #number
#define LATENT_DOTTED(major, minor, patch) LATENT_TEXT(major) "." LATENT_TEXT(minor) "." LATENT_TEXT(patch)

namespace latent {

/// "0.1.0"
inline constexpr const char* version = LATENT_DOTTED(LATENT_VERSION_MAJOR, LATENT_VERSION_MINOR, LATENT_VERSION_PATCH);

}  // namespace latent

#undef LATENT_DOTTED
#undef LATENT_TEXT
