#include <cstdlib>
#include <latent/data/folders.hpp>

#include "../errors.hpp"

using namespace latent;

TEST_CASE("folders: the variable of the environment is first, then the system's, then the user's cache") {
  const char* const names[] = {"LATENT_TEST_FOLDER", "XDG_CACHE_HOME", "HOME"};
  std::vector<std::string> before;
  for (const char* const name : names) before.emplace_back(std::getenv(name) ? std::getenv(name) : "");
  using Paths = std::vector<std::filesystem::path>;
  setenv("LATENT_TEST_FOLDER", "/mine", 1), setenv("XDG_CACHE_HOME", "/cache", 1), setenv("HOME", "/home/me", 1);
  CHECK(data::dataset_folders("LATENT_TEST_FOLDER", "x") == Paths{"/mine", "/usr/share/datasets/x", "/cache/x"});
  unsetenv("LATENT_TEST_FOLDER"), unsetenv("XDG_CACHE_HOME");
  CHECK(data::dataset_folders("LATENT_TEST_FOLDER", "x") == Paths{"/usr/share/datasets/x", "/home/me/.cache/x"});
  unsetenv("HOME");
  CHECK(data::dataset_folders("LATENT_TEST_FOLDER", "x") == Paths{"/usr/share/datasets/x"});
  for (std::size_t i = 0; i < 3; ++i)
    if (!before[i].empty()) setenv(names[i], before[i].c_str(), 1);
}
