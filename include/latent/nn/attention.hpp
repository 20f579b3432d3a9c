#pragma once

#include <cmath>
#include <optional>

#include "latent/kernels/attention.hpp"
#include "latent/nn/dropout.hpp"

namespace latent {

/// A mask of attention: flags, or numbers that are added to the scores.
template <Scalar T>
struct AttentionMask {
  Tensor<bool> flags;  ///< undefined if the mask has numbers
  Tensor<T> added;     ///< undefined if it has flags

  /// No mask.
  AttentionMask() = default;
  /// Flags; what true means is the function's.
  AttentionMask(Tensor<bool> mask) : flags(std::move(mask)) {}
  AttentionMask(const Tensor<std::uint8_t>& mask) : flags(mask.cast<bool>()) {}
  /// Numbers that are added to the scores; minus infinity hides.
  AttentionMask(Tensor<T> mask) : added(std::move(mask)) {}
};

namespace detail {

/// Attention over rows of heads, wherever they lie, and what the backward pass keeps of it.
template <Scalar T>
struct Attention {
  kernels::AttentionSizes sizes;
  double scale;
  bool causal;
  Tensor<bool> allowed;  ///< broadcasts to [N, heads, T, S]; may be undefined, as `added`
  Tensor<T> added;
  kernels::Dropout dropout = kernels::AttentionScores<T>{}.dropout;

  /// Of the softmax, if the thread trains.
  void set_dropout(double p) {
    Rng* const rng = nn::training();
    if (rng && p > 0) dropout = next_dropout(kernels::AttentionScores<T>::numbered(sizes), p, *rng);
  }

  kernels::AttentionScores<T> scores() const {
    return {static_cast<T>(scale), causal, broadcast(allowed), broadcast(added), dropout};
  }

 private:
  template <class E>
  static kernels::MaskView<E> broadcast(const Tensor<E>& mask) {
    kernels::MaskView<E> result{mask.data()};
    for (Index axis = 0; axis < mask.rank(); ++axis)
      if (mask.size(axis) != 1)
        result.strides[static_cast<std::size_t>(4 - mask.rank() + axis)] = mask.shape().stride(axis);
    return result;
  }
};

/// Rows of heads within a tensor, from an element on.
struct HeadsLayout {
  Index offset, batch_stride, head_stride, row_stride;

  template <class T>
  kernels::HeadsView<T> of(T* data) const {
    return {data + offset, batch_stride, head_stride, row_stride};
  }
};

template <Scalar T>
struct AttentionOperand {
  Variable<T> x;
  HeadsLayout layout;

