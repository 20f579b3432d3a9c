#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "latent/core/check.hpp"

namespace latent::io::detail {

/// Deflate makes at most so many bytes of one: what is promised beyond is not there.
inline constexpr std::uint64_t most_inflated = 1032;

/// Unpacks what zlib packed, part by part: whoever is asked for more than is there gives the next part.
class Inflater {
 public:
  enum Format { zlib = 15, gzip = 31 };  // as zlib numbers them

  /// `complaint` begins the text of each IoError.
  Inflater(Format format, std::string complaint) : complaint_(std::move(complaint)) {
    if (inflateInit2(&stream_, format) != Z_OK) fail<OutOfMemory>(complaint_, "out of memory");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool ended() const { return ended_; }

  /// More must be given before more can be read.
  bool is_hungry() const { return hungry_; }

  /// Bytes that were given are not used up.
  bool has_rest() const { return stream_.avail_in > 0; }

  /// The next packed bytes, at most 4 GiB, which must stay until they are used up.
  void give(std::span<const std::uint8_t> packed) {
    stream_.next_in = const_cast<Bytef*>(packed.data());  // zlib's interface is older than const
    stream_.avail_in = static_cast<uInt>(packed.size());
    hungry_ = packed.empty();
  }

  /// Unpacks into `to` until it is full, the data end, or more must be given; returns how many bytes.
  [[gnu::noinline]] std::size_t read(std::span<std::uint8_t> to) {
    std::size_t done = 0;
    while (done < to.size() && !ended_ && !hungry_) {
      const auto room = static_cast<uInt>(std::min<std::size_t>(to.size() - done, 1 << 30));
      stream_.next_out = to.data() + done;
      stream_.avail_out = room;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_MEM_ERROR) fail<OutOfMemory>(complaint_, "out of memory");
      ended_ = result == Z_STREAM_END;
      check<IoError>(ended_ || result == Z_OK || result == Z_BUF_ERROR, complaint_,
                     stream_.msg ? stream_.msg : "it needs a dictionary");
      done += room - stream_.avail_out;
      hungry_ = stream_.avail_in == 0 && stream_.avail_out > 0;  // else there may be more of what was given
    }
    return done;
  }

  /// Begins anew behind the end, with what was given there: gzip may have a further part.
  void restart() {
    check<IoError>(has_rest() && *stream_.next_in == 0x1F, complaint_, "something else follows it");
    inflateReset(&stream_);
    ended_ = hungry_ = false;
  }

 private:
  z_stream stream_ = {};
  std::string complaint_;
  bool ended_ = false, hungry_ = true;
};

}  // namespace latent::io::detail
