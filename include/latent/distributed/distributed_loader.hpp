#pragma once

#include <tuple>

#include "latent/data/loader.hpp"
#include "latent/distributed/check_same.hpp"

namespace latent::distributed {

/// A batch of all processes together. Each gathers its own rows of it alone.
template <class Dataset>
class DistributedBatch {
 public:
  /// Elements of these numbers, of which `mine` are the rows of this process.
  DistributedBatch(const Dataset& dataset, std::span<const Index> numbers, Index epoch, Rows mine)
      : dataset_(&dataset), numbers_(numbers), epoch_(epoch), mine_(mine) {}

  /// Rows of the whole batch.
  Index size() const { return std::ssize(numbers_); }
  /// Those of this process.
  Rows mine() const { return mine_; }
  /// Rows [first, last) of the whole batch.
  auto gather(Index first, Index last) const {
    return data::detail::gather(
        *dataset_, numbers_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)), epoch_);
  }

 private:
  const Dataset* dataset_;
  std::span<const Index> numbers_;
  Index epoch_;
  Rows mine_;
};

namespace detail {

/// A data set of the numbers of elements.
struct Numbers {
  struct Batch {
    std::span<const Index> numbers;
    Index epoch = 0;
  };
  Index count;
  Index size() const { return count; }
  Batch gather(std::span<const Index> numbers) const { return {numbers}; }
  Batch gather(std::span<const Index> numbers, Index epoch) const { return {numbers, epoch}; }
};

/// Of batches whose type is known: tensors, several of them, and images with labels.
template <class T>
std::uint64_t checksum_of_batch(const Tensor<T>& batch) {
  return checksum(batch);
}
template <class... Ts>
std::uint64_t checksum_of_batch(const std::tuple<Tensor<Ts>...>& batch) {
  std::uint64_t sum = 0;
  std::apply([&](const auto&... tensor) { ((sum = 31 * sum + checksum(tensor)), ...); }, batch);
  return sum;
}
template <class Batch>
std::uint64_t checksum_of_batch(const Batch& batch) {
  if constexpr (requires { batch.images.elements(), batch.labels.elements(); })
    return 31 * checksum(batch.images) + checksum(batch.labels);
  else
    return 0;
}

/// Its size, and a checksum of some of its elements.
template <class Dataset>
void add_dataset_facts(Facts& facts, const Dataset& dataset) {
  constexpr Index most = 64;
  std::vector<Index> some;
  for (Index i = 0; i < std::min(most, dataset.size()); ++i)
    some.push_back(dataset.size() * i / std::min(most, dataset.size()));
  facts.push_back(message("a data set of ", dataset.size(), " elements"));
  facts.push_back(message("a data set with checksum ",
                          checksum_of_batch(data::detail::gather(dataset, std::span<const Index>(some), 0))));
}

}  // namespace detail

/// Cuts a data set into the same batches as data::Loader, with the same options, for several processes:
///
///     distributed::DistributedLoader loader(mnist.train, communicator, {.batch_size = 64, .shuffle = true});
///     for (const auto& batch : loader) loss += parallel.backward(batch, ..);  // DataParallel
///
/// `batch_size` is that of all processes together, so that a run has the same batches with any number of them. Rank r
/// of P has rows n r / P to n (r + 1) / P of a batch of n rows, a last one that is smaller too; the share of a rank may
/// be empty there.
template <class Dataset>
class DistributedLoader {
 public:
  /// ValueError as of data::Loader, and in all processes if one of them has other options or another data set: its size
  /// and some of its elements are compared. The data set must outlive the loader, and so must the communicator.
  DistributedLoader(const Dataset& dataset, Communicator& communicator, const data::LoaderOptions& options)
      : dataset_(&dataset), communicator_(&communicator), numbers_{dataset.size()}, loader_(numbers_, options) {
    Facts facts;
    detail::add_dataset_facts(facts, dataset);
    add_facts(facts, "batch_size", options.batch_size);
    add_facts(facts, "shuffle", options.shuffle);
    add_facts(facts, "drop_last", options.drop_last);
    add_facts(facts, "the loader's seed", options.seed);
    check_same(communicator, facts);
  }
  DistributedLoader(Dataset&&, Communicator&, const data::LoaderOptions&) = delete;  // it would be gone
  DistributedLoader(const DistributedLoader&) = delete;
  DistributedLoader& operator=(const DistributedLoader&) = delete;

  /// Number of batches of an epoch.
  Index size() const { return loader_.size(); }

  /// Epochs begun so far.
  Index epoch() const { return loader_.epoch(); }
  /// Goes on from there.
  void set_epoch(Index epoch) { loader_.set_epoch(epoch); }

  /// Its state, for a checkpoint, which is that of data::Loader: any number of processes goes on from it.
  template <class F>
  void visit(F&& f) {
    loader_.visit(f);
  }

  /// What end() gives.
  using End = typename data::Loader<detail::Numbers>::End;
  /// Goes through the batches of an epoch.
  class Iterator {
   public:
    /// The batch.
    DistributedBatch<Dataset> operator*() const {
      const auto& [numbers, epoch] = *numbers_;
      const Communicator& communicator = *loader_->communicator_;
      return {*loader_->dataset_, numbers, epoch,
              piece_of(std::ssize(numbers), communicator.rank(), communicator.size())};
    }
    /// Goes on to the next one.
    Iterator& operator++() {
      ++numbers_;
      return *this;
    }
    /// Whether there are no more.
    bool operator==(End end) const { return numbers_ == end; }

   private:
    friend DistributedLoader;
    explicit Iterator(DistributedLoader& loader) : loader_(&loader), numbers_(loader.loader_.begin()) {}
    DistributedLoader* loader_;
    typename data::Loader<detail::Numbers>::Iterator numbers_;
  };

  /// Begins an epoch, or goes on with the one that was loaded.
  Iterator begin() { return Iterator(*this); }
  /// Behind the last batch.
  End end() const { return {}; }

 private:
  const Dataset* dataset_;
  Communicator* communicator_;
  detail::Numbers numbers_;
  data::Loader<detail::Numbers> loader_;
};

}  // namespace latent::distributed
