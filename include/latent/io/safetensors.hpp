#pragma once

#include <zlib.h>
#include <algorithm>
#include <bit>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "latent/core/tensor.hpp"
#include "latent/io/dtype.hpp"
#include "latent/io/file.hpp"
#include "latent/io/one_line.hpp"

/// The safetensors format, in which PyTorch's world exchanges weights (github.com/huggingface/safetensors): eight bytes
/// with the length of a JSON header, the header with type, shape and place of each tensor, and their elements,
/// row-major and little-endian.
namespace latent::io {

static_assert(std::endian::native == std::endian::little,
              "safetensors files are read and written as they are in memory");

/// A tensor within a safetensors file.
struct SafeTensorsEntry {
  DType dtype = {};             ///< of its elements
  Shape shape;                  ///< its sizes
  std::uint64_t first = 0;      ///< its first byte within the file
  std::uint64_t bytes = 0;      ///< of its elements
  std::string unreadable = {};  ///< why it is refused when asked for: a type or a number of axes that is unknown here,
                                ///< and then `dtype` and `shape` say nothing; empty for all others
};

namespace detail {

inline constexpr std::uint64_t longest_header = 100'000'000;  // as in the format's reference implementation

inline std::uint32_t crc32(std::uint32_t before, std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(before, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

/// Reads a header's JSON. A tensor's description lies two levels deep, with a shape in the third.
inline nlohmann::json parse_header(const std::string& file, const std::string& text) {
  using json = nlohmann::json;
  std::vector<std::set<std::string>> keys;  // of the objects that are being read
  const auto watch = [&](int depth, json::parse_event_t event, const json& parsed) {
    using Event = json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start)
      check<IoError>(depth < 3, file, ": its header is nested too deeply");
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second)
      fail<IoError>(file, ": its header names ", one_line(parsed.dump()), " twice");
    return true;
  };
  try {
    return json::parse(text, watch);
  } catch (const json::parse_error& error) {
    fail<IoError>(file, ": its header is not JSON in UTF-8: wrong at byte ", error.byte);
  } catch (const json::out_of_range&) {
    fail<IoError>(file, ": its header has a number that is too large");
  }
}

/// Goes on with the CRC-32 of what a header says of tensors, by name, and with metadata but for `crc32` itself.
inline std::uint32_t crc32_of_header(std::uint32_t crc, const std::map<std::string, std::pair<DType, Shape>>& tensors,
                                     const std::map<std::string, std::string>& metadata) {
  std::string text;
  for (const auto& [name, tensor] : tensors) {
    text.append(name).push_back('\0');
    append_to(text, tensor.first);
    append_to(text, tensor.second);
  }
  for (const auto& [key, value] : metadata)
    if (key != "crc32") text.append(key).append(1, '\0').append(value).push_back('\0');
  return crc32(crc, std::as_bytes(std::span(text)));
}

}  // namespace detail

/// A safetensors file opened for reading. All of its header is checked before a tensor is read, so that a damaged or
/// hostile file is refused with an IoError naming what is wrong, and memory is only taken for bytes that are there.
class SafeTensorsFile {
 public:
  /// Opens it and checks its header.
  explicit SafeTensorsFile(const std::filesystem::path& path) : file_(path) {
    check<IoError>(file_.size() >= 8, name(), ": no safetensors file, ", file_.size(), " bytes are too few");
    std::uint64_t length = 0;
    file_.read(0, std::as_writable_bytes(std::span(&length, 1)));
    check<IoError>(length <= detail::longest_header, name(), ": no safetensors file, or a damaged one: a header of ",
                   length, " bytes, expected at most ", detail::longest_header);
    check<IoError>(length <= file_.size() - 8, name(), ": cut off, or no safetensors file: a header of ", length,
                   " bytes in a file of ", file_.size());
    std::string header(length, '\0');
    file_.read(8, std::as_writable_bytes(std::span(header)));
    check<IoError>(header.starts_with('{'), name(), ": no safetensors file, its header does not begin with {");
    read_header(detail::parse_header(name(), header), 8 + length);
  }

  const std::string& name() const { return file_.name(); }  ///< its path

  /// What is in it, by name; also tensors of types and ranks that cannot be read.
  const std::map<std::string, SafeTensorsEntry>& tensors() const& { return tensors_; }
  std::map<std::string, SafeTensorsEntry> tensors() && { return std::move(tensors_); }
  /// Texts that came with it, by key.
  const std::map<std::string, std::string>& metadata() const& { return metadata_; }
  std::map<std::string, std::string> metadata() && { return std::move(metadata_); }

