#pragma once

#include <functional>
#include <latent/autograd/microbatches.hpp>
#include <latent/data/dataset.hpp>
#include <latent/data/loader.hpp>
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
  bool drop_last = false;  ///< leave out a last batch that is smaller
  std::uint64_t seed = 0;  ///< of the order of images, and of patches
  Patches patches = {};    ///< of the images, if it does not learn from whole ones
};

/// What a step has learned from.
struct Step {
  double loss;
  Index images;
};

/// Endless training steps with Adam over a data set: whatever learns here, in programs, benchmarks and tests, does it
/// by them. After some to warm up a step takes nothing from the heap.
template <Scalar T>
class Trainer {
 public:
  /// What is minimized, one element, given the next images [N, H, W, C].
  using Loss = std::function<Variable<T>(const Tensor<T>& images)>;

  /// ValueError if no batch can be made of the images.
  Trainer(const optim::NamedParameters<T>& parameters, const data::ImageDataset& images, const TrainerOptions& options,
          Loss loss);
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Its state, for a checkpoint; after loading, the next step is the one that would have come.
  template <class F>
  void visit(F&& f) {
    f("optimizer", optimizer_), f("batches", loader_);
    f("steps", steps_, [this](Index steps) {
      steps_ = std::clamp<Index>(steps, 0, Index{1} << 40);
      batch_.reset();
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

  optim::Adam<T> optimizer_;
  Loss loss_;
  Index microbatch_;
  Images images_;
  data::Loader<Images> loader_;
  std::optional<typename data::Loader<Images>::Iterator> batch_;  // the last one that was learned from
  Index steps_ = 0;
};

template <Scalar T>
Trainer<T>::Trainer(const optim::NamedParameters<T>& parameters, const data::ImageDataset& images,
                    const TrainerOptions& options, Loss loss)
    : optimizer_(parameters, {.lr = options.lr}),
      loss_(std::move(loss)),
      microbatch_(options.microbatch),
      images_{images, options.patches, options.seed},
      loader_(images_, {.batch_size = options.batch,
                        .shuffle = options.shuffle,
                        .drop_last = options.drop_last,
                        .seed = options.seed}) {
  check<ValueError>(loader_.size() > 0, "--batch: ", options.batch, " is more than the ", images.size(),
                    " training images");
}

template <Scalar T>
Step Trainer<T>::step() {
  if (batch_) ++*batch_;
  while (!batch_ || *batch_ == typename data::Loader<Images>::End{})  // what is left of an epoch may be nothing
    batch_ = loader_.begin();
  const Tensor<T>& images = (**batch_).images;
  optimizer_.zero_grad();
  const T loss = backward_in_microbatches(images.size(0), microbatch_,
                                          [&](Index first, Index last) { return loss_(images.rows(first, last)); });
  optimizer_.step();
  ++steps_;
  return {static_cast<double>(loss), images.size(0)};
}

extern template class Trainer<float>;  // in trainer.cpp

}  // namespace study
