#pragma once

#include "latent/core/tensor.hpp"
#include "latent/distributed/communicator.hpp"
#include "latent/kernels/elementwise.hpp"

namespace latent::distributed {

/// How numbers of several processes are added.
enum class Method {
  fast,         ///< by MPI_Iallreduce, in its order, which in known MPIs gives all the same; any number of ranks
  reproducible  ///< in one binary tree, whatever the number of ranks, which is a power of two
};

/// Numbers of all ranks on their way to becoming their sum. While it is under way, calls of finished() go on with it.
///
/// Method::reproducible is recursive doubling: in round k = 0, 1, .. rank r exchanges what it has with rank r xor 2^k
/// and both add. Since a + b and b + a have the same bits, each rank has the sum of a binary tree whose leaves are the
/// ranks in order.
template <Scalar T>
class SumOverRanks {
 public:
  /// Starts to replace values by the sums; nobody else uses the tensor until it is finished, and then it may have other
  /// memory than before. `tag` is the same on all ranks, and that of no other sum that is under way.
  void start(Communicator& communicator, Method method, Index tag, Tensor<T>& values) {
    communicator_ = &communicator;
    tag_ = tag;
    values_ = &values;
    distance_ = method == Method::reproducible ? 1 : communicator.size();
    if (method == Method::reproducible)
      exchange();
    else if (communicator.size() > 1)
      request_ = communicator.start_all_reduce(values.elements()), under_way_ = true;
  }

  /// Whether the values are the sums.
  bool finished() {
    while (under_way_) {
      if (!communicator_->finished(request_)) return false;
      next_round();
    }
    return true;
  }

  /// Returns when they are.
  void wait() {
    while (under_way_) {
      communicator_->wait(request_);
      next_round();
    }
  }

 private:
  void exchange() {
    under_way_ = distance_ < communicator_->size();
    if (!under_way_) return;
    if (received_.shape() != values_->shape()) received_ = Tensor<T>::uninitialized(values_->shape());
    request_ = communicator_->start_exchange(communicator_->rank() ^ distance_, tag_,
                                             std::as_bytes(std::as_const(*values_).elements()),
                                             std::as_writable_bytes(received_.elements()));
  }

  void next_round() {
    under_way_ = false;
    if (distance_ >= communicator_->size()) return;
    // Into what was received: the other process has just read the values, and would have to give up its cache lines.
    kernels::copy(values_->numel(), std::as_const(*values_).data(), received_.data(), kernels::WriteMode::accumulate);
    values_->swap(received_);
    distance_ *= 2;
    exchange();
  }

  Communicator* communicator_ = nullptr;
  Index tag_ = 0, distance_ = 0;  // to the peer; the number of ranks where there is none
  Tensor<T>* values_ = nullptr;
  Tensor<T> received_;
  Communicator::Request request_ = 0;
  bool under_way_ = false;
};

/// The sum of what shards 0, 1, .. count - 1 give one after the other, count being a power of two, in a binary tree
/// whose leaves are the shards in order: ((0 + 1) + (2 + 3)) + .. Like the carries of a binary counter, so that no more
/// than log2(count) + 1 arrays are there at once.
template <Scalar T>
class SumOverShards {
 public:
  /// Of `count` shards with `n` numbers each.
  SumOverShards(Index count, Index n) : count_(count), present_(Shape{n}) {}

  /// Where the next shard writes its numbers, all of them, and where the sum is in the end.
  Tensor<T>& present() { return present_; }

  /// Adds those of `shard`, [0, count).
  void add(Index shard) {
    std::size_t level = 0;
    for (; (shard >> level) % 2 != 0; ++level)
      kernels::copy(present_.numel(), std::as_const(waiting_[level]).data(), present_.data(),
                    kernels::WriteMode::accumulate);
    if (shard == count_ - 1) return;
    if (level == waiting_.size()) waiting_.emplace_back(present_.shape());
    waiting_[level].swap(present_);
  }

 private:
  Index count_;
  Tensor<T> present_;
  std::vector<Tensor<T>> waiting_;  // sums of 1, 2, 4, .. shards
};

}  // namespace latent::distributed
