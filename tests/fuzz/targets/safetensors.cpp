// io::SafeTensorsFile: what is accepted is written again, and read back as it was.

#include "safetensors_files.hpp"

namespace io = latent::io;
using latent::Tensor;

std::vector<std::string> target::seeds() {
  const auto write = [](auto add) {
    return written([&](const auto& path) {
      io::SafeTensorsWriter writer;
      add(writer);
      writer.write(path);
    });
  };
  return {write([](auto&) {}), write([](auto& writer) { writer.metadata["format"] = "pt"; }), write([](auto& writer) {
            writer.metadata["note"] = "\"\u00e4\\";
            writer.add("weight", Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
            writer.add("empty", Tensor<double>({2, 0, 3}));
            writer.add("flags", Tensor<bool>({3}, {true, false, true}));
            writer.add("step", Tensor<latent::Index>::full({}, -7));
          }),
          write([](auto& writer) {
            io::detail::any_dtype([&](io::DType dtype, const char* name, auto) {
              writer.add(name, Tensor<float>({2}, {1, 0}), dtype);
              return false;
            });
          })};
}

namespace {

/// A type that holds all elements of a type of files.
template <class Element>
using Wide =
    std::conditional_t<std::is_same_v<Element, bool>, bool,
                       std::conditional_t<!std::is_integral_v<Element>, double,
                                          std::conditional_t<std::is_signed_v<Element>, std::int64_t, std::uint64_t>>>;

/// Calls f(element of Wide<..>).
template <class F>
void with_wide(io::DType dtype, F f) {
  io::detail::with_element(dtype, [&](auto element) { f(Wide<decltype(element)>{}); });
}

/// Writes all that can be read again.
io::SafeTensorsWriter copy_of(const io::SafeTensorsFile& file) {
  io::SafeTensorsWriter writer;
  writer.metadata = file.metadata();
  for (const auto& part : file.tensors()) {
    const std::string& name = part.first;
    const io::DType dtype = part.second.dtype;
    if (part.second.unreadable.empty())
      with_wide(dtype, [&](auto element) { writer.add(name, file.read_as<decltype(element)>(name), dtype); });
    else
      target::expect(!target::is_accepted([&] { file.read_as<double>(name); }), "what is unreadable is refused");
  }
  return writer;
}

template <class T>
bool is_same(const Tensor<T>& a, const Tensor<T>& b) {
  const auto same = [](T one, T other) { return one == other || (one != one && other != other); };
  return a.shape() == b.shape() && std::ranges::equal(a.elements(), b.elements(), same);
}

}  // namespace

void target::read(const std::string& path, const std::string&) {
  is_accepted([&] {
    const io::SafeTensorsFile file(path);
    const io::SafeTensorsWriter writer = copy_of(file);
    written([&](const auto& to) {
      writer.write(to);
      const io::SafeTensorsFile again(to);
      expect(again.metadata() == file.metadata(), "metadata are read back");
      expect(again.checksum() == writer.checksum(), "the checksum is that of the file");
      for (const auto& part : again.tensors()) {
        const std::string& name = part.first;
        expect(part.second.dtype == file.tensors().at(name).dtype, "types are read back");
        with_wide(part.second.dtype, [&](auto element) {
          using T = decltype(element);
          expect(is_same(file.read_as<T>(name), again.read_as<T>(name)), "tensors are read back");
        });
      }
    });
  });
}

std::string target::change(const std::string& content, unsigned seed) { return change_safetensors(content, seed); }
