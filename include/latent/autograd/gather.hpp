#pragma once

#include <concepts>

#include "latent/autograd/axis.hpp"
#include "latent/autograd/variable.hpp"
#include "latent/core/loops.hpp"

/// Elements at places that a tensor of integers names, counted from 0.
namespace latent {

namespace detail {

/// ValueError for a place that is not on the axis.
template <std::integral Int>
[[gnu::noinline]] void check_indices(const char* operation, const Tensor<Int>& index, const Shape& x, Index axis) {
  const Index n = x[axis];
  for (std::size_t i = 0; i < index.elements().size(); ++i) {
    const Int at = index.elements()[i];
    check<ValueError>(std::cmp_greater_equal(at, 0) && std::cmp_less(at, n), operation, ": index ", at, " at element ",
                      i, " of ", index.shape(), " is not within axis ", axis, " of shape ", x);
  }
}

}  // namespace detail

/// y = x with the place along `axis` taken from `index`, y[i][j][k] = x[i][index[i][j][k]][k] for axis 1
/// `index` has x's rank and, but for `axis`, no larger sizes; y has its shape. ShapeError for other shapes, ValueError
/// for a place that is not on the axis. As torch.gather.
template <Scalar T, std::integral Int>
Variable<T> gather(const Variable<T>& x, Index axis, const Tensor<Int>& index) {
  const Shape& in = x.shape();
  const Index along = in.normalize_axis(axis, "gather");
  bool fits = index.rank() == in.rank();
  for (Index i = 0; fits && i < in.rank(); ++i) fits = i == along || index.shape()[i] <= in[i];
  check<ShapeError>(fits, "gather: index ", index.shape(), " does not fit x ", in,
                    ", expected the same rank and, but for axis ", along, ", no larger sizes");
  detail::check_indices("gather", index, in, along);
  Loops<2> loops;   // over y, and over x as if `axis` had one place
  Index outer = 1;  // lines before the axis, of which each has its own part of x
  for (Index i = 0; i < in.rank(); ++i) {
    loops.append(index.shape()[i], {index.shape().stride(i), i == along ? 0 : in.stride(i)});
    if (i < along) outer *= index.shape()[i];
  }
  const Index step = in.stride(along);
  auto y = Tensor<T>::uninitialized(index.shape());
  parallel_rows(loops, 8,
                [step, to = y.data(), from = x.value().data(), places = index.data()](const auto& offset, Index count,
                                                                                      const auto& stride) {
                  for (Index i = 0; i < count; ++i) {
                    const Index at = offset[0] + i * stride[0];
                    to[at] = from[offset[1] + i * stride[1] + static_cast<Index>(places[at]) * step];
                  }
                });
  return Variable<T>::result("gather", std::move(y), {x}, [x, index, loops, outer, step](const Tensor<T>& dy) {
    T* const dx = x.grad_data();
    if (!dx) return;
    const auto add = [&](const auto& offset, Index count, const auto& stride) {
      for (Index i = 0; i < count; ++i) {
        const Index at = offset[0] + i * stride[0];
        dx[offset[1] + i * stride[1] + static_cast<Index>(index.data()[at]) * step] += dy.data()[at];
      }
    };
    if (outer > 1) {
      parallel_rows(loops, 8, add);
    } else {
      loops.each_row(add);
    }
  });
}

/// y = the parts of x at the places `index` along an axis, in its order; places may occur several times
/// index [K]; y has x's shape with K for the size of the axis. ShapeError for other shapes, ValueError for a place that
/// is not on the axis. As torch.index_select.
template <Scalar T, std::integral Int>
Variable<T> index_select(const Variable<T>& x, Index axis, const Tensor<Int>& index) {
  const Index k = index.template sizes<1>("index_select: index [K]")[0];
  const auto [outer, n, inner] = detail::along_axis("index_select", x.shape(), axis);
  const Index along = x.shape().normalize_axis(axis);
  detail::check_indices("index_select", index, x.shape(), along);
  auto y = Tensor<T>::uninitialized(x.shape().with(along, k));
  T* const to = y.data();
  const Index piece = std::max<Index>(kernels::elementwise_piece / std::max<Index>(inner, 1), 1);
  parallel_pieces(outer * k, piece, 2 * static_cast<double>(inner), [&, n = n, inner = inner](Index first, Index last) {
    for (Index i = first; i < last; ++i)
      std::copy_n(x.value().data() + (i / k * n + static_cast<Index>(index.data()[i % k])) * inner, inner,
                  to + i * inner);
  });
  return Variable<T>::result(
      "index_select", std::move(y), {x}, [x, index, k, outer = outer, n = n, inner = inner](const Tensor<T>& dy) {
        T* const dx = x.grad_data();
        if (!dx) return;
        // A place that occurs twice takes a sum, so tasks are parts of its elements.
        constexpr Index width = 64;
        const Index parts = (inner + width - 1) / width;
        parallel_for(outer * parts, static_cast<double>(2 * k * std::min(inner, width)), [&](Index task) {
          const Index o = task / parts, begin = task % parts * width;
          for (Index i = 0; i < k; ++i) {
            T* const sums = dx + (o * n + static_cast<Index>(index.data()[i])) * inner + begin;
            const T* const from = dy.data() + (o * k + i) * inner + begin;
            for (Index j = 0; j < std::min(width, inner - begin); ++j) sums[j] += from[j];
          }
        });
      });
}

}  // namespace latent
