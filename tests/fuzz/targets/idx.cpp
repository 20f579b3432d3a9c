// data::read_idx: what is accepted has the bytes of the file.

#include <latent/data/idx.hpp>

#include "packing.hpp"
#include "target.hpp"

namespace {

std::string header(const latent::Shape& shape) {
  std::string result{0, 0, 8, static_cast<char>(shape.rank())};
  for (latent::Index axis = 0; axis < shape.rank(); ++axis)
    for (int shift = 24; shift >= 0; shift -= 8) result.push_back(static_cast<char>(shape[axis] >> shift));
  return result;
}

}  // namespace

std::vector<std::string> target::seeds() {
  const std::string images = header({2, 3, 4}) + "abcdefghijklmnopqrstuvwx", labels = header({5}) + "12345";
  return {images, labels, header({0}), header({3, 0, 2}), packed(images, gzip, 9), packed(labels, gzip, 0)};
}

void target::read(const std::string& path, const std::string&) {
  constexpr latent::Index most = 1 << 20;
  for (const latent::Index rank : {1, 3})
    is_accepted([&] {
      const auto read = latent::data::read_idx(path, rank, {.max_bytes = most});
      expect(read.numel() <= most, "no more than max_bytes is read");
      const std::string elements(reinterpret_cast<const char*>(read.data()), read.elements().size());
      expect(header(read.shape()) + elements == content_of(path, most + 100), "all that is read is in the file");
    });
}

std::string target::change(const std::string& content, unsigned seed) { return change_gzip(content, seed, mutated); }