  /// CRC-32 of all elements, as they are in the file, names, types, shapes, and metadata but for `crc32`.
  std::uint32_t checksum() const {
    std::uint32_t result = 0;
    std::vector<std::byte> bytes(std::min<std::uint64_t>(file_.size() - data_, 1 << 20));
    for (std::uint64_t at = data_; at < file_.size(); at += bytes.size()) {
      const auto part = std::span(bytes).first(std::min<std::uint64_t>(bytes.size(), file_.size() - at));
      file_.read(at, part);
      result = detail::crc32(result, std::as_bytes(part));
    }
    std::map<std::string, std::pair<DType, Shape>> described;
    for (const auto& [name, entry] : tensors_) described.emplace(name, std::pair(entry.dtype, entry.shape));
    return detail::crc32_of_header(result, described, metadata_);
  }

  /// One tensor. IoError if there is none of that name, it is unreadable, or its elements are not of type T.
  template <class T>
  Tensor<T> read(const std::string& tensor) const {
    const SafeTensorsEntry& entry = find(tensor);
    check<IoError>(entry.dtype == dtype_of<T>(), name(), ": ", one_line(tensor), " is ", entry.dtype, ", expected ",
                   dtype_of<T>());
    return read_as<T>(tensor);
  }

  /// The same with the elements converted to T, as by static_cast.
  template <class T>
  Tensor<T> read_as(const std::string& tensor) const {
    const SafeTensorsEntry& entry = find(tensor);
    auto result = Tensor<T>::uninitialized(entry.shape);
    const std::span<T> elements = result.elements();
    const auto size = static_cast<std::size_t>(element_size(entry.dtype));
    constexpr std::size_t most = 1 << 20;
    std::vector<std::byte> bytes(std::min(elements.size() * size, most));
    for (std::size_t done = 0, count = most / size; done < elements.size(); done += count) {
      const auto part = elements.subspan(done, std::min(count, elements.size() - done));
      const auto raw = std::span(bytes).first(part.size() * size);
      file_.read(entry.first + done * size, raw);
      detail::decode(entry.dtype, raw.data(), part);
    }
    return result;
  }

 private:
  const SafeTensorsEntry& find(const std::string& tensor) const {
    const auto found = tensors_.find(tensor);
    check<IoError>(found != tensors_.end(), name(), ": has no tensor ", one_line(tensor));
    const SafeTensorsEntry& entry = found->second;
    check<IoError>(entry.unreadable.empty(), name(), ": ", one_line(tensor), ' ', entry.unreadable);
    return entry;
  }

  void read_header(const nlohmann::json& header, std::uint64_t data) {
    data_ = data;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (const auto& [key, value] : header.items()) {
      if (key == "__metadata__") {
        read_metadata(value);
      } else {
        const auto [begin, end] = read_entry(key, value);
        tensors_.at(key).first = data + begin;
        ranges.emplace_back(begin, end);
      }
    }
    std::ranges::sort(ranges);
    std::uint64_t expected = 0;
    for (const auto& [begin, end] : ranges) {
      check<IoError>(begin == expected, name(), ": tensors ", begin < expected ? "overlap" : "leave a hole",
                     " at byte ", std::min(begin, expected), " of the data");
      expected = end;
    }
    check<IoError>(data + expected == file_.size(), name(), ": has ", file_.size() - data, " bytes of data, expected ",
                   expected, " by its header");
  }

  void read_metadata(const nlohmann::json& value) {
    check<IoError>(value.is_object(), name(), ": __metadata__ is no object");
    for (const auto& [key, text] : value.items()) {
      check<IoError>(text.is_string(), name(), ": __metadata__ has ", one_line(key), " that is no string");
      metadata_.emplace(key, text.get<std::string>());
    }
  }

  /// The bytes of elements of a known type; the shape too, up to the axes that are possible.
  template <class Expect>
  static Index bytes_of(DType dtype, const nlohmann::json& sizes, Shape& shape, Expect expect) {
    Index bytes = element_size(dtype);
    bool possible = true;
    for (const std::uint64_t size : sizes) {
      expect(std::in_range<Index>(size), "has a size too large for memory, ", size);
      possible = possible && !__builtin_mul_overflow(bytes, static_cast<Index>(size), &bytes);
    }
    try {
      if (sizes.size() <= Shape::max_rank)
        for (const std::uint64_t size : sizes) shape.append(static_cast<Index>(size));
    } catch (const ShapeError&) {
      possible = false;
    }
    if (!possible) expect(false, "has a shape too large for memory, ", one_line(sizes.dump()));
    return bytes;
  }

