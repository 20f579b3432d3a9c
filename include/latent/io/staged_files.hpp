#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "latent/io/file.hpp"

namespace latent::io {

/// New files of a folder that belong together. They are written into a hidden folder within it, and take their places
/// when all are there: nothing earlier goes before the new is safe on the disk.
///
///     io::StagedFiles files("results");
///     io::save_state_dict(files / "model.safetensors", model);
///     io::write_file(files / "metrics.json", text);
///     files.publish({"metrics.json"});
class StagedFiles {
 public:
  /// IoError if nothing can be written to `folder`.
  explicit StagedFiles(std::filesystem::path folder) : folder_(std::move(folder)) {
    const std::string name = file_name(folder_);
    while (true) {
      staged_ = detail::temporary_name(folder_);
      if (::mkdir(staged_.c_str(), 0777) == 0) {
        lock_ = ::open(staged_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lock_ >= 0 && detail::lock_new(lock_)) return;
        if (lock_ >= 0) ::close(lock_);
        if (lock_ >= 0 || errno == ENOENT) continue;  // remove_unfinished() found it before it was locked
      }
      check<IoError>(errno == EEXIST, name, ": cannot be written to: ", std::strerror(errno));
    }
  }
  /// Removes what was not published.
  ~StagedFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(staged_, ignored);
    ::close(lock_);
  }
  StagedFiles(const StagedFiles&) = delete;
  StagedFiles& operator=(const StagedFiles&) = delete;

  /// Where to write a file that is to have this name in the folder.
  std::filesystem::path operator/(const std::string& name) const { return staged_ / name; }

  /// The hidden folder.
  const std::filesystem::path& path() const { return staged_; }

  /// Puts all files into their places, as write_file() would. Those named `last` tell of the others: earlier ones are
  /// removed before the first file takes its place, and new ones, if there are any, come at the end.
  /// IoError, with all earlier files untouched, if one of them could not be replaced.
  void publish(const std::vector<std::string>& last = {}) {
    std::vector<Move> moves;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(staged_, error), end; !error && entry != end; entry.increment(error))
      if (const std::string name = entry->path().filename().string(); std::ranges::find(last, name) == last.end())
        moves.push_back({entry->path(), detail::target_of(folder_ / name), nullptr});
    check<IoError>(!error, staged_.string(), ": cannot be read: ", error.message());
    const std::ptrdiff_t others = std::ssize(moves);
    for (const std::string& name : last) moves.push_back({staged_ / name, detail::target_of(folder_ / name), nullptr});
    for (Move& move : moves) copy_to_other_disk(move);
    for (auto move = moves.begin() + others; move != moves.end(); ++move)
      explain(!move->to.exists || ::unlink(move->to.path.c_str()) == 0, move->to.path);
    detail::sync_folder(folder_);
    for (auto move = moves.begin(); move != moves.end(); ++move) {
      if (move - moves.begin() == others) detail::sync_folder(folder_);
      if (std::filesystem::exists(move->from, error)) put(*move);
    }
    detail::sync_folder(folder_);
  }

 private:
  struct Move {
    std::filesystem::path from;
    detail::Target to;
    std::unique_ptr<detail::TemporaryFile> copy;  ///< beside its target, if a link leads to another disk
  };

  /// Before anything earlier goes: that disk may be full.
  static void copy_to_other_disk(Move& move) {
    const std::string probe = detail::temporary_name(move.to.folder());
    const bool same_disk = ::link(move.from.c_str(), probe.c_str()) == 0;
    if (same_disk) ::unlink(probe.c_str());
    if (same_disk || errno != EXDEV) return;
    const InputFile file(move.from);
    std::string content(file.size(), '\0');
    file.read(0, std::as_writable_bytes(std::span(content)));
    move.copy = std::make_unique<detail::TemporaryFile>(move.to);
    explain(move.copy->is_open() && move.copy->write(content) && move.copy->sync(), move.to.path);
  }

  static void explain(bool ok, const std::filesystem::path& path) {
    check<IoError>(ok, path.string(), ": cannot be written: ", std::strerror(errno));
  }

  static void put(const Move& move) {
    if (move.copy) return explain(move.copy->replace_target(), move.to.path);
    if (move.to.exists) {
      const int file = ::open(move.from.c_str(), O_RDONLY | O_CLOEXEC);
      const bool kept = file >= 0 && detail::keep_mode(file, move.to.earlier);
      if (file >= 0) ::close(file);
      explain(kept, move.to.path);
    }
    explain(::rename(move.from.c_str(), move.to.path.c_str()) == 0, move.to.path);
  }

  std::filesystem::path folder_, staged_;
  int lock_ = -1;
};

}  // namespace latent::io
