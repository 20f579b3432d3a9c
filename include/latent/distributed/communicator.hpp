#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "latent/core/check.hpp"
#include "latent/core/shape.hpp"

/// Training by several processes, each with its share of every batch.
namespace latent::distributed {

/// Processes that work together, their number being `size()` and that of each its `rank()`, [0, size). All of them make
/// the same calls in the same order, but for those of exchange, which pairs of them make. `Mpi` (distributed/mpi.hpp)
/// is one of processes, SingleProcess one of a single process, for which the same program needs no MPI.
class Communicator {
 public:
  /// What was started and is not finished yet. A number, which is used again after that.
  using Request = std::size_t;

  virtual ~Communicator() = default;
  /// Number of this process.
  virtual Index rank() const = 0;
  /// Number of processes.
  virtual Index size() const = 0;
  /// The lowest rank of those on the same machine.
  virtual Index node() const = 0;

  /// The bytes of `root` come to all.
  virtual void broadcast(std::span<std::byte> data, Index root) = 0;
  /// The bytes of all, as many from each, come to rank 0 in the order of ranks; `all` is empty elsewhere.
  virtual void gather(std::span<const std::byte> mine, std::span<std::byte> all) = 0;
  /// Returns when all have called it.
  virtual void barrier() = 0;

  /// Starts to replace each number by the sum of the numbers of all ranks, added in any order.
  virtual Request start_all_reduce(std::span<float> data) = 0;
  virtual Request start_all_reduce(std::span<double> data) = 0;
  /// Starts to send bytes to `peer` and to receive as many of its. What both give the same tag belongs together, for as
  /// long as it is not finished.
  virtual Request start_exchange(Index peer, Index tag, std::span<const std::byte> send,
                                 std::span<std::byte> receive) = 0;
  /// Whether what was started is finished, and the request with it. Goes on with it, as with all others.
  virtual bool finished(Request request) = 0;
  /// Returns when it is finished, and the request with it.
  virtual void wait(Request request) = 0;

  /// Ends all processes with "rank 3: message" on the standard error stream, and an exit status that is not 0.
  [[noreturn]] virtual void abort(const std::string& message, int status = 1) = 0;
};

/// A communicator of one process.
class SingleProcess final : public Communicator {
 public:
  Index rank() const override { return 0; }
  Index size() const override { return 1; }
  Index node() const override { return 0; }
  void broadcast(std::span<std::byte>, Index) override {}
  void gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    std::ranges::copy(mine, all.begin());
  }
  void barrier() override {}
  Request start_all_reduce(std::span<float>) override { return 0; }
  Request start_all_reduce(std::span<double>) override { return 0; }
  Request start_exchange(Index, Index, std::span<const std::byte> send, std::span<std::byte> receive) override {
    std::ranges::copy(send, receive.begin());
    return 0;
  }
  bool finished(Request) override { return true; }
  void wait(Request) override {}
  [[noreturn]] void abort(const std::string& message, int status = 1) override {
    std::fprintf(stderr, "rank 0: %s\n", message.c_str());
    std::_Exit(status);
  }
};

/// A number of each rank, known to all.
template <class T>
requires std::is_trivially_copyable_v<T> std::vector<T> all_gather(Communicator& communicator, const T& mine) {
  std::vector<T> all(static_cast<std::size_t>(communicator.size()));
  communicator.gather(std::as_bytes(std::span(&mine, 1)),
                      communicator.rank() == 0 ? std::as_writable_bytes(std::span(all)) : std::span<std::byte>());
  communicator.broadcast(std::as_writable_bytes(std::span(all)), 0);
  return all;
}

/// The text of `root`, known to all.
inline std::string broadcast_text(Communicator& communicator, std::string text, Index root) {
  std::size_t length = text.size();
  communicator.broadcast(std::as_writable_bytes(std::span(&length, 1)), root);
  text.resize(length);
  communicator.broadcast(std::as_writable_bytes(std::span(text)), root);
  return text;
}

/// Rows of a batch of n, or what stands for some of them.
struct Rows {
  Index first, last;  ///< [first, last)

  /// How many.
  constexpr Index size() const { return last - first; }
  constexpr bool operator==(const Rows&) const = default;  ///< the same rows
};

/// Piece i of n rows that are cut into `pieces`, all equally large or nearly so; empty ones if there are fewer rows.
/// Where `pieces` is a multiple of the number of ranks, the pieces of a rank are together what it has of as many.
constexpr Rows piece_of(Index n, Index i, Index pieces) { return {n * i / pieces, n * (i + 1) / pieces}; }

}  // namespace latent::distributed