  /// Where its gradient goes. Of a variable that holds the operand before it, too, that lies beside this one, all is
  /// written in one mode.
  kernels::HeadsTarget<T> target(const AttentionOperand* before, kernels::Target<T>& last) const {
    const bool beside = before && before->x.identity() == x.identity() && before->layout.offset != layout.offset;
    if (!beside) last = x.grad_target();
    if (!last) return {};
    return {layout.of(last.data), last.mode};
  }
};

/// y, of the given shape and layout, from q, k and v.
template <Scalar T>
Variable<T> attention(const char* operation, const Attention<T>& a, const std::array<AttentionOperand<T>, 3>& operands,
                      const Shape& shape, const HeadsLayout& layout) {
  const kernels::AttentionSizes& z = a.sizes;
  auto y = Tensor<T>::uninitialized(shape);
  auto statistics = Tensor<T>::uninitialized({z.n, z.heads, z.t, 2});
  const std::array<Tensor<T>, 3> values{operands[0].x.value(), operands[1].x.value(), operands[2].x.value()};
  const auto inputs = [](const auto& of, const auto& from) {
    return kernels::AttentionInputs<T>{of[0].layout.of(from[0].data()), of[1].layout.of(from[1].data()),
                                       of[2].layout.of(from[2].data())};
  };
  kernels::attention(z, inputs(operands, values), a.scores(), layout.of(y.data()), statistics.data());
  return Variable<T>::result(
      operation, y, {operands[0].x, operands[1].x, operands[2].x},
      [a, operands, y, layout, statistics, values, inputs](const Tensor<T>& dy) {
        kernels::Target<T> last;
        const auto dq = operands[0].target(nullptr, last), dk = operands[1].target(&operands[0], last),
                   dv = operands[2].target(&operands[1], last);
        kernels::attention_backward<T>(a.sizes, inputs(operands, values), a.scores(),
                                       {layout.of(y.data()), layout.of(dy.data()), statistics.data()}, {dq, dk, dv});
      });
}

/// Whether a mask can be repeated to a shape of four sizes.
inline bool mask_fits(const Shape& mask, const Shape& scores) {
  if (mask.rank() > scores.rank()) return false;
  for (Index axis = 1; axis <= mask.rank(); ++axis)
    if (mask.size(-axis) != 1 && mask.size(-axis) != scores.size(-axis)) return false;
  return true;
}

constexpr void check_attention_dropout(const char* operation, double dropout) {
  check<ValueError>(dropout >= 0 && dropout <= 1, operation, ": dropout must be in [0, 1], got ", dropout);
}

}  // namespace detail

/// Of scaled_dot_product_attention.
template <Scalar T>
struct AttentionOptions {
  AttentionMask<T> mask{};  ///< broadcasts to [N, H, T, S]; flags are true where a query may attend to a key
  bool causal = false;      ///< query t may attend to the keys 0 to t only
  double dropout = 0;       ///< probability of an element of the softmax to be dropped while the thread trains
  std::optional<double> scale = std::nullopt;  ///< 1 / sqrt(D) if not given
};

/// y = softmax(scale q k^T + mask) v    q [N, H, T, D], k [N, H, S, D], v [N, H, S, V] -> y [N, H, T, V]
///
/// A query that may attend to no key gives 0. Mask and causal may both be given. No matrix [T, S] is kept. ShapeError
/// if the shapes do not fit, ValueError for a dropout outside [0, 1]. As
/// torch.nn.functional.scaled_dot_product_attention; dropout is for `nn::Training`, though. Vaswani et al., "Attention
/// is all you need", 2017; computed as Dao et al., "FlashAttention", 2022.
template <Scalar T>
Variable<T> scaled_dot_product_attention(const Variable<T>& q, const Variable<T>& k, const Variable<T>& v,
                                         const std::type_identity_t<AttentionOptions<T>>& options = {}) {
  constexpr const char* operation = "scaled_dot_product_attention";
  const Shape &qs = q.shape(), &ks = k.shape(), &vs = v.shape();
  check<ShapeError>(qs.rank() == 4 && ks.rank() == 4 && vs.rank() == 4 && ks == qs.with(2, ks.size(-2)) &&
                        vs == ks.with(3, vs.size(-1)),
                    "scaled_dot_product_attention: q ", qs, ", k ", ks, " and v ", vs,
                    " do not fit, expected q [N, H, T, D], k [N, H, S, D] and v [N, H, S, V]");
  detail::check_attention_dropout(operation, options.dropout);
  const Shape scores = qs.with(3, ks[2]);
  const auto check_mask = [&](const auto& mask) {
    check<ShapeError>(!mask.defined() || detail::mask_fits(mask.shape(), scores), "scaled_dot_product_attention: mask ",
                      mask.shape(), " does not fit, expected one that broadcasts to ", scores);
  };
  check_mask(options.mask.flags);
  check_mask(options.mask.added);
  detail::Attention<T> a{.sizes = {qs[0], qs[1], qs[2], ks[2], qs[3], vs[3]},
                         .scale = options.scale.value_or(1 / std::sqrt(static_cast<double>(qs[3]))),
                         .causal = options.causal,
                         .allowed = options.mask.flags,
                         .added = options.mask.added};
  a.set_dropout(options.dropout);
  const auto layout = [](const Shape& x) {
    return detail::HeadsLayout{
        .offset = 0, .batch_stride = x.stride(0), .head_stride = x.stride(1), .row_stride = x.stride(2)};
  };
  const Shape shape = qs.with(3, vs[3]);
  return detail::attention<T>(operation, a, {{{q, layout(qs)}, {k, layout(ks)}, {v, layout(vs)}}}, shape,
                              layout(shape));
}

}  // namespace latent
