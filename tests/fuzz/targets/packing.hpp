#pragma once

#include <zlib.h>

#include <string>

// What zlib packs and unpacks, by its own functions.

namespace target {

enum Format { zlib = 15, gzip = 31 };  // as zlib numbers them

inline std::string packed(const std::string& content, Format format, int level) {
  z_stream stream = {};
  deflateInit2(&stream, level, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY);
  std::string result(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(result.size() - stream.avail_out);
  deflateEnd(&stream);
  return result;
}

/// As far as it can be unpacked, 64 KiB at most.
inline std::string unpacked(const std::string& content, Format format) {
  z_stream stream = {};
  inflateInit2(&stream, format);
  std::string result(1 << 16, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  inflate(&stream, Z_FINISH);
  result.resize(result.size() - stream.avail_out);
  inflateEnd(&stream);
  return result;
}

/// What is in a file that may be gzipped, by zlib's own reader; `most` bytes at most.
inline std::string content_of(const std::string& path, std::size_t most) {
  std::string result(most, '\0');
  const gzFile file = gzopen(path.c_str(), "rb");
  const int got = gzread(file, result.data(), static_cast<unsigned>(most));
  gzclose(file);
  result.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return result;
}

/// Changes a file that may be gzipped: now and then what is packed in it, so that its checksum is right.
inline std::string change_gzip(const std::string& content, unsigned seed, std::string change(std::string)) {
  if (!content.starts_with("\x1F\x8B") || seed % 2 == 0) return change(content);
  return packed(change(unpacked(content, gzip)), gzip, static_cast<int>(seed / 2 % 10));
}

}  // namespace target
