#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "latent/core/tensor.hpp"

/// Reads the idx format of MNIST and its relatives, plain or gzipped.
namespace latent::data {

namespace detail {

/// A file read through zlib, which passes plain files through. Names the file in every error.
class GzipReader {
 public:
  explicit GzipReader(const std::filesystem::path& path) : name_(path.string()) {
    check<IoError>(std::filesystem::exists(path), name_, ": no such file");
    check<IoError>(std::filesystem::is_regular_file(path), name_, ": not a file");
    file_.reset(gzopen(name_.c_str(), "rb"));
    check<IoError>(file_ != nullptr, name_, ": cannot be opened");
  }

  /// Reads up to `count` bytes; fewer only at the end.
  std::size_t read(void* to, std::size_t count) {
    constexpr std::size_t most = 1 << 20;
    std::size_t done = 0;
    while (done < count) {
      const auto wanted = static_cast<unsigned>(std::min(most, count - done));
      const int got = gzread(file_.get(), static_cast<char*>(to) + done, wanted);
      int error = Z_OK;
      const char* message = gzerror(file_.get(), &error);
      check<IoError>(got >= 0 && (error == Z_OK || error == Z_STREAM_END), name_, ": damaged gzip data: ", message);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  const std::string& name() const { return name_; }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  std::string name_;
  std::unique_ptr<gzFile_s, Close> file_;
};

}  // namespace detail

/// The unsigned bytes of an idx file, whose header must give `rank` sizes: 3 for images [N, H, W], 1 for labels [N].
/// IoError naming the file, what was found and what was expected, if it is missing, no idx file, of another type or
/// rank, damaged, shorter than its header promises or longer. Memory is taken as data arrive, not as promised.
[[gnu::noinline]] inline Tensor<std::uint8_t> read_idx(const std::filesystem::path& path, Index rank) {
  detail::GzipReader file(path);
  const std::string& name = file.name();
  std::uint8_t magic[4] = {};
  const std::size_t got = file.read(magic, 4);
  check<IoError>(got == 4 && magic[0] == 0 && magic[1] == 0, name,
                 ": no idx file, it does not begin with two zero bytes",
                 got == 4 ? "" : " and is shorter than a header");
  char type[8];
  std::snprintf(type, sizeof type, "0x%02x", magic[2]);
  check<IoError>(magic[2] == 0x08, name, ": idx data of type ", type, " found, expected unsigned bytes, 0x08");
  check<IoError>(magic[3] == rank, name, ": idx data of ", int{magic[3]}, " dimensions found, expected ", rank,
                 rank == 3   ? " (images)"
                 : rank == 1 ? " (labels)"
                             : "");

  Shape shape;
  double promised = 1;
  for (Index axis = 0; axis < rank; ++axis) {
    std::uint8_t size[4];
    check<IoError>(file.read(size, 4) == 4, name, ": ends within its header");
    const auto value = static_cast<std::uint32_t>(size[0]) << 24 | static_cast<std::uint32_t>(size[1]) << 16 |
                       static_cast<std::uint32_t>(size[2]) << 8 | size[3];
    promised *= value;
    check<IoError>(promised < 1e15, name, ": its header promises ", promised, " bytes, more than any file holds");
    shape.append(value);
  }
  const auto expected = static_cast<std::size_t>(shape.numel());
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < expected) {
    const std::size_t before = bytes.size();
    const std::size_t wanted = std::min(expected - before, std::max<std::size_t>(before, 1 << 20));
    bytes.resize(before + wanted);
    const std::size_t read = file.read(bytes.data() + before, wanted);
    check<IoError>(read == wanted, name, ": ", before + read, " bytes of data found, expected ", expected, " for ",
                   shape);
  }
  std::uint8_t more;
  check<IoError>(file.read(&more, 1) == 0, name, ": more data found than the ", expected, " bytes expected for ",
                 shape);
  return Tensor<std::uint8_t>(shape, bytes);
}

}  // namespace latent::data
