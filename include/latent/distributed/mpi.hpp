#pragma once

// The bindings for C alone: those for C++ are gone from the standard, and take long to compile.
#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1  ///< of Open MPI
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1  ///< of MPICH
#endif
#include <mpi.h>

#include <exception>
#include <new>

#include "latent/distributed/communicator.hpp"

namespace latent::distributed {

/// The processes that mpirun has started. There is one object of this type in a program, in the thread that uses it,
/// and it begins MPI and ends it:
///
///     int main() {
///       return distributed::with_mpi([](distributed::Communicator& communicator) {
///         ..
///         return 0;
///       });
///     }
///
/// A process that ends by an error would leave the others waiting for it. So if it is destroyed by an exception, or
/// std::terminate is called while it lives, all processes end, and the rank is named.
class Mpi final : public Communicator {
 public:
  /// Begins MPI, which ends the program itself where it cannot.
  Mpi() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm of_node = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &of_node);
    MPI_Allreduce(&rank_, &node_, 1, MPI_INT, MPI_MIN, of_node);
    MPI_Comm_free(&of_node);
    alive() = this;
    before_ = std::set_terminate(&terminated);
  }
  ~Mpi() override {
    if (std::uncaught_exceptions() > exceptions_) abort("ended by an exception");
    std::set_terminate(before_);
    alive() = nullptr;
    MPI_Finalize();
  }
  Mpi(const Mpi&) = delete;
  Mpi& operator=(const Mpi&) = delete;

  Index rank() const override { return rank_; }
  Index size() const override { return size_; }
  Index node() const override { return node_; }

  void broadcast(std::span<std::byte> data, Index root) override {
    each_part(std::ssize(data), [&](Index first, int count) {
      MPI_Bcast(data.data() + first, count, MPI_BYTE, static_cast<int>(root), MPI_COMM_WORLD);
    });
  }

  void gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    const auto count = static_cast<int>(mine.size());
    MPI_Gather(mine.data(), count, MPI_BYTE, all.data(), count, MPI_BYTE, 0, MPI_COMM_WORLD);
  }

  void barrier() override { MPI_Barrier(MPI_COMM_WORLD); }

  Request start_all_reduce(std::span<float> data) override { return start_sum(data, MPI_FLOAT); }
  Request start_all_reduce(std::span<double> data) override { return start_sum(data, MPI_DOUBLE); }

  Request start_exchange(Index peer, Index tag, std::span<const std::byte> send,
                         std::span<std::byte> receive) override {
    const Request request = unused();
    const auto to = static_cast<int>(peer), number = static_cast<int>(tag);
    each_part(std::ssize(receive), [&](Index first, int count) {
      MPI_Irecv(receive.data() + first, count, MPI_BYTE, to, number, MPI_COMM_WORLD, &add(request));
    });
    each_part(std::ssize(send), [&](Index first, int count) {
      MPI_Isend(send.data() + first, count, MPI_BYTE, to, number, MPI_COMM_WORLD, &add(request));
    });
    return request;
  }

  bool finished(Request request) override {
    std::vector<MPI_Request>& parts = started_[request];
    int done = 1;
    MPI_Testall(static_cast<int>(parts.size()), parts.data(), &done, MPI_STATUSES_IGNORE);
    if (done) parts.clear();
    return done != 0;
  }

  void wait(Request request) override {
    std::vector<MPI_Request>& parts = started_[request];
    MPI_Waitall(static_cast<int>(parts.size()), parts.data(), MPI_STATUSES_IGNORE);
    parts.clear();
  }

  [[noreturn]] void abort(const std::string& message, int status = 1) override {
    std::fprintf(stderr, "rank %d: %s\n", rank_, message.c_str());
    std::fflush(stderr);
    MPI_Abort(MPI_COMM_WORLD, status);
    std::_Exit(status);
  }

 private:
  static constexpr Index largest_part = Index{1} << 29;  // of a message, whose elements MPI counts as int

  /// Calls f(first, count) for parts of n elements, at least once.
  template <class F>
  static void each_part(Index n, F f) {
    Index first = 0;
    do {
      const Index count = std::min(largest_part, n - first);
      f(first, static_cast<int>(count));
      first += count;
    } while (first < n);
  }

  template <class T>
  Request start_sum(std::span<T> data, MPI_Datatype type) {
    const Request request = unused();
    each_part(std::ssize(data), [&](Index first, int count) {
      MPI_Iallreduce(MPI_IN_PLACE, data.data() + first, count, type, MPI_SUM, MPI_COMM_WORLD, &add(request));
    });
    return request;
  }

  /// A request that nobody has.
  Request unused() {
    const auto found = std::ranges::find_if(started_, &std::vector<MPI_Request>::empty);
    if (found != started_.end()) return static_cast<Request>(found - started_.begin());
    started_.emplace_back();
    return started_.size() - 1;
  }
  MPI_Request& add(Request request) { return started_[request].emplace_back(MPI_REQUEST_NULL); }

  static Mpi*& alive() {
    static Mpi* value = nullptr;
    return value;
  }

  [[noreturn]] static void terminated() {
    std::string what = "ended by std::terminate";
    if (const std::exception_ptr error = std::current_exception()) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& exception) {
        what = exception.what();
      } catch (...) {
        what = "ended by an exception of unknown type";
      }
    }
    alive()->abort(what);
  }

  int rank_ = 0, size_ = 1, node_ = 0;
  int exceptions_ = std::uncaught_exceptions();
  std::terminate_handler before_ = nullptr;
  std::vector<std::vector<MPI_Request>> started_;  // by request, empty if it is nobody's; kept for their memory
};

/// What f(communicator) gives, in the processes that mpirun has started. An exception that it throws ends all of them,
/// with its text and the rank.
template <class F>
int with_mpi(F f) {
  Mpi communicator;
  try {
    return f(static_cast<Communicator&>(communicator));
  } catch (const std::exception& error) {
    communicator.abort(error.what());
  }
}

}  // namespace latent::distributed
