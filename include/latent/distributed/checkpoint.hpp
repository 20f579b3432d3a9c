#pragma once

#include "latent/distributed/check_same.hpp"
#include "latent/io/checkpoint.hpp"

/// Checkpoints of runs of several processes: rank 0 writes them, all read them. They know nothing of the number of
/// processes, so another number may go on.
namespace latent::distributed {

namespace detail {

/// Calls f() in all processes. IoError in all of them if it throws an Error in one, with its text and rank.
template <class F>
void all_or_none(Communicator& communicator, F f) {
  std::string failure;
  bool failed = false;
  try {
    f();
  } catch (const Error& error) {
    failed = true;
    failure = error.what();
  }
  const std::vector<char> all = all_gather(communicator, static_cast<char>(failed));
  const auto first = std::ranges::find(all, char{1});
  if (first == all.end()) return;
  const Index rank = first - all.begin();
  fail<IoError>("rank ", rank, ": ", broadcast_text(communicator, failure, rank));
}

}  // namespace detail

/// Whether rank 0 finds a checkpoint, or one before it; the same answer in all processes.
inline bool has_checkpoint(Communicator& communicator, const std::filesystem::path& path) {
  return all_gather(communicator, static_cast<char>(io::has_checkpoint(path)))[0] != 0;
}

/// io::save_checkpoint in rank 0, while the others wait. IoError in all processes if that fails.
inline void save_checkpoint(Communicator& communicator, const std::filesystem::path& path,
                            std::initializer_list<io::CheckpointPart> parts,
                            const std::map<std::string, std::string>& metadata = {}) {
  detail::all_or_none(communicator, [&] {
    if (communicator.rank() == 0) io::save_checkpoint(path, parts, metadata);
  });
}

/// io::load_checkpoint in all processes, one after the other, for the first may rename a damaged one. IoError in all of
/// them if one cannot read it, ValueError if they have read different ones, as where they do not share a disk.
inline io::CheckpointReport load_checkpoint(Communicator& communicator, const std::filesystem::path& path,
                                            std::initializer_list<io::CheckpointPart> parts,
                                            const io::CheckpointCheck& check_it = {}) {
  io::CheckpointReport report;
  for (Index rank = 0; rank < communicator.size(); ++rank)
    detail::all_or_none(communicator, [&] {
      if (rank == communicator.rank()) report = io::load_checkpoint(path, parts, check_it);
    });
  check_same(communicator, {message("a checkpoint with checksum ", io::SafeTensorsFile(report.path).checksum())});
  return report;
}

}  // namespace latent::distributed
