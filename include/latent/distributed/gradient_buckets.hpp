#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/distributed/sum_over_ranks.hpp"

namespace latent::distributed {

/// Gradients of a model on their way from the shards of a process to the sum over all shards of all processes, in
/// buckets: some parameters one behind the other, in the reverse of their order, as backward() is done with them. A
/// bucket is sent as soon as the last shard of this process has given its part of it. All ranks begin the same buckets
/// in the same order.
template <Scalar T>
class GradientBuckets {
 public:
  /// `shards` are those of this process, whose gradients come one after the other; tags are `first_tag` and those
  /// behind it. A bucket has at most `bucket_bytes`, or one parameter.
  GradientBuckets(std::vector<Variable<T>> parameters, Communicator& communicator, Method method, Index shards,
                  Index bucket_bytes, Index first_tag)
      : parameters_(std::move(parameters)),
        communicator_(&communicator),
        method_(method),
        shards_(shards),
        first_tag_(first_tag),
        bucket_of_(parameters_.size()) {
    std::vector<Part> parts;
    Index elements = 0;
    const auto close = [&] {  // behind the gradients one number for each parameter: how many shards have any
      if (!parts.empty()) buckets_.emplace_back(std::move(parts), elements, shards_);
      parts.clear();
      elements = 0;
    };
    for (std::size_t i = parameters_.size(); i-- > 0;) {
      const Index n = (parameters_[i].numel() + of_line - 1) / of_line * of_line;
      if ((elements + n) * Index{sizeof(T)} > bucket_bytes) close();
      parts.push_back({i, elements});
      elements += n;
      bucket_of_[i] = buckets_.size();
    }
    close();
  }

  /// In the order in which they were given.
  std::span<const Variable<T>> parameters() const { return parameters_; }
  /// Of all buckets.
  Index size() const { return std::ssize(buckets_); }

  /// Before backward() of the shard of this number, [0, shards): there are no gradients.
  void begin(Index shard) {
    shard_ = shard;
    next_ = 0;
    for (const Variable<T>& parameter : parameters_) parameter.zero_grad();
    for (Bucket& bucket : buckets_) bucket.missing = std::ssize(bucket.parts);
  }

  /// The gradient of parameter i of this shard is complete.
  void ready(Index i) {
    --buckets_[bucket_of_[static_cast<std::size_t>(i)]].missing;
    while (next_ < buckets_.size() && buckets_[next_].missing == 0) take(buckets_[next_]);
  }

  /// All gradients of this shard are complete.
  void end() {
    while (next_ < buckets_.size()) take(buckets_[next_]);
  }

  /// Goes on with what is under way.
  void go_on() {
    if (shard_ != shards_ - 1) return;
    for (std::size_t i = 0; i < next_; ++i) buckets_[i].sum.finished();
  }

  /// Waits for all buckets, and gives each parameter its gradient; none to those that no shard has given any.
  void finish() {
    for (Bucket& bucket : buckets_) {
      bucket.sum.wait();
      const Tensor<T>& sums = bucket.gradients.present();
      for (std::size_t i = 0; i < bucket.parts.size(); ++i) {
        const auto [number, first] = bucket.parts[i];
        const Variable<T>& parameter = parameters_[number];
        if (sums.data()[bucket.elements + static_cast<Index>(i)] > 0)
          parameter.set_grad(sums.rows(first, first + parameter.numel()).reshape(parameter.shape()));
      }
    }
  }

 private:
  static constexpr Index of_line = memory::alignment / sizeof(T);  // elements of a cache line, at which gradients begin

  struct Part {
    std::size_t parameter;
    Index first;
  };
  struct Bucket {
    Bucket(std::vector<Part> p, Index n, Index shards)
        : parts(std::move(p)), elements(n), gradients(shards, n + std::ssize(parts)) {}
    std::vector<Part> parts;
    Index elements;  ///< without the numbers behind them
    SumOverShards<T> gradients;
    SumOverRanks<T> sum = {};
    Index missing = 0;  ///< parameters whose gradient is not complete
  };

  void take(Bucket& bucket) {
    T* const to = bucket.gradients.present().data();
    T* any = to + bucket.elements;
    for (const Part& part : bucket.parts) {
      const Variable<T>& parameter = parameters_[part.parameter];
      const Tensor<T>& gradient = parameter.grad();
      *any++ = gradient.defined() ? T(1) : T(0);
      if (gradient.defined())
        kernels::copy(parameter.numel(), gradient.data(), to + part.first, kernels::WriteMode::overwrite);
      else
        std::fill_n(to + part.first, parameter.numel(), T(0));
      parameter.zero_grad();
    }
    bucket.gradients.add(shard_);
    if (shard_ == shards_ - 1)
      bucket.sum.start(*communicator_, method_, first_tag_ + static_cast<Index>(next_), bucket.gradients.present());
    ++next_;
  }

  std::vector<Variable<T>> parameters_;
  Communicator* communicator_;
  Method method_;
  Index shards_, first_tag_, shard_ = 0;
  std::vector<std::size_t> bucket_of_;  // of each parameter
  std::vector<Bucket> buckets_;
  std::size_t next_ = 0;  // bucket to be taken
};

}  // namespace latent::distributed
