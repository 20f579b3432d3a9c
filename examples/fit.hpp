#pragma once

#include <cmath>
#include <latent/data/loader.hpp>
#include <latent/nn/parameters.hpp>
#include <latent/optim/adam.hpp>

#include "image_options.hpp"

namespace examples {

/// Trains a model with Adam: `loss(images, seen)` of each batch, `images` [N, H, W, 1], `seen` so many before it;
/// `after(epoch, loss, seconds)` when all have been seen once more. `overall` counts the images of all epochs.
/// Error, named by `title`, if the loss is no longer a number.
template <class Model, class Loss, class After>
void fit(const std::string& title, const Model& model, const data::ImageDataset& images, const ImageOptions& options,
         Overall& overall, Loss loss, After after) {
  data::Loader batches(images, {.batch_size = options.batch, .shuffle = true, .seed = options.seed});
  optim::Adam optimizer(nn::parameters(model), {.lr = options.lr});
  const auto count = static_cast<double>(images.size());
  for (Index epoch = 1; epoch <= options.epochs; ++epoch) {
    double total = 0, seconds = 0;
    {
      Progress progress(title + " epoch " + std::to_string(epoch) + "/" + std::to_string(options.epochs),
                        batches.size());
      Index done = 0, seen = 0;
      for (const auto& batch : batches) {
        optimizer.zero_grad();
        const Variable<float> error = loss(batch.images, (epoch - 1) * images.size() + seen);
        error.backward();
        optimizer.step();
        total += error.item() * static_cast<double>(batch.size());
        seen += batch.size();
        progress.show(++done, seen, total / static_cast<double>(seen), overall, count);
      }
      seconds = progress.elapsed();
    }
    check<Error>(std::isfinite(total), title, ": the loss is no longer a number in epoch ", epoch,
                 "; a smaller --lr may help");
    overall.done += count;
    after(epoch, total / count, seconds);
  }
}

}  // namespace examples
