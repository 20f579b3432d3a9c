#pragma once

#include <zlib.h>

#include <string>

#include "../temporary.hpp"

// PNG files made by hand.

namespace png_files {

inline std::string big_endian(std::size_t value) {
  std::string result;
  for (int shift = 24; shift >= 0; shift -= 8) result.push_back(static_cast<char>(value >> shift));
  return result;
}

inline std::string chunk(const std::string& type, const std::string& content) {
  const std::string both = type + content;
  return big_endian(content.size()) + both +
         big_endian(crc32(0, reinterpret_cast<const Bytef*>(both.data()), static_cast<uInt>(both.size())));
}

/// What zlib makes of a text that comes so many times.
inline std::string packed(const std::string& content, std::size_t times = 1) {
  z_stream stream = {};
  deflateInit(&stream, 9);
  std::string result, part(1 << 16, '\0');
  for (std::size_t i = 0; i <= times; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = i < times ? static_cast<uInt>(content.size()) : 0;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(part.data());
      stream.avail_out = static_cast<uInt>(part.size());
      deflate(&stream, i < times ? Z_NO_FLUSH : Z_FINISH);
      result.append(part, 0, part.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return result;
}

/// The beginning of a PNG file. Colour 0 is grey, 2 RGB, 3 a palette, 4 grey and alpha, 6 RGBA.
inline std::string beginning(std::size_t w, std::size_t h, int depth, int color, int interlace = 0) {
  return "\x89PNG\r\n\x1A\n" + chunk("IHDR", big_endian(w) + big_endian(h) + bytes({depth, color, 0, 0, interlace}));
}

/// A PNG file whose rows, each with its leading filter byte, are given, or one row for all.
inline std::string png(std::size_t w, std::size_t h, int depth, int color, const std::string& rows,
                       const std::string& more = {}) {
  return beginning(w, h, depth, color) + more + chunk("IDAT", packed(rows)) + chunk("IEND", "");
}

}  // namespace png_files
