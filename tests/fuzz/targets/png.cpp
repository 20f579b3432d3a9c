// io::read_png: the pixels are those that stb_image finds, where both accept a file, laid over white.

#include <latent/io/png.hpp>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#include <stb_image.h>
#pragma GCC diagnostic pop

#include "../../io/png_files.hpp"
#include "packing.hpp"
#include "target.hpp"

using namespace std::string_literals;

namespace {

struct Chunk {
  std::string type, content;
};

constexpr std::size_t signature = 8;

/// The chunks of a file, the last one as far as it goes.
std::vector<Chunk> take_apart(const std::string& file) {
  std::vector<Chunk> chunks;
  for (std::size_t at = signature; file.size() - at >= 8;) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(file[at + i]);
    chunks.push_back({file.substr(at + 4, 4), file.substr(at + 8, length)});
    at = std::min(file.size(), at + 8 + chunks.back().content.size() + 4);
  }
  return chunks;
}

std::string put_together(const std::string& file, const std::vector<Chunk>& chunks) {
  std::string result = file.substr(0, signature);
  for (const Chunk& chunk : chunks) result += png_files::chunk(chunk.type, chunk.content);
  return result;
}

/// The rows are changed as they are unpacked, and packed again, into one chunk or two.
void change_rows(std::vector<Chunk>& chunks, unsigned seed) {
  std::string all;
  for (const Chunk& chunk : chunks)
    if (chunk.type == "IDAT") all += chunk.content;
  const auto is_rows = [](const Chunk& chunk) { return chunk.type == "IDAT"; };
  const auto place = std::ranges::find_if(chunks, is_rows) - chunks.begin();
  if (std::erase_if(chunks, is_rows) == 0) return;
  const std::string rows =
      target::packed(target::mutated(target::unpacked(all, target::zlib)), target::zlib, static_cast<int>(seed % 10));
  const std::size_t cut = seed / 10 % (rows.size() + 1);
  chunks.insert(chunks.begin() + place, {{"IDAT", rows.substr(0, cut)}, {"IDAT", rows.substr(cut)}});
}

}  // namespace

std::vector<std::string> target::seeds() {
  const std::string end = png_files::chunk("IEND", ""), palette = png_files::chunk("PLTE", "abcdefghijkl");
  std::vector<std::string> result;
  for (const auto& [depth, color] : {std::pair{1, 0},
                                     {2, 0},
                                     {4, 0},
                                     {8, 0},
                                     {16, 0},
                                     {8, 2},
                                     {16, 2},
                                     {1, 3},
                                     {2, 3},
                                     {4, 3},
                                     {8, 3},
                                     {8, 4},
                                     {16, 4},
                                     {8, 6},
                                     {16, 6}})
    for (const int interlaced : {0, 1, 2}) {  // 2: not, but with transparency
      const latent::io::detail::Png kind{.depth = depth, .color = color, .palette = {}, .transparency = {}, .data = {}};
      std::string rows;
      const std::string transparency = interlaced < 2 || color >= 4 ? ""
                                       : color == 2                 ? "\0\33\0\33\0\33"s
                                       : color == 3                 ? "a\200"s
                                                                    : "\0\1"s;
      for (int y = 0; y < (interlaced ? 8 : 5); ++y)
        rows += std::string(1, static_cast<char>(y % 5)) +
                std::string(kind.row_bytes(interlaced ? 3 : 5),
                            static_cast<char>(depth == 8 && color == 3 ? y % 4 : 27 * y));
      const std::size_t size = interlaced ? 3 : 5;
      result.push_back(png_files::beginning(size, size, depth, color, interlaced % 2) + (color == 3 ? palette : "") +
                       (transparency.empty() ? "" : png_files::chunk("tRNS", transparency)) +
                       png_files::chunk("tEXt", "a") + png_files::chunk("IDAT", packed(rows + rows, zlib, 0)) + end);
    }
  return result;
}

void target::read(const std::string& path, const std::string& content) {
  is_accepted([&] {
    constexpr latent::Index most = 1 << 20;
    const auto read = latent::io::read_png(path, {.max_bytes = most});
    expect(read.numel() > 0 && read.numel() <= most, "no more than max_bytes is read");
    int w = 0, h = 0, channels = 0;
    stbi_uc* const others = stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(content.data()),
                                                  static_cast<int>(content.size()), &w, &h, &channels, 4);
    if (others == nullptr) return;
    const auto found = read.rank() == 2 ? 1 : 3;
    expect(read.size(0) == h && read.size(1) == w, "stb_image finds the same sizes");
    bool same = true;
    for (std::size_t i = 0; i < read.elements().size(); ++i) {
      const std::size_t pixel = i / found, channel = i % found;
      const int value = others[4 * pixel + channel], alpha = others[4 * pixel + 3];
      same = same && read.elements()[i] == (value * alpha + 255 * (255 - alpha) + 127) / 255;
    }
    expect(same, "stb_image finds the same pixels");
    stbi_image_free(others);
  });
}

std::string target::change(const std::string& content, unsigned seed) {
  const unsigned how = seed % 16, more = seed / 16;
  if (how == 0 || content.size() < signature) return mutated(content);
  std::vector<Chunk> chunks = take_apart(content);
  if (how < 4 || chunks.empty()) {
    const std::string changed = mutated(content);
    return changed.size() < signature ? changed : put_together(changed, take_apart(changed));
  }
  if (how < 10) {
    std::string& part = chunks[more % chunks.size()].content;
    part = mutated(part);
  } else {
    change_rows(chunks, more);
  }
  return put_together(content, chunks);
}
