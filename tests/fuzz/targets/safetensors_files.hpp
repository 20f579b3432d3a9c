#pragma once

#include <cstring>
#include <latent/io/safetensors.hpp>

#include "../../temporary.hpp"
#include "target.hpp"

namespace target {

/// A file that was written, as bytes.
template <class Write>
std::string written(Write write) {
  static const TemporaryFolder folder;
  write(folder / "file");
  return folder.read("file");
}

/// A file's header and the data behind it; all header if they cannot be told apart.
inline std::pair<std::string, std::string> header_and_data(const std::string& file) {
  std::uint64_t length = 0;
  if (file.size() < sizeof length) return {file, ""};
  std::memcpy(&length, file.data(), sizeof length);
  const std::string rest = file.substr(sizeof length);
  return length <= rest.size() ? std::pair{rest.substr(0, length), rest.substr(length)} : std::pair{rest, ""};
}

inline std::string with_header(const std::string& header, const std::string& data) {
  std::string result(sizeof(std::uint64_t), '\0');
  const std::uint64_t length = header.size();
  std::memcpy(result.data(), &length, sizeof length);
  return result + header + data;
}

/// Changes all, or the header, or the data; the header's length is right in the latter two.
inline std::string change_safetensors(const std::string& file, unsigned seed) {
  if (seed % 8 == 0) return mutated(file);
  const auto [header, data] = header_and_data(file);
  return seed % 4 == 1 ? with_header(header, mutated(data)) : with_header(mutated(header), data);
}

}  // namespace target
