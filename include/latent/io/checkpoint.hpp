#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "latent/core/build.hpp"
#include "latent/io/state_dict.hpp"
#include "latent/kernels/packed_matrix.hpp"

/// The state of a whole run in one safetensors file, so that one that was killed goes on as if it had not been.
///
///     io::save_checkpoint("run.safetensors", {{"model", model}, {"optimizer", optimizer}, {"batches", loader},
///                                             {"noise", rng}, {"epoch", epoch}});
///
/// A part is a number, a tensor, or whatever has `visit(f)`, const or not, that calls f(name, part) for each of its
/// parts: models, optimizers, loaders and random streams of the library, and types of one's own. There are three forms
/// more: f(name, tensor, shape) is a tensor of that shape, or an undefined one, which the file leaves out;
/// f(name, value, set) is a number or tensor that is replaced by set(value); and f(name, variable) a parameter, or
/// buffer. Numbers and tensors without `set` are replaced where they are, when all of the file has been read.
namespace latent::io {

namespace detail {

template <class T>
concept Number = std::is_arithmetic_v<T>;

template <class T>
inline constexpr bool is_leaf = Number<T> || latent::detail::is_variable<T> || nn::detail::is_buffer<T>;
template <class T>
inline constexpr bool is_leaf<Tensor<T>> = true;

/// What is not a number, a tensor or a parameter.
template <class T>
concept Compound = !is_leaf<std::remove_const_t<T>>;

/// Calls visitor for all parts of a part. Those without `visit` have none, and then are trivially copyable, as
/// activations are.
template <class Part, class Visitor>
void visit_parts(Part& part, Visitor visitor) {
  if constexpr (requires { part.visit(visitor); })
    part.visit(visitor);
  else
    static_assert(std::is_trivially_copyable_v<Part>, "a part of a checkpoint needs visit(f)");
}

inline constexpr int checkpoint_version = 2;  // of the names of parts, metadata and the checksum

/// Adds parts to a file.
struct CheckpointWriter {
  SafeTensorsWriter& file;
  std::string prefix;  // of the names of all parts

  template <class T>
  void operator()(std::string_view name, const Variable<T>& parameter) const {
    if (parameter) (*this)(name, parameter.value());
  }
  template <class T>
  void operator()(std::string_view name, const nn::Buffer<T>& buffer) const {
    if (buffer) (*this)(name, buffer.value());
  }
  template <class T>
  void operator()(std::string_view name, const Tensor<T>& tensor) const {
    file.add(full(name), tensor);
  }
  template <class T>
  void operator()(std::string_view name, const Tensor<T>& tensor, const Shape&) const {
    if (tensor.defined()) (*this)(name, tensor);
  }
  template <Number T>
  void operator()(std::string_view name, const T& number) const {
    file.add(full(name), Tensor<T>::full({}, number));
  }
  template <class Value, std::invocable<Value> Set>
  void operator()(std::string_view name, const Value& value, const Set&) const {
    (*this)(name, value);
  }
  template <Compound Part>
  void operator()(std::string_view name, Part& part) const {
    visit_parts(part, CheckpointWriter{file, full(name) + '.'});
  }

  std::string full(std::string_view name) const { return prefix + std::string(name); }
};

/// Of products of float, in the calling thread.
inline const char* matmul_precision() {
  const auto* const narrow = kernels::narrow_products<float>();
  return narrow ? narrow->type : "float32";
}

/// Compares parts with what is in a file, and prepares to replace them.
struct CheckpointReader {
  const SafeTensorsFile& file;
  std::set<std::string>& unexpected;
  std::vector<std::string>&missing, &wrong;
  std::vector<std::function<void()>>& changes;
  std::string prefix;

