#pragma once

#include <algorithm>
#include <span>
#include <utility>

#include "latent/core/random.hpp"

namespace latent::data {

namespace detail {
/// Elements of a data set, which is told the epoch, counted from 0, if it wants to know: as one that changes its
/// elements at random does.
template <class Dataset>
auto gather(const Dataset& dataset, std::span<const Index> numbers, [[maybe_unused]] Index epoch) {
  if constexpr (requires { dataset.gather(numbers, epoch); })
    return dataset.gather(numbers, epoch);
  else
    return dataset.gather(numbers);
}
}  // namespace detail

template <class Dataset>
class PrefetchLoader;

/// ValueError for a batch size below 1.
struct LoaderOptions {
  Index batch_size = 64;   ///< of all batches but a smaller last one
  bool shuffle = false;    ///< in a new order each epoch, else as they stand
  bool drop_last = false;  ///< leave out a last batch that is smaller
  std::uint64_t seed = 0;  ///< of the order
};

/// Cuts a data set into batches, in a new random order each time it is gone through if it shuffles:
///
///     data::Loader loader(mnist.train, {.batch_size = 64, .shuffle = true});
///     for (const auto& batch : loader) ..
///
/// A data set is anything with `Index size() const` and `gather(std::span<const Index> numbers) const`, which gives the
/// batch of the elements of these numbers, [0, size()), in this order: any type, the one that the loop then has; or
/// `gather(numbers, epoch)`, if its elements change from epoch to epoch. The data set must outlive the loader. The
/// order of epoch e depends on the seed and e alone. Several iterators of a loader are each in an epoch of their own.
template <class Dataset>
class Loader {
 public:
  using Batch = decltype(std::declval<const Dataset&>().gather(std::span<const Index>()));

  /// ValueError for a batch size below 1 or an empty data set.
  [[gnu::cold]] Loader(const Dataset& dataset, const LoaderOptions& options) : dataset_(&dataset), options_(options) {
    check<ValueError>(options.batch_size >= 1, "Loader: batch_size must be at least 1, got ", options.batch_size);
    check<ValueError>(dataset.size() >= 1, "Loader: the data set is empty");
  }
  Loader(Dataset&&, const LoaderOptions&) = delete;  // it would be gone

  /// Number of batches of an epoch.
  Index size() const {
    const Index n = dataset_->size(), full = n / options_.batch_size;
    return full + (!options_.drop_last && n % options_.batch_size != 0);
  }

  /// Epochs begun so far; set it to go on from there.
  Index epoch() const { return epoch_; }
  void set_epoch(Index epoch) {
    epoch_ = epoch;
    goes_on_ = false;
  }

  /// Its state, for a checkpoint: the epochs begun, and the batches that the present one has given. After loading, the
  /// next epoch that is begun is the rest of that one. (A damaged count is cut to one that can go on.)
  template <class F>
  void visit(F&& f) {
    f("epoch", epoch_, [this](Index epoch) { epoch_ = std::clamp<Index>(epoch, 0, Index{1} << 40); });
    f("position", position_, [this](Index position) {
      position_ = position;
      goes_on_ = epoch_ > 0;
    });
  }

  /// Behind the last batch.
  struct End {};
  class Iterator {
   public:
    const Batch& operator*() const { return batch_; }
    Iterator& operator++() {
      ++number_;
      fetch();
      return *this;
    }
    bool operator==(End) const { return number_ == loader_->size(); }

   private:
    friend Loader;
    struct Start {
      Tensor<Index> order;
      Index epoch, first;
    };
    Iterator(Loader& loader, Start start) : loader_(&loader), start_(std::move(start)), number_(start_.first) {
      fetch();
    }
    void fetch() {
      if (loader_->give(number_)) batch_ = loader_->batch(start_, number_);
    }

    Loader* loader_;
    Start start_;
    Index number_;
    Batch batch_;
  };

  /// Begins an epoch, or goes on with the one that was loaded.
  Iterator begin() { return Iterator(*this, start()); }
  End end() const { return {}; }

 private:
  friend PrefetchLoader<Dataset>;
  using Start = typename Iterator::Start;

  Start start() {
    const bool goes_on = std::exchange(goes_on_, false);
    if (!goes_on) ++epoch_;
    return {order_of_epoch(), epoch_ - 1, goes_on ? std::clamp<Index>(position_, 0, size()) : 0};
  }

  /// Counts a batch as given; false if there are no more.
  bool give(Index number) {
    position_ = std::min(number + 1, size());
    return number < size();
  }

  Batch batch(const Start& start, Index number) const {
    const Index first = number * options_.batch_size, count = std::min(options_.batch_size, dataset_->size() - first);
    return detail::gather(
        *dataset_, start.order.elements().subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
        start.epoch);
  }

  /// The numbers of the elements of an epoch in its order, of the pool's memory.
  [[gnu::noinline]] Tensor<Index> order_of_epoch() {
    if (order_.defined()) return order_;
    auto order = Tensor<Index>::uninitialized({dataset_->size()});
    if (options_.shuffle) {
      Rng(options_.seed, static_cast<std::uint64_t>(epoch_ - 1)).permutation(order.elements());
    } else {
      Index next = 0;
      for (Index& number : order.elements()) number = next++;
      order_ = order;
    }
    return order;
  }

  const Dataset* dataset_;
  LoaderOptions options_;
  Index epoch_ = 0, position_ = 0;
  bool goes_on_ = false;  // the next epoch that is begun is the rest of one that was loaded
  Tensor<Index> order_;   // that of all epochs, without shuffling
};

}  // namespace latent::data
