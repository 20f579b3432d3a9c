#pragma once

#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "latent/core/parallel.hpp"
#include "latent/data/loader.hpp"

namespace latent::data {

namespace detail {

/// Batches of an epoch, fetched ahead by a thread of its own.
template <class Batch>
class Prefetcher {
 public:
  /// `fetch(number)` is called for first, .. last - 1, up to `ahead` before they are asked for.
  template <class F>
  Prefetcher(Index first, Index last, Index ahead, F fetch) : ahead_(static_cast<std::size_t>(ahead)) {
    if (first == last) return;
    try {
      thread_ = std::thread([this, first, last, fetch] {
        const WorksAlone alone;
        for (Index number = first; number < last && has_room(); ++number) {
          Fetched fetched;
          try {
            fetched.batch = fetch(number);
          } catch (...) {
            fetched.error = std::current_exception();
          }
          const std::lock_guard lock(mutex_);
          fetched_.push_back(std::move(fetched));
          changed_.notify_all();
        }
      });
    } catch (const std::system_error&) {  // no thread can be had
    }
  }
  ~Prefetcher() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// Whether its thread is there: not in a process that was forked meanwhile, where a lock may never be let go.
  bool works() const { return thread_.joinable() && process_ == ::getpid(); }
  bool was_forked() const { return process_ != ::getpid(); }

  /// The next batch, or what fetching it threw.
  Batch next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !fetched_.empty(); });
    Fetched fetched = std::move(fetched_.front());
    fetched_.pop_front();
    changed_.notify_all();
    if (fetched.error) std::rethrow_exception(fetched.error);
    return std::move(fetched.batch);
  }

 private:
  struct Fetched {
    Batch batch;
    std::exception_ptr error;
  };

  bool has_room() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || fetched_.size() < ahead_; });
    return !stopped_;
  }

  const pid_t process_ = ::getpid();
  std::size_t ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Fetched> fetched_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace detail

/// A Loader that has the next `prefetch` batches fetched by a thread of its own while one is worked on: the same
/// batches in the same order, and the same state in a checkpoint, which counts the batches that were given.
///
///     data::PrefetchLoader loader(train, {.batch_size = 64, .shuffle = true});
///     for (const auto& batch : loader) ..
///
/// The data set's gather() runs in that thread, on one processor, and must change nothing that others read. What it
/// throws comes when its batch is asked for. The thread ends with its iterator; where there is none, after a fork or
/// because the system has no more, batches are fetched when they are asked for, as with `prefetch` 0.
/// It pays where gathering waits for something, or takes a good part of a step while a processor is idle; a Loader,
/// whose gathering uses all processors, is as fast or faster where they are busy anyway.
template <class Dataset>
class PrefetchLoader {
 public:
  /// What gather gives.
  using Batch = typename Loader<Dataset>::Batch;

  /// ValueError as Loader, and for a negative number of batches.
  PrefetchLoader(const Dataset& dataset, const LoaderOptions& options, Index prefetch = 2)
      : loader_(dataset, options), prefetch_(prefetch) {
    check<ValueError>(prefetch >= 0, "PrefetchLoader: prefetch must be at least 0, got ", prefetch);
  }
  PrefetchLoader(Dataset&&, const LoaderOptions&, Index = 2) = delete;  // it would be gone

  Index size() const { return loader_.size(); }    ///< number of batches of an epoch
  Index epoch() const { return loader_.epoch(); }  ///< epochs begun so far
  /// The next epoch that begins is the one after so many.
  void set_epoch(Index epoch) { loader_.set_epoch(epoch); }

  /// Its state, that of a Loader: a checkpoint of one can be loaded into the other.
  template <class F>
  void visit(F&& f) {
    loader_.visit(f);
  }

  /// Behind the last batch.
  struct End {};
  /// Stands at a batch of an epoch.
  class Iterator {
   public:
    /// The batch, until the next one is taken.
    const Batch& operator*() const { return batch_; }
    /// Takes the next batch, or waits for it.
    Iterator& operator++() {
      ++number_;
      fetch();
      return *this;
    }
    /// Whether the epoch is over.
    bool operator==(End) const { return number_ == loader_->size(); }

   private:
    friend PrefetchLoader;
    using Start = typename Loader<Dataset>::Start;
    using Prefetcher = detail::Prefetcher<Batch>;
    struct Close {
      void operator()(Prefetcher* prefetcher) const {
        if (!prefetcher->was_forked()) delete prefetcher;  // else there is no thread to wait for
      }
    };

    Iterator(Loader<Dataset>& loader, Start start, Index prefetch)
        : loader_(&loader), start_(std::move(start)), number_(start_.first) {
      if (prefetch > 0)
        prefetcher_.reset(new Prefetcher(
            start_.first, loader.size(), prefetch,
            [loader_ = loader_, start = start_](Index number) { return loader_->batch(start, number); }));
      fetch();
    }
    void fetch() {
      if (!loader_->give(number_))
        prefetcher_.reset();
      else
        batch_ = prefetcher_ && prefetcher_->works() ? prefetcher_->next() : loader_->batch(start_, number_);
    }

    Loader<Dataset>* loader_;
    Start start_;
    Index number_;
    std::unique_ptr<Prefetcher, Close> prefetcher_;
    Batch batch_;
  };

  /// Begins an epoch, or goes on with the one that was loaded.
  Iterator begin() { return Iterator(loader_, loader_.start(), prefetch_); }
  End end() const { return {}; }  ///< for loops over all batches

 private:
  Loader<Dataset> loader_;
  Index prefetch_;
};

}  // namespace latent::data
