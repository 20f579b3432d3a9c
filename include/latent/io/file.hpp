#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "latent/core/check.hpp"

namespace latent::io {

/// Writes a file so that it is there whole or not at all: into a temporary file beside it, forced to the disk, then
/// renamed over it. The parts follow each other. IoError, with the reason and the old file untouched, if that fails.
inline void write_file(const std::filesystem::path& path, std::span<const std::string_view> parts) {
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
  for (std::string_view part : parts)
    while (ok && !part.empty()) {
      const ssize_t written = ::write(file, part.data(), part.size());
      if (written < 0 && errno == EINTR) continue;
      ok = written >= 0;
      if (ok) part.remove_prefix(static_cast<std::size_t>(written));
    }
  ok = ok && ::fsync(file) == 0;
  const int reason = errno;
  const bool closed = ::close(file) == 0;
  if (!ok) errno = reason;
  explain(ok && closed);
  explain(::rename(temporary.c_str(), path.c_str()) == 0);
}
inline void write_file(const std::filesystem::path& path, std::string_view content) {
  write_file(path, std::span(&content, 1));
}

/// A file to read from at any place, also from several threads at once. Names itself in every error, an IoError.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path) : name_(path.string()) {
    file_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // opening a pipe would wait for a writer
    check<IoError>(file_ >= 0, name_, ": cannot be opened: ", std::strerror(errno));
    struct stat status = {};
    if (::fstat(file_, &status) == 0 && S_ISREG(status.st_mode)) {
      size_ = static_cast<std::uint64_t>(status.st_size);
      return;
    }
    ::close(file_);
    fail<IoError>(name_, ": not a file");
  }
  ~InputFile() {
    if (file_ >= 0) ::close(file_);
  }
  InputFile(InputFile&& other) noexcept
      : name_(std::move(other.name_)), file_(std::exchange(other.file_, -1)), size_(other.size_) {}
  InputFile& operator=(InputFile&&) = delete;

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }

  /// Fills `to` with the bytes from `offset` on.
  void read(std::uint64_t offset, std::span<std::byte> to) const {
    while (!to.empty()) {
      const ssize_t got = ::pread(file_, to.data(), to.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      check<IoError>(got >= 0, name_, ": cannot be read: ", std::strerror(errno));
      check<IoError>(got > 0, name_, ": ended early, it was cut while being read");
      offset += static_cast<std::uint64_t>(got);
      to = to.subspan(static_cast<std::size_t>(got));
    }
  }

 private:
  std::string name_;
  int file_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace latent::io