  template <class T>
  void operator()(std::string_view name, const Variable<T>& parameter) const {
    if (parameter)
      take<T>(full(name), &parameter.shape(), [parameter](const Tensor<T>& value) { parameter.set_value(value); });
  }
  template <class T>
  void operator()(std::string_view name, const nn::Buffer<T>& buffer) const {
    if (buffer) take<T>(full(name), &buffer.shape(), [buffer](const Tensor<T>& value) { buffer.set_value(value); });
  }
  template <class T>
  void operator()(std::string_view name, Tensor<T>& tensor) const {
    take<T>(full(name), &tensor.shape(), [&tensor](const Tensor<T>& value) { tensor = value; });
  }
  template <class T>
  void operator()(std::string_view name, Tensor<T>& tensor, const Shape& shape) const {
    const auto set = [&tensor](const Tensor<T>& value) { tensor = value; };
    if (file.tensors().contains(full(name)))
      take<T>(full(name), &shape, set);
    else
      changes.emplace_back([set] { set(Tensor<T>()); });
  }
  template <Number T>
  void operator()(std::string_view name, T& number) const {
    (*this)(name, number, [&number](T value) { number = value; });
  }
  template <Number T, std::invocable<T> Set>
  void operator()(std::string_view name, const T&, const Set& set) const {
    const Shape one{};
    take<T>(full(name), &one, [set](const Tensor<T>& value) { set(value.item()); });
  }
  template <class T, std::invocable<Tensor<T>> Set>
  void operator()(std::string_view name, const Tensor<T>&, const Set& set) const {
    take<T>(full(name), nullptr, set);
  }
  template <Compound Part>
  void operator()(std::string_view name, Part& part) const {
    visit_parts(part, CheckpointReader{file, unexpected, missing, wrong, changes, full(name) + '.'});
  }

  std::string full(std::string_view name) const { return prefix + std::string(name); }

  /// Any shape if there is none.
  template <class T, class Set>
  void take(const std::string& name, const Shape* shape, const Set& set) const {
    const auto found = file.tensors().find(name);
    if (found == file.tensors().end()) {
      missing.push_back(message("\n  missing: ", one_line(name)));
      return;
    }
    unexpected.erase(name);
    const SafeTensorsEntry& entry = found->second;
    std::string text = misfit(name, entry, shape ? *shape : entry.shape, dtype_of<T>(), false);
    if (text.empty())
      changes.emplace_back([set, value = file.read<T>(name)] { set(value); });
    else
      wrong.push_back(std::move(text));
  }
};

}  // namespace detail

/// A named part of a run, of whatever type; refers to it.
class CheckpointPart {
 public:
  /// `part` is a number, a tensor, or what has visit(f); it must outlive this.
  template <class Part>
  CheckpointPart(std::string name, Part& part)
      : write_([name, &part](const detail::CheckpointWriter& writer) { writer(name, part); }),
        read_([name, &part](const detail::CheckpointReader& reader) { reader(name, part); }) {}

  void write(const detail::CheckpointWriter& writer) const { write_(writer); }  ///< for save_checkpoint
  void read(const detail::CheckpointReader& reader) const { read_(reader); }    ///< for load_checkpoint

