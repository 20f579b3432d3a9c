#pragma once

#include <filesystem>
#include <latent/data/image_folder.hpp>
#include <latent/io/png.hpp>
#include <latent/io/state_dict.hpp>

#include "uses/denoiser.hpp"
#include "uses/model_file.hpp"
#include "uses/output_tree.hpp"

// A network that has learned to remove noise is saved, and cleans pictures of any size.

namespace uses {

inline constexpr const char* denoiser_kind = "denoising autoencoder";

inline void save_denoiser(const std::filesystem::path& path, const DenoisingNetwork& model, const Noise& noise) {
  io::save_state_dict(path, model,
                      {{"model", denoiser_kind},
                       {"version", "1"},
                       {"network", model.name()},
                       {"channels", std::to_string(model.channels())},
                       {"normalisation", "0 to 255 becomes 0 to 1"},
                       {"noise", noise.name},
                       {"strength", exact(noise.strength)}});
}

/// IoError for a file that is no denoiser, or of another version or shape.
inline DenoisingNetwork load_denoiser(const std::filesystem::path& path) {
  const ModelFile file(path, denoiser_kind);
  file.one_of("channels", {"1", "3"});
  file.one_of("normalisation", {"0 to 255 becomes 0 to 1"});
  const std::string network = file.one_of("network", {"residual", "autoencoder"});
  Rng rng(0);
  DenoisingNetwork model(network, file.whole_number("channels", 1, 3), rng);
  io::load_state_dict(path, model);
  return model;
}

/// A picture [H, W, C] cleaned by a network of as many channels or others: one of grey cleans each colour by itself,
/// one of colours takes grey for a colour, of which the lightness is kept.
inline Tensor<float> cleaned(const DenoisingNetwork& model, const Tensor<float>& picture) {
  const Index h = picture.size(0), w = picture.size(1), c = picture.size(2), wanted = model.channels();
  if (c == wanted) return cleaned_in_tiles(model, picture.reshape({1, h, w, c})).reshape({h, w, c});
  auto result = Tensor<float>::uninitialized(picture.shape());
  const float* const from = picture.data();
  float* const to = result.data();
  if (wanted == 1) {
    for (Index channel = 0; channel < c; ++channel) {
      Tensor<float> one({1, h, w, 1});
      float* const plane = one.data();
      for (Index i = 0; i < h * w; ++i) plane[i] = from[i * c + channel];
      const Tensor<float> clean_plane = cleaned_in_tiles(model, one);
      const float* const clean = clean_plane.data();
      for (Index i = 0; i < h * w; ++i) to[i * c + channel] = clean[i];
    }
    return result;
  }
  Tensor<float> colors({1, h, w, 3});
  float* const grey = colors.data();
  for (Index i = 0; i < h * w; ++i) std::fill_n(grey + 3 * i, 3, from[i]);
  const Tensor<float> clean = cleaned_in_tiles(model, colors);
  const float* const color = clean.data();
  for (Index i = 0; i < h * w; ++i) to[i] = 0.30f * color[3 * i] + 0.59f * color[3 * i + 1] + 0.11f * color[3 * i + 2];
  return result;
}

/// Cleans all PNG files of `options.images`, and writes them into `options.out` under the same names.
/// IoError, with nothing written, for a file that is no denoiser or no picture, or if the folders are the same.
inline void clean(const std::string& model_file, const ImageOptions& options) {
  check<Error>(!options.images.empty(), "--model requires --images, the folder of pictures to clean");
  const DenoisingNetwork model = load_denoiser(model_file);
  const data::ImageFiles found = data::image_files(options.images);
  std::error_code ignored;
  check<IoError>(!std::filesystem::equivalent(options.images, options.out, ignored), options.out.string(),
                 ": the cleaned pictures would replace those of --images, give another --out");
  const data::ReadOptions reading = options.reading();
  OutputTree files(options.out);
  const study::Clock clock;
  for (const std::filesystem::path& file : found.files) {
    const Tensor<std::uint8_t> bytes =
        io::read_png(file, {.channels = reading.channels, .background = reading.background});
    const Index h = bytes.size(0), w = bytes.size(1), channels = bytes.rank() == 3 ? 3 : 1;
    auto picture = Tensor<float>::uninitialized({h, w, channels});
    std::ranges::transform(bytes.elements(), picture.data(),
                           [](std::uint8_t byte) { return static_cast<float>(byte) / 255.0f; });
    io::write_png(files / file.lexically_relative(options.images), cleaned(model, picture));
  }
  files.publish({});
  std::printf("%td pictures cleaned in %.1f s, written into %s\n", std::ssize(found.files), clock.seconds(),
              options.out.c_str());
}

}  // namespace uses
