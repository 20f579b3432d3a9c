// data::detail::GzipReader: unpacks to what zlib's own reader finds, in parts of any size.

#include <latent/data/idx.hpp>

#include "packing.hpp"
#include "target.hpp"

std::vector<std::string> target::seeds() {
  std::string text;
  for (int i = 0; i < 400; ++i) text += std::to_string(i * i);
  const std::string one = packed("one part and ", gzip, 9), empty = packed("", gzip, 9);
  return {text,  packed(text, gzip, 9), packed(text, gzip, 0),   packed(std::string(20'000, 'x'), gzip, 9), one + one,
          empty, one + empty + one,     packed("fixed", gzip, 1)};
}

void target::read(const std::string& path, const std::string& content) {
  constexpr std::size_t most = 1 << 15;
  for (const std::size_t part : {1 + content.size() % 100, most}) {
    std::string found;
    const bool accepted = is_accepted([&] {
      latent::data::detail::GzipReader file(path);
      const std::uint64_t bound = file.most_left();
      std::vector<std::uint8_t> bytes(part);
      for (std::size_t got = part; got == part && found.size() < most;) {
        got = file.read(bytes);
        found.append(reinterpret_cast<const char*>(bytes.data()), got);
      }
      expect(found.size() <= bound, "no more comes than most_left() says");
    });
    if (accepted) expect(found == content_of(path, found.size() + (found.size() < most)), "zlib finds the same");
  }
}

std::string target::change(const std::string& content, unsigned seed) { return change_gzip(content, seed, mutated); }