 private:
  std::function<void(const detail::CheckpointWriter&)> write_;
  std::function<void(const detail::CheckpointReader&)> read_;
};

/// The name under which the checkpoint before the last one is kept.
inline std::filesystem::path previous_checkpoint(std::filesystem::path path) { return path += ".previous"; }

/// Writes a checkpoint, whole or not at all, and keeps the one before as previous_checkpoint(path): whenever the
/// program is killed, one of the two is whole. IoError if that fails; the earlier one then stays, under either name.
inline void save_checkpoint(const std::filesystem::path& path, std::initializer_list<CheckpointPart> parts,
                            std::map<std::string, std::string> metadata = {}) {
  SafeTensorsWriter writer;
  for (const CheckpointPart& part : parts) part.write({writer, ""});
  writer.metadata = std::move(metadata);
  writer.metadata["checkpoint_version"] = std::to_string(detail::checkpoint_version);
  writer.metadata["build"] = build();
  writer.metadata["processor"] = processor();
  writer.metadata["matmul_precision"] = detail::matmul_precision();
  writer.metadata["crc32"] = std::to_string(writer.checksum());
  writer.write(path, previous_checkpoint(path));
}

/// Looks at the metadata of a checkpoint before anything is changed, and throws if it is not the right one.
using CheckpointCheck = std::function<void(const std::map<std::string, std::string>& metadata)>;

/// What a checkpoint says of itself.
struct CheckpointReport {
  std::filesystem::path path;                   ///< of the file that was read
  std::string damage = {};                      ///< why it was the previous one; empty if it was not
  std::string elsewhere = {};                   ///< what is different here; empty if the run goes on to the same bits
  std::map<std::string, std::string> metadata;  ///< what save_checkpoint was given
};

namespace detail {

inline CheckpointReport load_one_checkpoint(const std::filesystem::path& path,
                                            std::initializer_list<CheckpointPart> parts,
                                            const CheckpointCheck& check_it) {
  const SafeTensorsFile file(path);
  CheckpointReport report{.path = path, .metadata = file.metadata()};
  const auto metadata = [&](const char* key) {
    const auto found = report.metadata.find(key);
    check<IoError>(found != report.metadata.end(), file.name(), ": no checkpoint, its metadata have no ", key);
    std::string value = std::move(found->second);
    report.metadata.erase(found);
    return value;
  };
  const std::string version = metadata("checkpoint_version");
  check<IoError>(version == std::to_string(checkpoint_version), file.name(), ": a checkpoint of version ",
                 one_line(version), ", expected ", checkpoint_version);
  check<IoError>(metadata("crc32") == std::to_string(file.checksum()), file.name(),
                 ": damaged, its checksum is another one");
  const std::string build = metadata("build"), processor = metadata("processor");
  if (build != latent::build())
    report.elsewhere = message("it was written by ", one_line(build), ", this is ", latent::build());
  else if (processor != latent::processor())
    report.elsewhere = message("it was written on ", one_line(processor), ", this is ", latent::processor());
  const std::string precision = report.metadata.contains("matmul_precision") ? metadata("matmul_precision") : "float32";
  if (precision != matmul_precision())
    report.elsewhere.append(report.elsewhere.empty() ? "" : "; ")
        .append(message("its products were in ", one_line(precision), ", these are in ", matmul_precision()));

  if (check_it) check_it(report.metadata);

  std::set<std::string> unexpected;
  for (const auto& [name, entry] : file.tensors()) unexpected.insert(name);
  std::vector<std::string> missing, wrong, surplus;
  std::vector<std::function<void()>> changes;  // made only when all has been read
  for (const CheckpointPart& part : parts) part.read({file, unexpected, missing, wrong, changes, ""});
  for (const std::string& name : unexpected) surplus.push_back(message("\n  unexpected: ", one_line(name)));
  const std::string problems = first_hundred(missing) + first_hundred(surplus) + first_hundred(wrong);
  check<ValueError>(problems.empty(), file.name(), ": does not fit the run:", problems);
  for (const auto& change : changes) change();
  return report;
}

}  // namespace detail

/// Takes the state of all parts from a checkpoint, or, if that is missing or damaged, from the one before; the damaged
/// one is renamed to "<path>.damaged", so that the next one is not kept in place of a whole one. IoError if
/// that is, too, ValueError if the parts are not those that were saved; then all are left as they were.
inline CheckpointReport load_checkpoint(const std::filesystem::path& path, std::initializer_list<CheckpointPart> parts,
                                        const CheckpointCheck& check_it = {}) {
  try {
    return detail::load_one_checkpoint(path, parts, check_it);
  } catch (const IoError& error) {
    const std::filesystem::path previous = previous_checkpoint(path);
    std::error_code ignored;
    if (!std::filesystem::exists(previous, ignored)) throw;
    CheckpointReport report = detail::load_one_checkpoint(previous, parts, check_it);
    report.damage = error.what();
    std::filesystem::rename(path, std::filesystem::path(path) += ".damaged", ignored);
    return report;
  }
}

/// Whether there is a checkpoint, or one before it.
inline bool has_checkpoint(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) || std::filesystem::exists(previous_checkpoint(path), ignored);
}

}  // namespace latent::io
