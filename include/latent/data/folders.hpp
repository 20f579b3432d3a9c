#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace latent::data {

/// Folders in which a data set is looked for: the one that the variable of the environment names, where Debian's
/// packages put data sets, and the user's cache, $XDG_CACHE_HOME/name or ~/.cache/name.
[[gnu::cold]] inline std::vector<std::filesystem::path> dataset_folders(const char* variable, const std::string& name) {
  const auto value = [](const char* of) {
    const char* const text = std::getenv(of);
    return std::filesystem::path(text ? text : "");
  };
  std::vector<std::filesystem::path> folders;
  const auto add = [&](std::filesystem::path folder) { folders.push_back(std::move(folder)); };
  if (const auto named = value(variable); !named.empty()) add(named);
  add(std::filesystem::path("/usr/share/datasets") / name);
  if (const auto cache = value("XDG_CACHE_HOME"); !cache.empty()) {
    add(cache / name);
  } else if (const auto home = value("HOME"); !home.empty()) {
    add(home / ".cache" / name);
  }
  return folders;
}

}  // namespace latent::data