  /// Adds a tensor; returns where its bytes begin and end within the data.
  std::pair<std::uint64_t, std::uint64_t> read_entry(const std::string& key, const nlohmann::json& value) {
    const auto expect = [&](bool ok, const auto&... what) {
      check<IoError>(ok, name(), ": ", one_line(key), ' ', what...);
    };
    expect(value.is_object() && value.size() == 3 && value.contains("dtype") && value.contains("shape") &&
               value.contains("data_offsets"),
           "is described otherwise than by dtype, shape and data_offsets");
    const nlohmann::json &dtype = value["dtype"], &sizes = value["shape"], &offsets = value["data_offsets"];
    const auto unsigned_numbers = [](const nlohmann::json& list) {
      return list.is_array() && std::ranges::all_of(list, [](const auto& item) { return item.is_number_unsigned(); });
    };
    expect(dtype.is_string(), "has a dtype that is no string");
    expect(unsigned_numbers(sizes), "has a shape that is no list of sizes");
    expect(unsigned_numbers(offsets) && offsets.size() == 2, "has data_offsets that are no two offsets");

    const std::uint64_t begin = offsets[0], end = offsets[1];
    expect(begin <= end && end <= file_.size(), "has bytes ", begin, " to ", end, " of a file of ", file_.size());

    SafeTensorsEntry entry;
    entry.bytes = end - begin;
    const std::string type = dtype.get<std::string>();
    if (const std::optional<DType> known = dtype_named(type)) {
      entry.dtype = *known;
      const Index expected = bytes_of(*known, sizes, entry.shape, expect);
      expect(std::cmp_equal(entry.bytes, expected), "has ", entry.bytes, " bytes, expected ", expected, " for ",
             one_line(sizes.dump()), " elements of type ", *known);
      if (sizes.size() > Shape::max_rank)
        entry.unreadable = message("has ", sizes.size(), " axes, at most ", Shape::max_rank, " are possible");
    } else {
      entry.unreadable = message("has elements of an unknown type, ", one_line(type));
    }
    tensors_.emplace(key, std::move(entry));
    return {begin, end};
  }

  InputFile file_;
  std::uint64_t data_ = 0;  // where it begins
  std::map<std::string, SafeTensorsEntry> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// Tensors on their way into a safetensors file.
class SafeTensorsWriter {
 public:
  std::map<std::string, std::string> metadata;  ///< texts that go with it, by key

  /// Adds a tensor, with its elements converted to `dtype`. ValueError if the name is taken.
  template <class T>
  void add(const std::string& name, const Tensor<T>& tensor, DType dtype = dtype_of<T>()) {
    check<ValueError>(name != "__metadata__", "safetensors: a tensor cannot be called __metadata__");
    for (const Part& part : parts_) check<ValueError>(part.name != name, "safetensors: two tensors are called ", name);
    auto bytes = Tensor<char>::uninitialized({tensor.numel() * element_size(dtype)});
    detail::encode(dtype, tensor.elements(), bytes.data());
    parts_.push_back({name, dtype, tensor.shape(), std::move(bytes)});
  }

  /// CRC-32 of all elements, as they will be in the file, names, types, shapes, and metadata but for `crc32`.
  std::uint32_t checksum() const {
    std::uint32_t result = 0;
    for (const Part* part : order()) result = detail::crc32(result, std::as_bytes(part->bytes.elements()));
    std::map<std::string, std::pair<DType, Shape>> described;
    for (const Part& part : parts_) described.emplace(part.name, std::pair(part.dtype, part.shape));
    return detail::crc32_of_header(result, described, metadata);
  }

  /// Writes the file whole or not at all, as write_file() does. IoError if that fails, ValueError for names or metadata
  /// not in UTF-8.
  void write(const std::filesystem::path& path, const std::filesystem::path& keep = {}) const {
    const std::vector<const Part*> order = this->order();
    nlohmann::json header = nlohmann::json::object();
    if (!metadata.empty()) header["__metadata__"] = metadata;
    std::uint64_t end = 0;
    for (const Part* part : order) {
      std::vector<Index> sizes;
      for (Index axis = 0; axis < part->shape.rank(); ++axis) sizes.push_back(part->shape[axis]);
      const std::uint64_t begin = std::exchange(end, end + static_cast<std::uint64_t>(part->bytes.numel()));
      header[part->name] = {{"dtype", dtype_name(part->dtype)}, {"shape", sizes}, {"data_offsets", {begin, end}}};
    }
    std::string text = dump(header);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = text.size();
    check<ValueError>(length <= detail::longest_header, "safetensors: a header of ", length, " bytes, at most ",
                      detail::longest_header, " are allowed");
    std::vector<std::string_view> content{{reinterpret_cast<const char*>(&length), sizeof length}, text};
    for (const Part* part : order) content.emplace_back(part->bytes.elements().data(), part->bytes.elements().size());
    write_file(path, content, keep);
  }

 private:
  struct Part {
    std::string name;
    DType dtype;
    Shape shape;
    Tensor<char> bytes;
  };

  /// Larger elements first, so that each is aligned to its size; parts of one size as they came. No stable_sort: that
  /// of g++ 12 makes clang 19 warn.
  std::vector<const Part*> order() const {
    std::vector<const Part*> result;
    for (const Part& part : parts_) result.push_back(&part);
    std::ranges::sort(result, {}, [](const Part* p) { return std::pair(-element_size(p->dtype), p); });
    return result;
  }

  static std::string dump(const nlohmann::json& header) {
    try {
      return header.dump();
    } catch (const nlohmann::json::type_error&) {
      fail<ValueError>("safetensors: a name or metadata is not UTF-8");
    }
  }

  std::vector<Part> parts_;
};

}  // namespace latent::io
