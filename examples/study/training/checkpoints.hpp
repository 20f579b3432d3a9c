#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <latent/distributed/checkpoint.hpp>
#include <map>
#include <span>
#include <string>

#include "study/training/interrupts.hpp"
#include "study/training/interval.hpp"
#include "study/training/progress.hpp"

/// Checkpoints of a training, and going on from them.
namespace study {

using namespace latent;

/// CRC-32: the options of two runs tell by it whether they learn from the same images.
std::uint32_t checksum(std::span<const std::byte> bytes);

/// The checkpoint of a run, `checkpoint.safetensors` in its folder. A run that trains several models in turn is in the
/// stage 0, 1, ..; others are in stage 0 all the time. Where several processes learn together, which all have the same
/// state, rank 0 alone writes, and is alone asked to stop; all read.
class Checkpoints {
 public:
  using Parts = std::initializer_list<io::CheckpointPart>;

  /// `options` is all that the results follow from. An entry is set by the option of the same name, as "batch" is by
  /// --batch, or by the one in `set_by`. `communicator` is null where there is one process.
  Checkpoints(const std::filesystem::path& folder, const nlohmann::json& options,
              std::map<std::string, std::string> set_by, Interval interval,
              distributed::Communicator* communicator = nullptr);

  /// Goes on from a checkpoint, and returns true, if there is one. ValueError, which names them, if the options were
  /// others; IoError if neither the last one nor the one before is whole.
  bool resume(Parts parts);
  /// Of one of so many stages; begin(stage) makes the parts of a stage before they are read, and does so again if the
  /// checkpoint before is taken.
  bool resume(Parts parts, Index stages, const std::function<void(Index stage)>& begin);

  /// Writes a checkpoint if it is due. That the disk is full, for example, is said, and training goes on. Interrupted,
  /// after it has been written, if a signal asks to stop.
  void offer(Parts parts, Index stage = 0);
  /// The same after a step, which counts for the interval.
  void after_step(Parts parts, Index stage = 0);

 private:
  void check_options(const std::string& saved) const;
  bool several() const { return communicator_ && communicator_->size() > 1; }

  std::filesystem::path path_;
  std::string options_;  // JSON
  std::map<std::string, std::string> set_by_;
  Interval interval_;
  distributed::Communicator* communicator_;
  Interrupts interrupts_;
  Index steps_ = 0;  // since the last one, or the beginning
  Clock clock_;      // likewise
};

}  // namespace study
