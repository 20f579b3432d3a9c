#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "latent/io/safetensors.hpp"
#include "latent/nn/parameters.hpp"

/// A model's parameters in safetensors files, by the names and shapes of PyTorch's state_dict. In Python:
///
///     model.load_state_dict(safetensors.torch.load_file("model.safetensors"))
///     safetensors.torch.save_file(model.state_dict(), "model.safetensors")
namespace latent::io {

/// Writes all parameters of a model, and any metadata. IoError, with an earlier file untouched, if that fails.
template <class Model>
void save_state_dict(const std::filesystem::path& path, const Model& model,
                     const std::map<std::string, std::string>& metadata = {}) {
  SafeTensorsWriter writer;
  writer.metadata = metadata;
  nn::each_parameter(model,
                     [&](const std::string& name, const auto& parameter) { writer.add(name, parameter.value()); });
  writer.write(path);
}

struct LoadOptions {
  bool convert = false;  ///< take elements of any type, F16 or F64 for example, and convert them to the parameters'
};

/// Replaces all parameters of a model by those of a file. Both must have the same names, shapes and types; else an
/// IoError says all that is missing, unexpected, or of the wrong shape or type, and the model is left as it was.
template <class Model>
void load_state_dict(const std::filesystem::path& path, const Model& model, const LoadOptions& options = {}) {
  const SafeTensorsFile file(path);
  std::set<std::string> unexpected;
  for (const auto& [name, entry] : file.tensors()) unexpected.insert(name);
  std::string missing, wrong;
  nn::each_parameter(model, [&]<class T>(const std::string& name, const Variable<T>& parameter) {
    const auto found = file.tensors().find(name);
    if (found == file.tensors().end()) {
      missing += message("\n  missing: ", name);
      return;
    }
    unexpected.erase(name);
    const auto& [dtype, shape, first] = found->second;
    if (!(shape == parameter.shape()))
      wrong += message("\n  wrong shape: ", name, " is ", shape, ", expected ", parameter.shape());
    if (dtype != dtype_of<T>() && !options.convert)
      wrong += message("\n  wrong type: ", name, " is ", dtype, ", expected ", dtype_of<T>());
  });
  std::string problems = missing;
  for (const std::string& name : unexpected) problems += "\n  unexpected: " + name;
  problems += wrong;
  check<IoError>(problems.empty(), file.name(), ": does not fit the model:", problems);

  std::vector<std::function<void()>> changes;  // made only when all has been read
  nn::each_parameter(model, [&]<class T>(const std::string& name, const Variable<T>& parameter) {
    changes.emplace_back([parameter, value = file.read_as<T>(name)] { parameter.set_value(value); });
  });
  for (const auto& change : changes) change();
}

}  // namespace latent::io
