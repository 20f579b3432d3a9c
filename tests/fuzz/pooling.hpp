#pragma once

// Pooling and interpolation as plain loops over numbers.

#include "convolutions.hpp"

namespace fuzz {

inline void expect_pool(const Window& w) {
  for (int d : {0, 1})
    expect_value(w.kernel[d] >= 1 && w.stride[d] >= 0 && w.dilation[d] >= 1 && w.padding[d] >= 0 &&
                 2 * w.padding[d] <= w.kernel[d]);
}

/// Places of a window along an axis: those that are within the padding, and with `ceil` one that ends beyond.
inline Index places_of(Index size, const Window& w, int d, bool ceil) {
  const Index span = w.dilation[d] * (w.kernel[d] - 1) + 1, stride = w.stride[d] ? w.stride[d] : w.kernel[d];
  Index places = 0;
  for (;; ++places) {
    const Index begin = places * stride, beyond = begin + span - (size + 2 * w.padding[d]);
    const bool last = ceil && beyond < stride && begin < size + w.padding[d];
    if (beyond > 0 && !last) return places;
  }
}

/// f(the pixel where the window at[1], at[2] begins) for all pixels and channels of the result.
inline Array pool(const Array& x, const Window& w, bool ceil, Function<Number(const Indices&)> f) {
  expect_pool(w);
  expect_images(x);
  Indices sizes = sizes_of(x.shape), strides;
  for (int d : {0, 1}) {
    Index& size = sizes[1 + static_cast<std::size_t>(d)];
    size = places_of(size, w, d, ceil);
    expect_shape(size >= 1);
    strides.push_back(w.stride[d] ? w.stride[d] : w.kernel[d]);
  }
  return make(sizes, [&](Indices at) {
    at[1] = at[1] * strides[0] - w.padding[0];
    at[2] = at[2] * strides[1] - w.padding[1];
    return f(at);
  });
}

/// What of x is in a window that begins at a pixel.
inline Line pixels(const Array& x, const Window& w, const Indices& begin) {
  Line seen;
  each_place({w.kernel[0], w.kernel[1]}, [&](const Indices& tap) {
    const Index row = begin[1] + tap[0] * w.dilation[0], column = begin[2] + tap[1] * w.dilation[1];
    if (row >= 0 && row < x.shape[1] && column >= 0 && column < x.shape[2])
      seen.push_back(element(x, {begin[0], row, column, begin[3]}));
  });
  return seen;
}

inline Array max_pool2d(Tape& tape, const Array& x, const Window& w, bool ceil) {
  return pool(x, w, ceil, [&](const Indices& begin) { return largest(tape, pixels(x, w, begin)); });
}

/// A sum divided by a number, whose inverse is rounded for the gradients, and may be a product of two.
inline Number averaged(Tape& tape, const Line& x, Index divisor) {
  const Number total = sum(tape, x);
  const Real share = 1 / Real(divisor);
  const Edge edge{total.place, share, 3 * tape.rounding.unit * std::abs(share)};
  return tape.record(total.value * share, total.error * std::abs(share), 3, {&edge, 1});
}

inline Array avg_pool2d(Tape& tape, const Array& x, const Window& w, bool ceil, bool counts_padding, Index divisor) {
  expect_pool(w);
  expect_images(x);
  return pool(x, w, ceil, [&](const Indices& begin) {
    Index count = 1;
    for (std::size_t d : {0u, 1u}) {
      const Index size = x.shape[static_cast<Index>(1 + d)], first = begin[1 + d];
      const Index end = std::min(first + w.kernel[d], size + w.padding[d]);
      count *= counts_padding ? end - first : std::min(end, size) - std::max<Index>(first, 0);
    }
    return averaged(tape, pixels(x, w, begin), divisor ? divisor : count);
  });
}

inline Array adaptive_avg_pool2d(Tape& tape, const Array& x, Index h, Index w) {
  expect_value(h >= 1 && w >= 1);
  expect_images(x);
  const auto first = [](Index i, Index size, Index places) { return i * size / places; };
  const auto last = [](Index i, Index size, Index places) { return ((i + 1) * size + places - 1) / places; };
  return make({x.shape[0], h, w, x.shape[3]}, [&](const Indices& at) {
    Line seen;
    for (Index i = first(at[1], x.shape[1], h); i < last(at[1], x.shape[1], h); ++i)
      for (Index j = first(at[2], x.shape[2], w); j < last(at[2], x.shape[2], w); ++j)
        seen.push_back(element(x, {at[0], i, j, at[3]}));
    return averaged(tape, seen, std::ssize(seen));
  });
}

/// How sizes are changed: nearest pixels, or two in each direction; pixels of x from one of y to the next are 1 /
/// factor if that is given.
struct Interpolation {
  bool bilinear, align_corners;
  Index h, w;
  Real factor_h, factor_w;
};

/// Two pixels, and the weight of the second.
struct Between {
  Index before, after;
  Real share;
};

inline Between between(Index i, Index size, Index places, Real factor, const Interpolation& how) {
  if (how.bilinear && places == size) return {i, i, 0};
  const bool exact = places == size || (!how.bilinear && places == 2 * size);
  const Real step = factor > 0 && !exact ? 1 / factor : Real(size) / Real(places);
  if (!how.bilinear) {  // as the library and PyTorch, in float
    const Index at = std::min(static_cast<Index>(static_cast<float>(i) * static_cast<float>(step)), size - 1);
    return {at, at, 0};
  }
  const Real corners = places > 1 ? Real(i) * Real(size - 1) / Real(places - 1) : 0;
  const Real at = std::max<Real>(how.align_corners ? corners : (Real(i) + Real(0.5)) * step - Real(0.5), 0);
  const Index before = std::min(static_cast<Index>(at), size - 1);
  return {before, std::min(before + 1, size - 1), std::min<Real>(at - Real(before), 1)};
}

/// The weighted pixels of one direction. Places are computed in double, which may take them to the other side of a
/// pixel.
struct Weighted {
  Index pixel;
  Real weight, error;
};

inline std::vector<Weighted> weighted(const Between& b, Index size, bool bilinear) {
  const Real error = bilinear ? 4 * Real(std::numeric_limits<double>::epsilon()) * Real(size) : 0;
  std::vector<Weighted> result{{b.before, 1 - b.share, error}, {b.after, b.share, error}};
  if (b.share < error && b.before > 0) result.push_back({b.before - 1, 0, error});
  if (1 - b.share < error && b.after + 1 < size) result.push_back({b.after + 1, 0, error});
  return result;
}

inline Array upsample(Tape& tape, const Array& x, const Interpolation& how) {
  return make({x.shape[0], how.h, how.w, x.shape[3]}, [&](const Indices& at) {
    const Between row = between(at[1], x.shape[1], how.h, how.factor_h, how);
    const Between column = between(at[2], x.shape[2], how.w, how.factor_w, how);
    Sum total(tape);
    for (const Weighted& i : weighted(row, x.shape[1], how.bilinear))
      for (const Weighted& j : weighted(column, x.shape[2], how.bilinear)) {
        const Real weight = i.weight * j.weight, error = i.error + j.error + 4 * tape.rounding.unit * weight;
        total.add_product(element(x, {at[0], i.pixel, j.pixel, at[3]}), {weight, error, tape.leaf(0).place});
      }
    return total.result();
  });
}

}  // namespace fuzz
