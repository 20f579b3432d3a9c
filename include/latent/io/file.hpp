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
[[gnu::cold]] inline std::string file_name(const std::filesystem::path& path) {
  std::string name = path.string();
  check<IoError>(name.find('\0') == std::string::npos, one_line(name), ": a NUL character in the name of a file");
  return name;
}

namespace detail {

inline constexpr std::string_view temporary_prefix = ".latent-";

/// A name in `folder` that nobody else has.
inline std::string temporary_name(const std::filesystem::path& folder) {
  std::uint64_t random = 0;
  if (::getentropy(&random, sizeof random) != 0)
    fail<IoError>(folder.string(), ": no random number for a temporary name: ", std::strerror(errno));
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(random));
  return (folder / (std::string(temporary_prefix) + digits)).string();
}

inline bool is_temporary_name(std::string_view name) {
  return name.starts_with(temporary_prefix) && name.size() == temporary_prefix.size() + 16 &&
         name.find_first_not_of("0123456789abcdef", temporary_prefix.size()) == std::string_view::npos;
}

/// Locks a new file or folder while it is made: by that remove_unfinished() knows those of who died. False if it was
/// removed before it was locked. Some file systems have no locks: nothing is removed there.
inline bool lock_new(int file) {
  struct stat status = {};
  ::flock(file, LOCK_EX);
  return ::fstat(file, &status) == 0 && status.st_nlink > 0;
}

/// Gives a new file the mode of the earlier one, and its owner where that is allowed.
inline bool keep_mode(int file, const struct stat& earlier) {
  mode_t mode = earlier.st_mode & 0777;
  if (::fchown(file, earlier.st_uid, earlier.st_gid) != 0 &&
      ::fchown(file, static_cast<uid_t>(-1), earlier.st_gid) != 0)
    mode = (mode & ~mode_t{070}) | (mode & 07) << 3;  // another group may do what everybody may
  return ::fchmod(file, mode) == 0;
}

/// Forces a folder's list of names to the disk, where that is possible.
inline void sync_folder(const std::filesystem::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;  // it may be written, but not read
  ::fsync(file);
  ::close(file);
}

/// Where a new file is to go.
struct Target {
  std::filesystem::path path;  ///< all links followed, also a last one that leads to no file yet
  bool exists = false;
  struct stat earlier = {};  ///< if it exists

  std::filesystem::path folder() const { return path.has_parent_path() ? path.parent_path() : "."; }
};

/// IoError unless a file may be written there.
inline Target target_of(const std::filesystem::path& path) {
  const std::string name = file_name(path);
  Target target{.path = path};
  const auto explain = [&](bool ok) { check<IoError>(ok, name, ": cannot be written: ", std::strerror(errno)); };
  target.exists = ::stat(name.c_str(), &target.earlier) == 0;
  explain(target.exists || errno == ENOENT);
  if (target.exists) {
    const mode_t mode = target.earlier.st_mode;
    check<IoError>(!S_ISDIR(mode), name, ": cannot be written: ", std::strerror(EISDIR));
    check<IoError>(S_ISREG(mode), name, ": cannot be written: not a file");
    // The system lets root write to such a file too.
    check<IoError>((mode & 0222) != 0, name, ": cannot be written: it is read-only");
    explain(::faccessat(AT_FDCWD, name.c_str(), W_OK, AT_EACCESS) == 0);
  }
  std::error_code no_link;
  for (int links = 0; links < 40; ++links) {  // as many as Linux follows
    const std::filesystem::path to = std::filesystem::read_symlink(target.path, no_link);
    if (no_link) break;
    target.path = target.path.parent_path() / to;
  }
  return target;
}

/// A new file beside its target, which it replaces at the end, or else is removed.
class TemporaryFile {
 public:
  explicit TemporaryFile(Target target) : target_(std::move(target)) {
    do {
      name_ = temporary_name(target_.folder());
      file_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, target_.exists ? 0600 : 0666);
      if (file_ >= 0 && !lock_new(file_)) {
        ::close(std::exchange(file_, -1));
        errno = EEXIST;
      }
    } while (file_ < 0 && errno == EEXIST);
  }
  ~TemporaryFile() {
    if (file_ < 0) return;
    ::unlink(name_.c_str());
    ::close(file_);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool is_open() const { return file_ >= 0; }

  bool write(std::string_view part) const {
    while (!part.empty()) {
      const ssize_t written = ::write(file_, part.data(), part.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      part.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  /// Forces all to the disk.
  bool sync() const { return ::fsync(file_) == 0; }

  /// The same, then gives it its name, and forces that. What had the name is renamed to `keep`, unless that is empty.
  bool replace_target(const std::filesystem::path& keep = {}) {
    if (target_.exists && !keep_mode(file_, target_.earlier)) return false;
    if (!sync()) return false;
    if (target_.exists && !keep.empty() && ::rename(target_.path.c_str(), keep.c_str()) != 0 && errno != ENOENT)
      return false;  // it may have gone meanwhile
    if (::rename(name_.c_str(), target_.path.c_str()) != 0) return false;
    ::close(std::exchange(file_, -1));
    sync_folder(target_.folder());
    return true;
  }

 private:
  Target target_;
  std::string name_;
  int file_ = -1;
};

}  // namespace detail

/// Writes a file so that it is there whole or not at all: into a temporary file beside it, forced to the disk, then
/// renamed over it, so that readers and other writers at the same time see whole files only. The parts follow each
/// other. Links are followed; an earlier file's mode stays, and its owner and group where that is allowed.
/// IoError, with the reason and the earlier file untouched, if that fails, or if the path leads to something else than
/// a file (a folder, a pipe, a device) or to a file that is read-only. The earlier file gets the name `keep`, if that
/// is not empty: there is always a whole file under one of the two names.
[[gnu::noinline]] inline void write_file(const std::filesystem::path& path, std::span<const std::string_view> parts,
                                         const std::filesystem::path& keep = {}) {
  detail::TemporaryFile file(detail::target_of(path));
  bool ok = file.is_open();
  for (const std::string_view part : parts) ok = ok && file.write(part);
  ok = ok && file.replace_target(keep.empty() ? keep : std::filesystem::path(file_name(keep)));
  check<IoError>(ok, path.string(), ": cannot be written: ", std::strerror(errno));
}
inline void write_file(const std::filesystem::path& path, std::string_view content) {
  write_file(path, std::span(&content, 1));
}

/// Removes from a folder what write_file() and StagedFiles began there and could not finish, because the program was
/// killed. What is being written, by whatever process, stays.
[[gnu::noinline]] inline void remove_unfinished(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> found;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (detail::is_temporary_name(entry->path().filename().string())) found.push_back(entry->path());
  for (const std::filesystem::path& path : found) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (file < 0) continue;
    if (::flock(file, LOCK_EX | LOCK_NB) == 0) std::filesystem::remove_all(path, error);
    ::close(file);
  }
}

/// A file to read from at any place, also from several threads at once. Names itself in every error, an IoError.
class InputFile {
 public:
  /// Opens it. IoError if that fails, or if it is no file: a folder, a pipe.
  [[gnu::cold]] explicit InputFile(const std::filesystem::path& path) : name_(file_name(path)) {
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

  const std::string& name() const { return name_; }  ///< its path
  std::uint64_t size() const { return size_; }       ///< in bytes, when it was opened

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
