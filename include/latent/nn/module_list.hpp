#pragma once

#include <vector>

#include "latent/core/memory.hpp"
#include "latent/nn/sequential.hpp"

namespace latent::nn {

namespace detail {

inline std::string layer_of_module_list(std::size_t place, const char* signature) {
  return layer_name("ModuleList", place, signature);
}

}  // namespace detail

/// Layers of one type, as many as the program decides while it runs. Called, they run one behind the other, as in a
/// Sequential; or a program uses `layers` as it likes.
///
///     nn::ModuleList<nn::Linear<>> hidden;
///     for (Index i = 0; i < depth; ++i) hidden.layers.emplace_back(nn::LinearOptions{.in = 64, .out = 64}, rng);
///
/// As torch.nn.ModuleList, and torch.nn.Sequential of a list.
template <class Layer>
struct ModuleList {
  std::vector<Layer> layers;

  /// An error of a layer is thrown on with its place and type before the text.
  template <class X>
  X operator()(const X& x) const {
    const char* const type = detail::signature<Layer>();
    std::size_t place = 0;
    const std::vector<const char*, memory::Allocator<const char*>> types(latent::detail::watcher() ? layers.size() : 0,
                                                                         type);
    const latent::detail::InLayer in_layer(place, types.data(), &detail::layer_of_module_list);
    try {
      X y = x;
      for (; place < layers.size(); ++place) y = detail::output_of(layers[place](y));
      return y;
    } catch (Error& error) {
      detail::name_layer(error, "ModuleList", place, type);
      throw;
    }
  }
  constexpr Shape output_shape(const Shape& x) const {
    std::size_t place = 0;
    try {
      Shape y = x;
      for (; place < layers.size(); ++place) y = detail::output_shape(layers[place], y);
      return y;
    } catch (Error& error) {
      detail::name_layer(error, "ModuleList", place, detail::signature<Layer>());
      throw;
    }
  }

  /// Layers are named by their place: "0", "1", ..
  template <class F>
  void visit(F&& f) const {
    for (std::size_t place = 0; place < layers.size(); ++place) f(detail::place_name(place), layers[place]);
  }
};

}  // namespace latent::nn
