#pragma once

#include <bit>
#include <optional>

#include "latent/autograd/gradient_hook.hpp"
#include "latent/core/random.hpp"
#include "latent/distributed/check_same.hpp"
#include "latent/distributed/gradient_buckets.hpp"
#include "latent/distributed/shared_buffers.hpp"
#include "latent/nn/global_batch.hpp"
#include "latent/nn/training.hpp"

namespace latent::distributed {

/// ValueError for shards that are not a power of two from 1 to 65536, for buckets below 1 byte, for a number of ranks
/// that does not suit the method, for a negative microbatch, and for global_batch_norm with several shards in a process
/// or with a microbatch.
struct DataParallelOptions {
  Method method = Method::reproducible;  ///< of adding gradients
  Index shards = 8;                      ///< pieces of each batch, of all ranks together; reproducible only
  Index microbatch = 0;                  ///< rows of a shard that are computed at a time, at most; 0: all
  Index bucket_bytes = Index{1} << 18;   ///< gradients that are sent at once
  std::uint64_t seed = 0;                ///< of random numbers of training: dropout, noise
  bool global_batch_norm = false;        ///< BatchNorm has the statistics of the whole batch, not of a shard

  void check_values(Index ranks) const {
    const auto power_of_two = [](Index n) { return std::has_single_bit(static_cast<std::uint64_t>(n)); };
    check<ValueError>(bucket_bytes >= 1, "DataParallel: bucket_bytes must be at least 1, got ", bucket_bytes);
    check<ValueError>(microbatch >= 0, "DataParallel: microbatch must be at least 0, got ", microbatch);
    check<ValueError>(!global_batch_norm || microbatch == 0, "DataParallel: global_batch_norm needs microbatch 0, got ",
                      microbatch);
    if (method == Method::fast) return;
    check<ValueError>(shards >= 1 && shards <= 65536 && power_of_two(shards),
                      "DataParallel: shards must be a power of two from 1 to 65536, got ", shards);
    check<ValueError>(power_of_two(ranks) && ranks <= shards,
                      "DataParallel: reproducible needs a power of two of ranks, at most as many as shards, got ",
                      ranks, " ranks and ", shards, " shards");
    check<ValueError>(!global_batch_norm || ranks == shards,
                      "DataParallel: global_batch_norm needs one shard in each process, got ", ranks, " ranks and ",
                      shards, " shards");
  }
};

/// Training by several processes, each with a copy of the model: backward() gives the gradients of the mean loss over
/// the batch of all, the same in all, so that the optimizers of all make the same step.
///
///     distributed::DataParallel parallel(model, communicator, {.shards = 8});
///     distributed::DistributedLoader loader(mnist.train, communicator, {.batch_size = 512, .shuffle = true});
///     for (const auto& batch : loader) {
///       const float loss = parallel.backward(batch, [&](const auto& shard, Rng& rng) {
///         return mse_loss(model(Variable<float>(shard.images)), Variable<float>(shard.images));
///       });
///       optimizer.step();
///     }
///
/// A batch of n rows is cut into shards, n s / S to n (s + 1) / S, whose losses and gradients are weighted by their
/// rows. With Method::reproducible there are S of them, whatever the number of ranks, and all sums are binary trees
/// over the shards: 1, 2, 4 .. S processes, on any number of threads, have the same bits. With Method::fast each rank
/// has one. Random numbers are a function of seed, step and shard.
///
/// With `microbatch` forward and backward run for some rows of a shard at a time, as in backward_in_microbatches().
///
/// Gradients are sent in buckets, the last parameters first, as soon as the backward of the last shard of the process
/// is done with them (Li et al., "PyTorch Distributed: experiences on accelerating data parallel training", 2020).
///
/// Each shard begins with the buffers of the model, such as BatchNorm's running statistics, as they were before the
/// step; afterwards they are the mean over shards, by rows. BatchNorm takes the statistics of its shard, or, with
/// `global_batch_norm`, which needs one shard in each process, those of the whole batch.
template <Scalar T = float>
class DataParallel {
 public:
  /// Of parameters and buffers of a model in T, those of rank 0 come to all. Error in all processes if one of them has
  /// another model or other options (for those of the optimizer there is check_same); ValueError for options that do
  /// not suit. Communicator and model must outlive it.
  template <class Model>
  DataParallel(const Model& model, Communicator& communicator, const DataParallelOptions& options = {})
      : options_(options),
        communicator_(&communicator),
        shards_(options.method == Method::fast ? communicator.size() : options.shards),
        buffers_(model) {
    check_same(communicator, facts(model));
    options.check_values(communicator.size());
    const Index here = shards_ / communicator.size();
    gradients_.emplace(nn::parameters<T>(model), communicator, options.method, here, options.bucket_bytes, 2);
    numbers_.emplace(here, 1 + buffers_.size());
    nn::each_state(model, [&](const nn::ParameterName&, const auto& part) {
      communicator.broadcast(std::as_writable_bytes(part.writable()), 0);
    });
  }
  DataParallel(const DataParallel&) = delete;
  DataParallel& operator=(const DataParallel&) = delete;

