#pragma once

#include <filesystem>
#include <initializer_list>
#include <latent/io/checkpoint.hpp>
#include <string>

#include "study/training/interrupts.hpp"
#include "study/training/interval.hpp"
#include "study/training/progress.hpp"

/// Checkpoints of a training, and going on from them.
namespace study {

using namespace latent;

/// The checkpoint of one model, `checkpoint.safetensors` in its folder.
class Checkpoints {
 public:
  using Parts = std::initializer_list<io::CheckpointPart>;

  /// `options` is all that the weights follow from.
  Checkpoints(const std::filesystem::path& folder, nlohmann::json options, Interval interval);

  /// Goes on from a checkpoint, and returns true, if there is one. ValueError, which names them, if the options were
  /// others; IoError if neither the last one nor the one before is whole.
  bool resume(Parts parts);

  /// Writes a checkpoint if it is due after so many steps in all. That the disk is full, for example, is said, and
  /// training goes on. Interrupted, after it has been written, if a signal asks to stop.
  void offer(Parts parts, Index steps);

 private:
  std::filesystem::path path_;
  nlohmann::json options_;
  Interval interval_;
  Interrupts interrupts_;
  Index steps_ = -1;  // of the last one, or of the beginning; -1 before that
  Clock clock_;       // since then
};

}  // namespace study
