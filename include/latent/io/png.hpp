#pragma once

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "latent/core/tensor.hpp"
#include "latent/io/file.hpp"
#include "latent/io/png_decoder.hpp"
#include "latent/io/stb.hpp"

/// Pictures as PNG files.
namespace latent::io {

/// The pixels of a PNG file as bytes: [H, W] if it is grey, [H, W, 3], red, green and blue, if it has colours or a
/// palette, or as the options say: in grey, colours become 0.30 red + 0.59 green + 0.11 blue. Sixteen bits become their
/// upper eight, fewer bits are spread to eight. Transparent pixels are laid over the background: what has opacity a, of
/// 255, becomes (a pixel + (255 - a) background) / 255, rounded; nothing says afterwards where they were.
/// IoError naming the file if it is missing, no PNG file, damaged, or larger than the options allow; ValueError for
/// another number of channels than 0, 1 and 3.
inline Tensor<std::uint8_t> read_png(const std::filesystem::path& path, const PngOptions& options = {}) {
  check<ValueError>(options.channels == 0 || options.channels == 1 || options.channels == 3, "read_png: channels ",
                    options.channels, " given, expected 1 for grey, 3 for colour, or 0 for what the file has");
  const InputFile file(path);
  check<IoError>(file.size() <= INT_MAX, file.name(), ": ", file.size(), " bytes found, expected less than 2 GiB");
  auto bytes = Tensor<std::uint8_t>::uninitialized({static_cast<Index>(file.size())});
  file.read(0, std::as_writable_bytes(bytes.elements()));
  return detail::decode_png(file.name(), bytes.elements(), options);
}

/// Writes an image [H, W], [H, W, 1] or [H, W, 3] with values in [0, 1]; values beyond are cut, NaN is black.
/// ShapeError for another shape, IoError if the file cannot be written, which then is not there.
inline void write_png(const std::filesystem::path& path, const Tensor<float>& image) {
  const Shape& shape = image.shape();
  const Index channels = shape.rank() == 3 ? shape[2] : 1;
  check<ShapeError>((shape.rank() == 2 || shape.rank() == 3) && (channels == 1 || channels == 3) && image.numel() > 0,
                    "write_png: image ", shape, " given, expected [H, W], [H, W, 1] or [H, W, 3]");
  check<ShapeError>(image.numel() <= INT_MAX / 2, "write_png: image ", shape, " given, expected at most ", INT_MAX / 2,
                    " elements");
  std::vector<std::uint8_t> bytes;
  bytes.reserve(image.elements().size());
  for (const float value : image.elements())
    bytes.push_back(static_cast<std::uint8_t>(std::lround(255 * (value > 0 ? std::min(value, 1.0f) : 0.0f))));
  std::string png;
  const auto append = [](void* to, void* data, int size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  const int ok = latent_stb::stbi_write_png_to_func(append, &png, static_cast<int>(shape[1]),
                                                    static_cast<int>(shape[0]), static_cast<int>(channels),
                                                    bytes.data(), static_cast<int>(shape[1] * channels));
  check<IoError>(ok != 0, path.string(), ": the picture could not be encoded");
  write_file(path, png);
}

}  // namespace latent::io
