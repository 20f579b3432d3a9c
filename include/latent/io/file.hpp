#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "latent/core/check.hpp"
#include "latent/io/one_line.hpp"

namespace latent::io {

/// A path as the system takes it; IoError if a NUL would end it early, and lead to another file.
inline std::string file_name(const std::filesystem::path& path) {
  std::string name = path.string();
  check<IoError>(name.find('\0') == std::string::npos, one_line(name), ": a NUL character in the name of a file");
  return name;
}

namespace detail {

inline constexpr std::string_view temporary_prefix = ".latent-";

/// Where a file of this name lies, all links followed, also a last one that leads to no file yet.
inline std::filesystem::path follow_links(std::filesystem::path path) {
  std::error_code no_link;
  for (int links = 0; links < 40; ++links) {  // as many as Linux follows
    const std::filesystem::path to = std::filesystem::read_symlink(path, no_link);
    if (no_link) break;
    path = path.parent_path() / to;
  }
  return path;
}

/// A new file beside `target`, under a name that nobody else has, which becomes `target` at the end or is removed.
/// While it is open it is locked: by that remove_unfinished() knows the files of those who died.
class TemporaryFile {
 public:
  /// `as` is the file that it will replace, if there is one: its mode is kept, and its owner where that is allowed.
  TemporaryFile(const std::filesystem::path& target, const struct stat* as)
      : target_(target), folder_(target.parent_path().empty() ? "." : target.parent_path()) {
    do {
      std::uint64_t random = 0;
      if (::getentropy(&random, sizeof random) != 0) return;
      char digits[17];
      std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(random));
      name_ = (folder_ / (std::string(temporary_prefix) + digits)).string();
      file_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, as ? 0600 : 0666);
    } while ((file_ < 0 && errno == EEXIST) || (file_ >= 0 && !lock()));
    if (file_ < 0 || !as) return;
    mode_t mode = as->st_mode & 0777;
    if (::fchown(file_, as->st_uid, as->st_gid) != 0 && ::fchown(file_, static_cast<uid_t>(-1), as->st_gid) != 0)
      mode = (mode & ~mode_t{070}) | (mode & 07) << 3;  // another group may do what everybody may
    if (::fchmod(file_, mode) != 0) close_and_remove();
  }
  ~TemporaryFile() {
    if (file_ >= 0) close_and_remove();
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool is_open() const { return file_ >= 0; }

  bool write(std::string_view part) {
    while (!part.empty()) {
      const ssize_t written = ::write(file_, part.data(), part.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      part.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  /// Forces all to the disk, then gives it its name, and forces that.
  bool replace_target() {
    if (::fsync(file_) != 0 || ::rename(name_.c_str(), target_.c_str()) != 0) return false;
    ::close(std::exchange(file_, -1));
    const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return true;  // it may be written, but not read
    ::fsync(folder);
    ::close(folder);
    return true;
  }

 private:
  /// False, with the file closed, if remove_unfinished() found it before it was locked.
  bool lock() {
    struct stat status = {};
    ::flock(file_, LOCK_EX);  // some file systems have no locks: then nothing is removed there
    if (::fstat(file_, &status) == 0 && status.st_nlink > 0) return true;
    ::close(std::exchange(file_, -1));
    return false;
  }

  void close_and_remove() {
    const int reason = errno;
    ::unlink(name_.c_str());
    ::close(std::exchange(file_, -1));
    errno = reason;
  }

  std::filesystem::path target_, folder_;
  std::string name_;
  int file_ = -1;
};

}  // namespace detail

/// Writes a file so that it is there whole or not at all: into a temporary file beside it, forced to the disk, then
/// renamed over it, so that readers and other writers at the same time see whole files only. The parts follow each
/// other. Links are followed; an earlier file's mode stays, and its owner and group where that is allowed.
/// IoError, with the reason and the earlier file untouched, if that fails, or if the path leads to something else than
/// a file (a folder, a pipe, a device) or to a file that is read-only.
[[gnu::noinline]] inline void write_file(const std::filesystem::path& path, std::span<const std::string_view> parts) {
  const std::string name = file_name(path);
  const auto explain = [&](bool ok) { check<IoError>(ok, name, ": cannot be written: ", std::strerror(errno)); };
  struct stat status = {};
  const bool exists = ::stat(name.c_str(), &status) == 0;
  explain(exists || errno == ENOENT);
  if (exists) {
    if (S_ISDIR(status.st_mode)) errno = EISDIR;
    explain(!S_ISDIR(status.st_mode));
    check<IoError>(S_ISREG(status.st_mode), name, ": cannot be written: not a file");
    // The system lets root write to such a file too.
    check<IoError>((status.st_mode & 0222) != 0, name, ": cannot be written: it is read-only");
    explain(::faccessat(AT_FDCWD, name.c_str(), W_OK, AT_EACCESS) == 0);
  }
  detail::TemporaryFile file(detail::follow_links(path), exists ? &status : nullptr);
  explain(file.is_open());
  for (const std::string_view part : parts) explain(file.write(part));
  explain(file.replace_target());
}
inline void write_file(const std::filesystem::path& path, std::string_view content) {
  write_file(path, std::span(&content, 1));
}

/// Removes from a folder what write_file() began there and could not finish, because the program was killed. Files that
/// are being written, by whatever process, stay.
[[gnu::noinline]] inline void remove_unfinished(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::string> found;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().filename().string().starts_with(detail::temporary_prefix))
      found.push_back(entry->path().string());
  for (const std::string& name : found) {
    const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (file < 0) continue;
    struct stat status = {};
    if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && ::flock(file, LOCK_EX | LOCK_NB) == 0)
      ::unlink(name.c_str());
    ::close(file);
  }
}

/// A file to read from at any place, also from several threads at once. Names itself in every error, an IoError.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path) : name_(file_name(path)) {
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
