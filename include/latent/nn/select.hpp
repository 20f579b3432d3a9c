#pragma once

#include "latent/autograd/select.hpp"

namespace latent::nn {

/// Of Select.
struct SelectOptions {
  Index axis = 1;    ///< PyTorch's dim; negative ones count from the end
  Index index = -1;  ///< place on it; negative ones count from the end
};

/// One place of an axis, which disappears; by default the last step of sequences, [N, T, ..] -> [N, ..]:
///
///     nn::Sequential{nn::LSTM({.in = 8, .hidden = 32}, rng), nn::Select{}, nn::Linear({.in = 32, .out = 4}, rng)}
///
/// Of padded sequences the last step is padding: take the state instead. As torch.select. ShapeError for an axis or a
/// place that x does not have.
struct Select {
  SelectOptions options;

  /// By default the last step.
  constexpr explicit Select(const SelectOptions& o = {}) : options(o) {}

  template <Scalar T>
  Variable<T> operator()(const Variable<T>& x) const {
    return select(x, options.axis, options.index);
  }
  constexpr Shape output_shape(const Shape& x) const {
    return latent::detail::selected_shape("Select", x, options.axis, options.index);
  }
};

}  // namespace latent::nn
