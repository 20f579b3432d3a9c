#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "latent/core/check.hpp"

namespace latent::io {

/// Writes a file so that it is there whole or not at all: into a temporary file beside it, forced to the disk, then
/// renamed over it. IoError, with the reason and the old file untouched, if that fails.
inline void write_file(const std::filesystem::path& path, std::string_view content) {
  const std::string temporary = path.string() + ".tmp" + std::to_string(::getpid());
  const auto explain = [&](bool ok) {
    if (ok) return;
    const int reason = errno;
    ::unlink(temporary.c_str());
    fail<IoError>(path.string(), ": cannot be written: ", std::strerror(reason));
  };
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  explain(file >= 0);
  bool ok = true;
  while (ok && !content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    ok = written >= 0;
    if (ok) content.remove_prefix(static_cast<std::size_t>(written));
  }
  ok = ok && ::fsync(file) == 0;
  const int reason = errno;
  const bool closed = ::close(file) == 0;
  if (!ok) errno = reason;
  explain(ok && closed);
  explain(::rename(temporary.c_str(), path.c_str()) == 0);
}

}  // namespace latent::io
