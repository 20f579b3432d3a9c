#include <latent/io/inflate.hpp>
#include <vector>

#include "../errors.hpp"
#include "png_files.hpp"

using namespace latent;
using io::detail::Inflater;

namespace {

/// All that is unpacked when `packed` is given in parts and read in others.
std::string inflated(const std::string& packed, std::size_t given, std::size_t read) {
  Inflater inflater(Inflater::zlib, "x: ");
  const std::span all(reinterpret_cast<const std::uint8_t*>(packed.data()), packed.size());
  std::string result;
  std::vector<std::uint8_t> part(read);
  for (std::size_t at = 0; !inflater.ended();) {
    if (inflater.is_hungry()) {
      if (at == all.size()) return result + " and no end";
      inflater.give(all.subspan(at, std::min(given, all.size() - at)));
      at += std::min(given, all.size() - at);
    }
    const std::size_t got = inflater.read(part);
    result.append(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return result;
}

}  // namespace

TEST_CASE("inflate: whatever parts are given and read, the same comes out") {
  std::string content;
  for (int i = 0; i < 500; ++i)
    content += "line " + std::to_string(i * i) + std::string(static_cast<std::size_t>(i), 'x');
  const std::string packed = png_files::packed(content);
  for (const std::size_t given : {std::size_t{1}, std::size_t{7}, packed.size()})
    for (const std::size_t read :
         {std::size_t{1}, std::size_t{13}, std::size_t{1000}, content.size(), content.size() + 1})
      CHECK(inflated(packed, given, read) == content);
  CHECK(inflated(packed.substr(0, packed.size() - 1), 1000, 1000) == content + " and no end");
  CHECK(message_of<IoError>([&] { inflated("no zlib", 10, 10); }) == "x: incorrect header check");
}
