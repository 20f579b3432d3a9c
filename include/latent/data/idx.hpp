#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "latent/core/tensor.hpp"
#include "latent/data/dataset.hpp"
#include "latent/io/file.hpp"
#include "latent/io/inflate.hpp"

/// Reads the idx format of MNIST and its relatives, plain or gzipped.
namespace latent::data {

namespace detail {

/// The bytes of a file from its beginning, unpacked if it is gzipped. Names the file in every error.
class GzipReader {
 public:
  [[gnu::cold]] explicit GzipReader(const std::filesystem::path& path) : file_(path), chunk_(1 << 16) {
    if (file_.size() < 2) return;
    const std::span<const std::uint8_t> begin = next_chunk();
    if (begin[0] == 0x1F && begin[1] == 0x8B)
      packed_.emplace(io::detail::Inflater::gzip, message(name(), ": damaged gzip data: ")).give(begin);
    else
      offset_ = 0;
  }

  const std::string& name() const { return file_.name(); }

  /// Reads up to `to.size()` bytes; fewer only at the end.
  [[gnu::cold]] std::size_t read(std::span<std::uint8_t> to) {
    if (packed_) return unpack(to);
    const auto part = to.first(std::min<std::uint64_t>(to.size(), file_.size() - offset_));
    file_.read(offset_, std::as_writable_bytes(part));
    offset_ += part.size();
    return part.size();
  }

  /// How many bytes may be left to read: exactly, unless the file is gzipped.
  std::uint64_t most_left() const {
    return packed_ ? io::detail::most_inflated * file_.size() : file_.size() - offset_;
  }
  bool is_packed() const { return packed_.has_value(); }

 private:
  std::span<const std::uint8_t> next_chunk() {
    const auto part = std::span(chunk_).first(std::min<std::uint64_t>(chunk_.size(), file_.size() - offset_));
    file_.read(offset_, std::as_writable_bytes(part));
    offset_ += part.size();
    return part;
  }

  std::size_t unpack(std::span<std::uint8_t> to) {
    std::size_t done = 0;
    while (done < to.size()) {
      const bool at_end = offset_ == file_.size();
      if (packed_->ended()) {
        if (!packed_->has_rest() && at_end) break;
        if (!packed_->has_rest()) packed_->give(next_chunk());
        packed_->restart();
      }
      if (packed_->is_hungry()) {
        check<IoError>(!at_end, name(), ": damaged gzip data: ends early");
        packed_->give(next_chunk());
      }
      done += packed_->read(to.subspan(done));
    }
    return done;
  }

  io::InputFile file_;
  std::uint64_t offset_ = 0;  // of the first byte that has not been read
  std::vector<std::uint8_t> chunk_;
  std::optional<io::detail::Inflater> packed_;
};

}  // namespace detail

/// The unsigned bytes of an idx file, whose header must give `rank` sizes: 3 for images [N, H, W], 1 for labels [N].
/// IoError naming the file, what was found and what was expected, if it is missing, no idx file, of another type or
/// rank, damaged, shorter than its header promises or longer, or larger than the options allow.
[[gnu::cold, gnu::noinline]] inline Tensor<std::uint8_t> read_idx(const std::filesystem::path& path, Index rank,
                                                                  const ReadOptions& options = {}) {
  detail::GzipReader file(path);
  const std::string& name = file.name();
  std::uint8_t magic[4] = {};
  const std::size_t got = file.read(magic);
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
    check<IoError>(file.read(size) == 4, name, ": ends within its header");
    const auto value = static_cast<std::uint32_t>(size[0]) << 24 | static_cast<std::uint32_t>(size[1]) << 16 |
                       static_cast<std::uint32_t>(size[2]) << 8 | size[3];
    promised *= std::max(value, std::uint32_t{1});  // as if no size were 0, as Shape counts
    check<IoError>(promised < 1e15, name, ": its header promises ", promised, " bytes, more than any file holds");
    shape.append(value);
  }
  const auto expected = static_cast<std::size_t>(shape.numel());
  check<IoError>(std::cmp_less_equal(expected, options.max_bytes), name, ": its header promises ", expected,
                 " bytes, at most ", options.max_bytes, " are allowed");
  const std::uint64_t most = file.most_left();
  check<IoError>(expected <= most, name, file.is_packed() ? ": at most " : ": ", most,
                 " bytes of data found, expected ", expected, " for ", shape);
  auto result = Tensor<std::uint8_t>::uninitialized(shape);
  const std::size_t read = file.read(result.elements());
  check<IoError>(read == expected, name, ": ", read, " bytes of data found, expected ", expected, " for ", shape);
  std::uint8_t more[1];
  check<IoError>(file.read(more) == 0, name, ": more data found than the ", expected, " bytes expected for ", shape);
  return result;
}

}  // namespace latent::data
