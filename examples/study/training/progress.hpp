#pragma once

#include <chrono>
#include <latent/core/shape.hpp>
#include <string>

namespace study {

using latent::Index;

/// Seconds since it was made.
class Clock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The progress of all that a program has to do, of which one epoch of one model is a part.
struct Overall {
  double total = 0;  ///< work, in any unit that all parts share
  double done = 0;   ///< of the parts that are finished
  Clock clock = {};
  bool silent = false;  ///< say nothing at a terminal either

  /// " | all 12 %, 3 min 20 s left", with `more` work done within the present part; nothing if there is no total.
  std::string text(double more) const;
};

/// Rewrites one line on a terminal while an epoch goes on, cut to its width, and says nothing elsewhere. Without escape
/// sequences: what a shorter line leaves is overwritten by blanks, which every terminal can do.
class Progress {
 public:
  /// `before` are the seconds that an earlier run has spent on the epoch.
  Progress(std::string title, Index batches, double before = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// After so many batches and images; `work` is that of the whole epoch, a part of `overall`.
  void show(Index batch, Index images, double loss, const Overall& overall, double work);

  double elapsed() const { return before_ + clock_.seconds(); }

 private:
  void draw(const std::string& line);

  std::string title_;
  Index batches_;
  double before_;
  bool terminal_;
  bool drawn_ = false;
  std::size_t drawn_columns_ = 0;
  double drawn_at_ = 0;
  Clock clock_;
};

}  // namespace study
