#pragma once

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <climits>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "latent/core/tensor.hpp"
#include "latent/io/file.hpp"

// stb_image is put into a namespace of its own, and its macros are taken back, so that a program may use it as well,
// with other options, before or after this header. What it includes has been included above. The namespace is not
// within latent, whose abs() would hide C's.
#pragma push_macro("STBI_INCLUDE_STB_IMAGE_H")
#pragma push_macro("STBIDEF")
#undef STBI_INCLUDE_STB_IMAGE_H
#undef STBIDEF
#undef STBI_SIMD_ALIGN
#undef STBI_THREAD_LOCAL
#undef stbi__err
#undef STB_IMAGE_STATIC
#undef STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_LINEAR
#define STBI_NO_SIMD
#define STBI_NO_STDIO
// These take a type that is another one in this namespace; being declared as C's functions, g++ warns of them.
#define stbi_load_from_callbacks latent_stbi_load_from_callbacks
#define stbi_load_16_from_callbacks latent_stbi_load_16_from_callbacks
#define stbi_is_hdr_from_callbacks latent_stbi_is_hdr_from_callbacks
#define stbi_info_from_callbacks latent_stbi_info_from_callbacks
#define stbi_is_16_bit_from_callbacks latent_stbi_is_16_bit_from_callbacks
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
namespace latent_stb {
#include <stb_image.h>
}
#pragma GCC diagnostic pop
#undef stbi_load_from_callbacks
#undef stbi_load_16_from_callbacks
#undef stbi_is_hdr_from_callbacks
#undef stbi_info_from_callbacks
#undef stbi_is_16_bit_from_callbacks
#undef STBI_NO_STDIO
#undef STBI_NO_SIMD
#undef STBI_NO_LINEAR
#undef STBI_ONLY_PNG
#undef STBI_NO_JPEG
#undef STBI_NO_BMP
#undef STBI_NO_PSD
#undef STBI_NO_TGA
#undef STBI_NO_GIF
#undef STBI_NO_HDR
#undef STBI_NO_PIC
#undef STBI_NO_PNM
#undef STBI_SIMD_ALIGN
#undef STBI_THREAD_LOCAL
#undef stbi__err
#undef STB_IMAGE_STATIC
#undef STB_IMAGE_IMPLEMENTATION
#pragma pop_macro("STBIDEF")
#pragma pop_macro("STBI_INCLUDE_STB_IMAGE_H")

namespace latent::data {

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
  const io::InputFile file(path);
  check<IoError>(file.size() <= INT_MAX, file.name(), ": ", file.size(), " bytes found, expected less than 2 GiB");
  std::vector<std::uint8_t> bytes(file.size());
  file.read(0, std::as_writable_bytes(std::span(bytes)));
  detail::check_png(file.name(), bytes);
  int w = 0, h = 0, channels = 0;
  const std::unique_ptr<std::uint8_t, decltype(&std::free)> pixels(
      latent_stb::stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &w, &h, &channels, 1),
      &std::free);
  check<IoError>(pixels != nullptr, file.name(), ": damaged PNG data: ", latent_stb::stbi_failure_reason());
  const Shape shape{h, w};
  return Tensor<std::uint8_t>(shape,
                              std::span<const std::uint8_t>(pixels.get(), static_cast<std::size_t>(shape.numel())));
}

}  // namespace latent::data
