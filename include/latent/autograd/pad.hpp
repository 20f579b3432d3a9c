#pragma once

#include "latent/autograd/variable.hpp"
#include "latent/kernels/pad.hpp"

namespace latent {

/// Elements to put before and behind those of an axis; negative numbers cut off.
struct AxisPadding {
  Index axis;           ///< negative ones count from the end
  Index before, after;  ///< how many
};

namespace detail {
struct PaddingFunctions;
}

/// What stands around an axis, one of PaddingMode's.
struct PaddingKind {
  kernels::PadMode mode = kernels::PadMode::zeros;      ///< which
  const detail::PaddingFunctions* functions = nullptr;  ///< set by PaddingMode
};

namespace detail {

/// ShapeError, naming `operation`, if an axis of x cannot be padded so; else the shape that it makes.
constexpr Shape padded_shape(const char* operation, const Shape& x, const AxisPadding& p, kernels::PadMode mode) {
  const Index axis = x.normalize_axis(p.axis, operation), size = x[axis];
  const Index least = -size, most = Index{1} << 40;
  check<ShapeError>(
      p.before >= least && p.after >= least && p.before + p.after >= least && p.before <= most && p.after <= most,
      operation, ": padding ", p.before, " and ", p.after, " is too little or too much for axis ", axis, " of shape ",
      x);
  const Index longest = p.before > p.after ? p.before : p.after;
  if (mode == kernels::PadMode::reflect)
    check<ShapeError>(longest <= 0 || longest < size, operation, ": reflect padding ", p.before, " and ", p.after,
                      " must be smaller than axis ", axis, " of shape ", x);
  if (mode == kernels::PadMode::circular)
    check<ShapeError>(p.before >= 0 && p.after >= 0 && longest <= size, operation, ": circular padding ", p.before,
                      " and ", p.after, " must be at least 0 and at most axis ", axis, " of shape ", x);
  if (mode == kernels::PadMode::replicate)
    check<ShapeError>(longest <= 0 || size >= 1, operation, ": replicate padding needs elements along axis ", axis,
                      " of shape ", x);
  return x.with(axis, p.before + size + p.after);
}

template <Scalar T>
Variable<T> pad_axis(const Variable<T>& x, const AxisPadding& p, kernels::PadMode mode, T value) {
  const Shape& shape = x.shape();
  auto y = Tensor<T>::uninitialized(padded_shape("pad", shape, p, mode));
  const Index axis = shape.normalize_axis(p.axis), inner = shape.stride(axis);
  Index outer = 1;
  for (Index i = 0; i < axis; ++i) outer *= shape[i];
  const kernels::PadSizes sizes{outer, shape[axis], inner, p.before, p.after, mode};
  kernels::pad(sizes, x.value().data(), value, y.data());
  return Variable<T>::result("pad", std::move(y), {x}, [x, sizes](const Tensor<T>& dy) {
    if (T* const dx = x.grad_data()) kernels::pad_backward(sizes, dy.data(), dx);
  });
}

}  // namespace detail

/// y = x with elements before and behind those of some axes, one after the other; `value` is that of a constant:
/// `pad(images, {{1, 2, 2}, {2, 3, 3}}, PaddingMode::reflect)` puts two rows and three columns on each side.
/// ShapeError if an axis is given twice, does not exist, or is too short: reflect needs more elements than it adds on a
/// side, circular as many, and cuts nothing off. As torch.nn.functional.pad, but axes have their numbers, and all modes
/// take any axes.
template <Scalar T>
[[gnu::noinline]] Variable<T> pad(const Variable<T>& x, std::initializer_list<AxisPadding> padding,
                                  PaddingKind kind = {}, std::type_identity_t<T> value = 0) {
  std::array<bool, Shape::max_rank> used{};
  Variable<T> y = x;
  for (const AxisPadding& p : padding) {
    const Index axis = x.shape().normalize_axis(p.axis, "pad");
    check<ShapeError>(!std::exchange(used[static_cast<std::size_t>(axis)], true), "pad: axis ", p.axis,
                      " is given twice for shape ", x.shape());
    if (p.before != 0 || p.after != 0) y = detail::pad_axis<T>(y, p, kind.mode, value);
  }
  return y;
}

namespace detail {

struct PaddingFunctions {
  Shape (*shape)(const char* operation, const Shape& x, const AxisPadding&, kernels::PadMode);
  Variable<float> (*pad_float)(const Variable<float>&, std::initializer_list<AxisPadding>, PaddingKind, float);
  Variable<double> (*pad_double)(const Variable<double>&, std::initializer_list<AxisPadding>, PaddingKind, double);

  template <Scalar T>
  Variable<T> pad(const Variable<T>& x, std::initializer_list<AxisPadding> padding, PaddingKind kind) const {
    if constexpr (std::is_same_v<T, float>)
      return pad_float(x, padding, kind, 0);
    else
      return pad_double(x, padding, kind, 0);
  }
};

/// Their types depend on M, which is void: others would be compiled before somebody names this.
template <class M>
inline constexpr PaddingFunctions padding_functions{&padded_shape,
                                                    &latent::pad<std::conditional_t<std::is_void_v<M>, float, M>>,
                                                    &latent::pad<std::conditional_t<std::is_void_v<M>, double, M>>};

}  // namespace detail

/// The kinds of padding, `PaddingMode::reflect` and so on, for an axis 1 2 3: `constant` 0 0 | 1 2 3 | 0 0, also called
/// `zeros`, `reflect` 3 2 | 1 2 3 | 2 1, `replicate` 1 1 | 1 2 3 | 3 3, `circular` 2 3 | 1 2 3 | 1 2.
///
/// The last three bring the functions that pad. So a convolution, which pads only if it is told to, does not make
/// programs larger that never name them: of a template those members are compiled that are used.
template <class M = void>
struct PaddingModes {
  static constexpr PaddingKind constant{};  ///< zeros
  static constexpr PaddingKind zeros{};     ///< the same
  /// Mirrored at the outer element, which is not repeated; the padding is smaller than the axis.
  static constexpr PaddingKind reflect{kernels::PadMode::reflect, &detail::padding_functions<M>};
  /// The outer element again and again.
  static constexpr PaddingKind replicate{kernels::PadMode::replicate, &detail::padding_functions<M>};
  /// As if the axis were a ring; the padding is at most as large as the axis.
  static constexpr PaddingKind circular{kernels::PadMode::circular, &detail::padding_functions<M>};
};
/// What options name: `.padding_mode = PaddingMode::reflect`.
using PaddingMode = PaddingModes<>;

}  // namespace latent