  /// Steps so far.
  Index steps() const { return steps_; }
  /// Goes on from there.
  void set_steps(Index steps) { steps_ = steps; }

  /// Its state, for a checkpoint: the steps. The name has the number of shards, with which alone a run goes on to the
  /// same bits.
  template <class F>
  void visit(F&& f) {
    f(options_.method == Method::fast ? std::string("steps") : "steps_of_" + std::to_string(shards_) + "_shards",
      steps_, [this](Index steps) { steps_ = std::clamp<Index>(steps, 0, Index{1} << 40); });
  }

  /// Replaces the gradients of all parameters by those of the mean loss over n rows, which is the result:
  /// `loss(first, last, rng)` gives the mean over rows [first, last), one element, with random numbers of `rng`, and
  /// runs in training mode (nn::Training) with them. Called for the shards of this process that have rows.
  /// ValueError for n below 1, or below the number of ranks with global_batch_norm; ShapeError if a loss has another
  /// number of elements than one.
  template <class Loss>
  T backward(Index n, const Loss& loss) {
    const Index ranks = communicator_->size(), here = shards_ / ranks;
    check<ValueError>(n >= (options_.global_batch_norm ? ranks : 1), "DataParallel: a batch of ", n,
                      " rows, expected at least ", options_.global_batch_norm ? ranks : 1);
    buffers_.save();
    for (Index i = 0; i < here; ++i) shard(n, communicator_->rank() * here + i, i, i == here - 1, loss);
    {
      const Timed communication(communicated_), waiting(waited_);
      numbers_sum_.wait();
      gradients_->finish();
    }
    double* const sums = numbers_->present().data();
    buffers_.read(sums + 1, n);
    ++steps_;
    return static_cast<T>(sums[0] / static_cast<double>(n));
  }

  /// The same for a batch of a DistributedLoader: `loss(shard, rng)` is given what the data set has gathered of a
  /// shard.
  template <class Batch, class Loss>
  requires requires(const Batch& batch, Index row) { batch.gather(row, row); }
  T backward(const Batch& batch, const Loss& loss) {
    return backward(batch.size(),
                    [&](Index first, Index last, Rng& rng) { return loss(batch.gather(first, last), rng); });
  }

  /// Seconds that backward() has waited so far for what was not there yet when all was computed.
  double waited_seconds() const { return waited_; }
  /// Seconds that it has spent in all of communication: copying, adding and sending gradients, and waiting.
  double communication_seconds() const { return communicated_; }

 private:
  /// While one of these lives, time counts.
  class Timed {
   public:
    explicit Timed(double& seconds) : seconds_(seconds), begun_(latent::detail::clock_seconds()) {}
    ~Timed() { seconds_ += latent::detail::clock_seconds() - begun_; }
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

   private:
    double& seconds_;
    double begun_;
  };

  template <class Model>
  Facts facts(const Model& model) const {
    Facts result;
    add_facts(result, "shards", options_.shards);
    add_facts(result, "microbatch", options_.microbatch);
    add_facts(result, "seed", options_.seed);
    result.push_back(options_.method == Method::fast ? "method fast" : "method reproducible");
    add_facts(result, "bucket_bytes", options_.bucket_bytes);
    add_facts(result, "global_batch_norm", options_.global_batch_norm);
    nn::each_state(model, [&]<class Part>(const std::string& name, const Part& part) {
      if constexpr (latent::detail::is_variable<Part>)
        result.push_back(message("parameter ", name, " ", part.shape(), " of ", sizeof(part.value().data()[0]),
                                 " bytes", part.requires_grad() ? "" : ", frozen"));
      else
        result.push_back(message("buffer ", name, " ", part.shape()));
    });
    return result;
  }

