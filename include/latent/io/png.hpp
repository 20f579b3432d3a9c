#pragma once

#include <zlib.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "latent/core/tensor.hpp"
#include "latent/io/file.hpp"
#include "latent/io/stb.hpp"

/// Pictures as PNG files.
namespace latent::io {

namespace detail {

/// Refuses what is no PNG file, ends early, was changed on its way, or promises more pixels than its bytes can hold,
/// before memory is taken for them: stb_image looks at no checksum and believes the promise.
inline void check_png(const std::string& name, std::span<const std::uint8_t> bytes) {
  constexpr std::array<std::uint8_t, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  check<IoError>(bytes.size() >= 8 && std::ranges::equal(bytes.first(8), signature), name, ": no PNG file");
  const auto number = [&](std::size_t at) {
    return static_cast<std::uint32_t>(bytes[at]) << 24 | static_cast<std::uint32_t>(bytes[at + 1]) << 16 |
           static_cast<std::uint32_t>(bytes[at + 2]) << 8 | bytes[at + 3];
  };
  std::string type;
  for (std::size_t at = 8; type != "IEND";) {
    check<IoError>(bytes.size() - at >= 12, name, ": damaged PNG data: ends early");
    const std::size_t length = number(at);
    check<IoError>(length <= bytes.size() - at - 12, name, ": damaged PNG data: ends early");
    const auto content = bytes.subspan(at + 4, length + 4);
    check<IoError>(number(at + 8 + length) == crc32_z(0, content.data(), content.size()), name,
                   ": damaged PNG data: wrong checksum at byte ", at);
    type.assign(content.begin(), content.begin() + 4);
    if (at == 8) {
      check<IoError>(type == "IHDR" && length == 13, name, ": damaged PNG data: it does not begin with its sizes");
      // Deflate makes at most 1032 bytes of one, and a pixel takes at least the bits of one channel.
      const double w = number(16), h = number(20), promised = h * (w * bytes[24] / 8);
      check<IoError>(promised <= 1032.0 * static_cast<double>(bytes.size()), name, ": damaged PNG data: ", h, " x ", w,
                     " pixels promised by a file of ", bytes.size(), " bytes");
    }
    at += length + 12;
  }
}

}  // namespace detail

/// The pixels of a PNG file as grey bytes [H, W]. Colours become 0.30 red + 0.59 green + 0.11 blue, sixteen bits their
/// upper eight, fewer bits are spread to eight; transparency is ignored.
/// IoError naming the file if it is missing, no PNG file or damaged.
inline Tensor<std::uint8_t> read_png(const std::filesystem::path& path) {
  const InputFile file(path);
  check<IoError>(file.size() <= INT_MAX, file.name(), ": ", file.size(), " bytes found, expected less than 2 GiB");
  std::vector<std::uint8_t> bytes(file.size());
  file.read(0, std::as_writable_bytes(std::span(bytes)));
  detail::check_png(file.name(), bytes);
  int w = 0, h = 0, channels = 0;
  const std::unique_ptr<std::uint8_t, decltype(&latent_stb::stbi_image_free)> pixels(
      latent_stb::stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &w, &h, &channels, 1),
      &latent_stb::stbi_image_free);
  check<IoError>(pixels != nullptr, file.name(), ": damaged PNG data: ", latent_stb::stbi_failure_reason());
  const Shape shape{h, w};
  return Tensor<std::uint8_t>(shape,
                              std::span<const std::uint8_t>(pixels.get(), static_cast<std::size_t>(shape.numel())));
}

/// Writes an image [H, W], [H, W, 1] or [H, W, 3] with values in [0, 1]; values beyond are cut, NaN is black.
/// ShapeError for another shape, IoError if the file cannot be written, which then is not there.
inline void write_png(const std::filesystem::path& path, const Tensor<float>& image) {
  const Shape& shape = image.shape();
  const Index channels = shape.rank() == 3 ? shape[2] : 1;
  check<ShapeError>((shape.rank() == 2 || shape.rank() == 3) && (channels == 1 || channels == 3) && image.numel() > 0,
                    "write_png: image ", shape, " given, expected [H, W], [H, W, 1] or [H, W, 3]");
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
