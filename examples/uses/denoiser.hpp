#pragma once

#include <cstdio>
#include <latent/data/loader.hpp>
#include <latent/nn/loss.hpp>
#include <latent/nn/parameters.hpp>

#include "uses/image_options.hpp"
#include "uses/in_turn.hpp"
#include "uses/tiles.hpp"

// A network that has learned to remove noise, and how it learns.

namespace uses {

// Streams of random numbers; the order of images takes those from 0 on.
constexpr std::uint64_t weights_stream = 1ULL << 33, training_noise_stream = 1ULL << 40, test_noise_stream = 1ULL << 50;

/// A kind of noise, the network that learns to remove it, and how well that and a plain filter do.
struct Denoiser {
  Noise noise;
  DenoisingNetwork model;
  Patches patches;                              ///< that it learns from
  double work;                                  ///< images, or patches, in all epochs
  double before = 0, filtered = 0;              ///< mean PSNR of the test images in dB
  std::vector<double> losses = {}, psnrs = {};  ///< of each epoch, the latter behind the network

  double after() const { return psnrs.back(); }
  const char* filter_name() const { return noise.name == "gaussian" ? "3x3 blur" : "3x3 median"; }
  Tensor<float> filter(const Tensor<float>& images) const {
    return noise.name == "gaussian" ? blur_filter(images) : median_filter(images);
  }
  Tensor<float> network(const Tensor<float>& images) const { return cleaned_in_tiles(model, images); }

  template <class F>
  void visit(F&& f) {
    f("model", model);
    f("before", before), f("filtered", filtered);
    visit_numbers(f, "losses", losses);
    visit_numbers(f, "psnrs", psnrs);
  }

  void print_earlier() const {
    std::printf("%s: trained already, %td epochs\n", noise.name.c_str(), std::ssize(losses));
  }
};

/// What a residual network learns from: random patches of 40 x 40 pixels, as in its paper. An epoch has so many that
/// they make up a seventh of all pixels, for which it takes as long as the autoencoder for all of them, but at least
/// 2048, 32 steps of the default batch: few small pictures would else give but a step or two.
inline Patches patches_of(const data::ImageDataset& set) {
  constexpr Index side = 40, share = 7, least = 2048;
  const auto parts = [](Index whole, Index part) { return (whole + part - 1) / part; };
  const Index pixels = set.images.size(1) * set.images.size(2);
  return {.side = side, .of_each = std::max(parts(pixels, side * side * share), parts(least, set.size()))};
}

/// Learns a denoiser.
struct DenoiserLearning {
  Denoiser& denoiser;
  const data::ImageDataset& test;
  const ImageOptions& options;
  std::uint64_t noise_stream = training_noise_stream;  // each image that is shown takes one
  Training training;

  DenoiserLearning(Denoiser& result, const ImageSets& sets, const ImageOptions& all_options)
      : denoiser(result),
        test(sets.test),
        options(all_options),
        training(
            nn::named_parameters(result.model), sets.train, options,
            {.name = result.noise.name, .width = 15, .work = result.work / static_cast<double>(all_options.epochs)},
            [this](const Tensor<float>& clean) {
              const Tensor<float> noisy = add_noise(clean, denoiser.noise, options.seed, noise_stream);
              noise_stream += static_cast<std::uint64_t>(clean.size(0));
              return mse_loss(denoiser.model(Variable<float>(noisy)), Variable<float>(clean));
            },
            result.patches) {}

  template <class F>
  void visit(F&& f) {
    f("noise_stream", noise_stream), f("training", training);
  }

  void learn_epoch(Overall& overall, const std::function<void()>& after_step) {
    const EpochTitle title = training.title();
    const EpochLoss loss = training.learn(overall, after_step);
    denoiser.losses.push_back(loss.per_image);
    denoiser.psnrs.push_back(test_psnr([&](const Tensor<float>& x) { return denoiser.network(x); }));
    check<Error>(std::isfinite(denoiser.after()), title.model,
                 ": the network's result is no longer a number after epoch ", title.number,
                 "; a smaller --lr may help");
    std::printf("%-15s  epoch %td/%td  train loss %.4f  test PSNR %.2f dB  %.1f s  %.0f %s/s\n", title.model.c_str(),
                title.number, title.total, loss.per_image, denoiser.after(), loss.seconds,
                denoiser.work / static_cast<double>(title.total) / loss.seconds,
                denoiser.patches.side > 0 ? "patches" : "images");
    std::fflush(stdout);
  }

  void finish() {
    denoiser.before = test_psnr([](const Tensor<float>& x) { return x; });
    denoiser.filtered = test_psnr([&](const Tensor<float>& x) { return denoiser.filter(x); });
  }

 private:
  /// Mean PSNR of the test images after noise, always the same, and `f`.
  template <class F>
  double test_psnr(F f) const {
    constexpr Index most_pixels = 1 << 20;  // so that a batch of large images takes no more memory than one of them
    const Index pixels = test.images.size(1) * test.images.size(2);
    data::Loader batches(test, {.batch_size = std::min(options.batch, std::max<Index>(most_pixels / pixels, 1))});
    double sum = 0;
    std::uint64_t seen = 0;
    for (const auto& batch : batches) {
      sum +=
          sum_of_psnr(batch.images, f(add_noise(batch.images, denoiser.noise, options.seed, test_noise_stream + seen)));
      seen += static_cast<std::uint64_t>(batch.size());
    }
    return sum / static_cast<double>(test.size());
  }
};

}  // namespace uses