  /// Shard `shard` of all, `number` of this process.
  template <class Loss>
  void shard(Index n, Index shard, Index number, bool last, const Loss& loss) {
    const Rows rows = piece_of(n, shard, shards_);
    gradients_->begin(number);
    if (number > 0) buffers_.restore();
    Rng rng(options_.seed, stream(shard));
    const nn::Training mode(rng);
    const nn::GlobalBatch batch{[](void* self, std::span<double> x) { static_cast<DataParallel*>(self)->sum(x); },
                                this};
    std::optional<nn::OverGlobalBatch> over;
    if (options_.global_batch_norm) over.emplace(batch);
    const Index size = options_.microbatch > 0 ? options_.microbatch : std::max<Index>(rows.size(), 1);
    const Index parts = (rows.size() + size - 1) / size;
    double losses = 0;  // of all rows
    std::optional<GradientHook<T>> hook;
    if (parts == 0) add_numbers(losses, rows, number, last);
    for (Index i = 0; i < parts; ++i) {
      const Rows part = piece_of(rows.size(), i, parts);
      const Variable<T> mean = loss(rows.first + part.first, rows.first + part.last, rng);
      check<ShapeError>(mean.numel() == 1, "DataParallel: a loss of shape ", mean.shape(),
                        ", expected one element, the mean over its rows");
      losses += static_cast<double>(part.size()) * static_cast<double>(mean.item());
      if (i == parts - 1) {  // its backward completes the gradients
        add_numbers(losses, rows, number, last);
        take_gradients(hook);
      }
      mean.backward(
          Tensor<T>::full(mean.shape(), static_cast<T>(static_cast<double>(part.size()) / static_cast<double>(n))));
    }
    const Timed communication(communicated_);
    gradients_->end();
  }

  /// Adds loss and buffers of a shard; those of the last one are sent while its gradients are computed.
  void add_numbers(double losses, const Rows& rows, Index number, bool last) {
    double* const numbers = numbers_->present().data();
    numbers[0] = losses;
    buffers_.write(numbers + 1, rows.size(), rows.first == 0 && rows.size() > 0);
    numbers_->add(number);
    if (!last) return;
    const Timed communication(communicated_);
    numbers_sum_.start(*communicator_, options_.method, 0, numbers_->present());
  }

  /// Makes a hook that takes gradients as soon as they are complete.
  void take_gradients(std::optional<GradientHook<T>>& hook) {
    hook.emplace(
        gradients_->parameters(),
        [this](Index i) {
          const Timed communication(communicated_);
          gradients_->ready(i);
        },
        [this] {
          const Timed communication(communicated_);
          gradients_->go_on();
        });
  }

  /// Of random numbers: none that a program would choose, a new one for each step and shard.
  std::uint64_t stream(Index shard) const {
    return std::uint64_t{1} << 63 | static_cast<std::uint64_t>(steps_) << 16 | static_cast<std::uint64_t>(shard);
  }

  /// Numbers of all ranks are added while they wait.
  void sum(std::span<double> numbers) {
    const Timed communication(communicated_), waiting(waited_);
    SumOverRanks<double> sum;
    Tensor<double> values({std::ssize(numbers)});
    std::ranges::copy(numbers, values.data());
    sum.start(*communicator_, options_.method, 1, values);
    sum.wait();
    std::ranges::copy(std::as_const(values).elements(), numbers.begin());
  }

  DataParallelOptions options_;
  Communicator* communicator_;
  Index shards_;
  SharedBuffers buffers_;
  std::optional<GradientBuckets<T>> gradients_;
  std::optional<SumOverShards<double>> numbers_;  // of each shard: the loss times its rows, and the buffers
  SumOverRanks<double> numbers_sum_;
  Index steps_ = 0;
  double waited_ = 0, communicated_ = 0;
};

}  // namespace latent::distributed
