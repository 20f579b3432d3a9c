#pragma once

#include <functional>
#include <latent/autograd/microbatches.hpp>
#include <latent/data/dataset.hpp>
#include <latent/data/loader.hpp>
#include <latent/distributed/data_parallel.hpp>
#include <latent/distributed/distributed_loader.hpp>
#include <latent/optim/adam.hpp>
#include <optional>

#include "study/training/patches.hpp"

/// Training, one step at a time.
namespace study {

using namespace latent;

struct TrainerOptions {
  Index batch = 64;
  Index microbatch = 512;  ///< images that are learned from at a time, whose gradients add up to those of the batch
  double lr = 1e-3;
  bool shuffle = true;
  bool drop_last = false;                             ///< leave out a last batch that is smaller
  std::uint64_t seed = 0;                             ///< of the order of images, and of patches
  Patches patches = {};                               ///< of the images, if it does not learn from whole ones
  distributed::Communicator* communicator = nullptr;  ///< of all that learn together; null: this process alone
  Index shards = 0;  ///< of a batch, for the same bits with any number of processes; 0: one of each process
};

/// What a step has learned from.
struct Step {
  double loss;
  Index images;
};

/// Endless training steps with Adam over a data set: whatever learns here, in programs, benchmarks and tests, does it
/// by them. After some to warm up a step takes nothing from the heap. Several processes, or one with shards, make them
/// by DataParallel, which has the loss draw its random numbers from nn::training().
template <Scalar T>
class Trainer {
 public:
  /// What is minimized, one element, given the next images [N, H, W, C].
  using Loss = std::function<Variable<T>(const Tensor<T>& images)>;

  /// ValueError if no batch can be made of the images, and as of DataParallel.
  Trainer(const optim::NamedParameters<T>& parameters, const data::ImageDataset& images, const TrainerOptions& options,
          Loss loss);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Its state, for a checkpoint; after loading, the next step is the one that would have come.
  template <class F>
  void visit(F&& f) {
    f("optimizer", optimizer_);
    if (together_)
      f("batches", together_->loader);
    else
      f("batches", loader_);
    f("steps", steps_, [this](Index steps) {
      steps_ = std::clamp<Index>(steps, 0, Index{1} << 40);
      batch_.reset();
      if (together_) together_->go_on(steps_);
    });
  }

  /// Steps so far.
  Index steps() const { return steps_; }

  /// Fetches a batch and learns from it; begins anew when there is none left.
  Step step();

  /// Steps in which each image is seen once, or as many patches of it as an epoch has.
  Index steps_per_epoch() const { return loader_.size(); }

 private:
  struct Images {  // in T
    data::ImageDataset set;
    Patches patches;
    std::uint64_t seed;
    Index size() const { return set.size() * patches.of_each; }
    data::ImageBatch<T> gather(std::span<const Index> numbers, Index epoch = 0) const {
      return patches.side > 0 ? random_patches<T>(set, patches.side, seed, numbers, epoch)
                              : set.template gather<T>(numbers);
    }
  };

  /// What learns with other processes, or in shards.
  struct Together {
    distributed::SingleProcess alone;
    distributed::DataParallel<T> parallel;
    distributed::DistributedLoader<Images> loader;
    std::optional<typename distributed::DistributedLoader<Images>::Iterator> batch = {};

    Together(const optim::NamedParameters<T>& parameters, const Images& images, const data::LoaderOptions& batches,
             const TrainerOptions& options)
        : parallel(ByName{parameters}, options.communicator ? *options.communicator : alone,
                   {.method = options.shards > 0 ? distributed::Method::reproducible : distributed::Method::fast,
                    .shards = std::max<Index>(options.shards, 1),
                    .microbatch = options.microbatch,
                    .seed = options.seed}),
          loader(images, options.communicator ? *options.communicator : alone, batches) {}

    void go_on(Index steps) {
      parallel.set_steps(steps);
      batch.reset();
    }
  };

  /// Parameters as a model.
  struct ByName {
    const optim::NamedParameters<T>& parameters;
    template <class F>
    void visit(F&& f) const {
      for (const auto& [name, parameter] : parameters) f(name, parameter);
    }
  };

  /// Goes on to the next batch of a loader.
  template <class Loader, class Iterator>
  static void advance(Loader& loader, std::optional<Iterator>& batch) {
    if (batch) ++*batch;
    while (!batch || *batch == typename Loader::End{})
      batch = loader.begin();  // what is left of an epoch may be nothing
  }

  Step learn_alone();
  Step learn_together();

  optim::Adam<T> optimizer_;
  Loss loss_;
  Index microbatch_;
  Images images_;
  data::LoaderOptions batches_;
  data::Loader<Images> loader_;
  std::optional<typename data::Loader<Images>::Iterator> batch_;  // the last one that was learned from
  std::optional<Together> together_;
  Index steps_ = 0;
};

template <Scalar T>
Trainer<T>::Trainer(const optim::NamedParameters<T>& parameters, const data::ImageDataset& images,
                    const TrainerOptions& options, Loss loss)
    : optimizer_(parameters, {.lr = options.lr}),
      loss_(std::move(loss)),
      microbatch_(options.microbatch),
      images_{images, options.patches, options.seed},
      batches_{.batch_size = options.batch,
               .shuffle = options.shuffle,
               .drop_last = options.drop_last,
               .seed = options.seed},
      loader_(images_, batches_) {
  check<ValueError>(loader_.size() > 0, "--batch: ", options.batch, " is more than the ", images.size(),
                    " training images");
  if (options.shards > 0 || (options.communicator && options.communicator->size() > 1))
    together_.emplace(parameters, images_, batches_, options);
}

template <Scalar T>
Step Trainer<T>::step() {
  const Step result = together_ ? learn_together() : learn_alone();
  optimizer_.step();
  ++steps_;
  return result;
}

template <Scalar T>
Step Trainer<T>::learn_alone() {
  advance(loader_, batch_);
  const Tensor<T>& images = (**batch_).images;
  optimizer_.zero_grad();
  const T loss = backward_in_microbatches(images.size(0), microbatch_,
                                          [&](Index first, Index last) { return loss_(images.rows(first, last)); });
  return {static_cast<double>(loss), images.size(0)};
}

template <Scalar T>
Step Trainer<T>::learn_together() {
  advance(together_->loader, together_->batch);
  const auto batch = **together_->batch;
  const T loss = together_->parallel.backward(batch, [&](const auto& shard, Rng&) { return loss_(shard.images); });
  return {static_cast<double>(loss), batch.size()};
}

extern template class Trainer<float>;  // in trainer.cpp

}  // namespace study
