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

inline void save_denoiser(const std::filesystem::path& path, const DenoisingAutoencoder& model, const Noise& noise) {
  io::save_state_dict(path, model,
                      {{"model", denoiser_kind},
                       {"version", "1"},
                       {"channels", std::to_string(model.channels())},
                       {"normalisation", "0 to 255 becomes 0 to 1"},
                       {"noise", noise.name},
                       {"strength", exact(noise.strength)}});
}

/// IoError for a file that is no denoiser, or of another version or shape.
inline DenoisingAutoencoder load_denoiser(const std::filesystem::path& path) {
  const ModelFile file(path, denoiser_kind);
  file.one_of("channels", {"1", "3"});
  file.one_of("normalisation", {"0 to 255 becomes 0 to 1"});
  Rng rng(0);
  DenoisingAutoencoder model(file.whole_number("channels", 1, 3), rng);
  io::load_state_dict(path, model);
  return model;
}

/// What the network makes of a picture [1, H, W, C]. It is cleaned in pieces, so that large ones take no more memory;
/// they overlap by more than the network sees around a pixel, and begin where its strides do, so that no seam shows.
inline Tensor<float> cleaned_by(const DenoisingAutoencoder& model, const Tensor<float>& picture) {
  constexpr Index side = 512, overlap = 16;  // it sees 11 pixels around
  static_assert(side % DenoisingAutoencoder::divisor == 0 && overlap % DenoisingAutoencoder::divisor == 0);
  const NoGrad no_grad;
  const Index h = picture.size(1), w = picture.size(2), c = picture.size(3);
  auto result = Tensor<float>::uninitialized(picture.shape());
  float* const to = result.data();
  const Variable<float> all(picture);
  for (Index top = 0; top < h; top += side)
    for (Index left = 0; left < w; left += side) {
      const Index y0 = std::max<Index>(top - overlap, 0), x0 = std::max<Index>(left - overlap, 0);
      const Index bottom = std::min(top + side, h), right = std::min(left + side, w);
      const Variable<float> rows = slice(all, 1, y0, std::min(bottom + overlap, h));
      const Tensor<float> piece = model(slice(rows, 2, x0, std::min(right + overlap, w))).value();
      const float* const from = piece.data();
      for (Index y = top; y < bottom; ++y)
        std::copy_n(from + ((y - y0) * piece.size(2) + left - x0) * c, (right - left) * c, to + (y * w + left) * c);
    }
  return result;
}

/// A picture [H, W, C] cleaned by a network of as many channels or others: one of grey cleans each colour by itself,
/// one of colours takes grey for a colour, of which the lightness is kept.
inline Tensor<float> cleaned(const DenoisingAutoencoder& model, const Tensor<float>& picture) {
  const Index h = picture.size(0), w = picture.size(1), c = picture.size(2), wanted = model.channels();
  if (c == wanted) return cleaned_by(model, picture.reshape({1, h, w, c})).reshape({h, w, c});
  auto result = Tensor<float>::uninitialized(picture.shape());
  const float* const from = picture.data();
  float* const to = result.data();
  if (wanted == 1) {
    for (Index channel = 0; channel < c; ++channel) {
      Tensor<float> one({1, h, w, 1});
      float* const plane = one.data();
      for (Index i = 0; i < h * w; ++i) plane[i] = from[i * c + channel];
      const Tensor<float> clean_plane = cleaned_by(model, one);
      const float* const clean = clean_plane.data();
      for (Index i = 0; i < h * w; ++i) to[i * c + channel] = clean[i];
    }
    return result;
  }
  Tensor<float> colors({1, h, w, 3});
  float* const grey = colors.data();
  for (Index i = 0; i < h * w; ++i) std::fill_n(grey + 3 * i, 3, from[i]);
  const Tensor<float> clean = cleaned_by(model, colors);
  const float* const color = clean.data();
  for (Index i = 0; i < h * w; ++i) to[i] = 0.30f * color[3 * i] + 0.59f * color[3 * i + 1] + 0.11f * color[3 * i + 2];
  return result;
}

/// Cleans all PNG files of `options.images`, and writes them into `options.out` under the same names.
/// IoError, with nothing written, for a file that is no denoiser or no picture, or if the folders are the same.
inline void clean(const std::string& model_file, const ImageOptions& options) {
  check<Error>(!options.images.empty(), "--model requires --images, the folder of pictures to clean");
  const DenoisingAutoencoder model = load_denoiser(model_file);
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
