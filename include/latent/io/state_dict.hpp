#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "latent/io/safetensors.hpp"
#include "latent/nn/parameters.hpp"

/// A model's parameters and buffers in safetensors files, by the names and shapes of PyTorch's state_dict. In Python:
///
///     model.load_state_dict(safetensors.torch.load_file("model.safetensors"))
///     safetensors.torch.save_file(model.state_dict(), "model.safetensors")
namespace latent::io {

namespace detail {

/// Of a parameter or buffer.
template <class Part>
using ElementOf = typename std::remove_cvref_t<decltype(std::declval<Part>().value())>::value_type;

inline std::string first_hundred(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size() && i < 100; ++i) text += lines[i];
  if (lines.size() > 100) text += message("\n  and ", lines.size() - 100, " more");
  return text;
}

/// Why a tensor of a file does not fit what it is to replace, as a line of a message; empty if it does.
inline std::string misfit(const std::string& name, const SafeTensorsEntry& entry, const Shape& shape, DType dtype,
                          bool convert) {
  if (!entry.unreadable.empty()) return message("\n  unreadable: ", one_line(name), ' ', entry.unreadable);
  std::string text;
  if (!(entry.shape == shape))
    text += message("\n  wrong shape: ", one_line(name), " is ", entry.shape, ", expected ", shape);
  if (entry.dtype != dtype && !convert)
    text += message("\n  wrong type: ", one_line(name), " is ", entry.dtype, ", expected ", dtype);
  return text;
}

}  // namespace detail

/// Writes all parameters and buffers of a model, and any metadata. IoError, with an earlier file untouched, if that
/// fails.
template <class Model>
void save_state_dict(const std::filesystem::path& path, const Model& model,
                     const std::map<std::string, std::string>& metadata = {}) {
  SafeTensorsWriter writer;
  writer.metadata = metadata;
  nn::each_state(model, [&](const std::string& name, const auto& part) { writer.add(name, part.value()); });
  writer.write(path);
}

/// Of load_state_dict.
struct LoadOptions {
  bool convert = false;  ///< take elements of any type, F16 or F64 for example, and convert them to the parameters'
  bool strict = true;    ///< else parameters that the file lacks stay as they are, and what the model lacks is passed
                         ///< over
  std::string prefix = {};  ///< of the model's names in the file: "encoder." for a part of the model that was saved;
                            ///< tensors with other names are passed over
};

/// What was passed over in loading.
struct LoadReport {
  std::vector<std::string> missing;      ///< parameters that are not in the file, by their names in the model
  std::vector<std::string> passed_over;  ///< tensors that were not taken, by their names in the file
};

/// Replaces the parameters and buffers of a model by those of a file. Both must have the same names, shapes and types,
/// as far as the options do not say otherwise; else an IoError says all that is missing, unexpected, or of the wrong
/// shape or type, a hundred of each at most, and the model is left as it was.
template <class Model>
LoadReport load_state_dict(const std::filesystem::path& path, const Model& model, const LoadOptions& options = {}) {
  const SafeTensorsFile file(path);
  LoadReport report;
  std::set<std::string> unexpected;
  for (const auto& [name, entry] : file.tensors())
    if (name.starts_with(options.prefix))
      unexpected.insert(name);
    else
      report.passed_over.push_back(name);
  std::vector<std::string> missing, wrong;
  nn::each_state(model, [&](const std::string& name, const auto& part) {
    using T = detail::ElementOf<decltype(part)>;
    const std::string full_name = options.prefix + name;
    const auto found = file.tensors().find(full_name);
    if (found == file.tensors().end()) {
      report.missing.push_back(name);
      missing.push_back(message("\n  missing: ", one_line(full_name)));
      return;
    }
    unexpected.erase(full_name);
    std::string misfit = detail::misfit(full_name, found->second, part.shape(), dtype_of<T>(), options.convert);
    if (!misfit.empty()) wrong.push_back(std::move(misfit));
  });
  report.passed_over.insert(report.passed_over.end(), unexpected.begin(), unexpected.end());
  std::vector<std::string> surplus;
  surplus.reserve(unexpected.size());
  for (const std::string& name : unexpected) surplus.push_back(message("\n  unexpected: ", one_line(name)));
  std::string problems;
  if (options.strict) problems += detail::first_hundred(missing) + detail::first_hundred(surplus);
  problems += detail::first_hundred(wrong);
  check<IoError>(problems.empty(), file.name(), ": does not fit the model:", problems);

  std::vector<std::function<void()>> changes;  // made only when all has been read
  nn::each_state(model, [&](const std::string& name, const auto& part) {
    using T = detail::ElementOf<decltype(part)>;
    const std::string full_name = options.prefix + name;
    if (file.tensors().contains(full_name))
      changes.emplace_back([part, value = file.read_as<T>(full_name)] { part.set_value(value); });
  });
  for (const auto& change : changes) change();
  return report;
}

}  // namespace latent::io
