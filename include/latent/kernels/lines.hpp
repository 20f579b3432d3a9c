#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "latent/kernels/reduce.hpp"

/// Loops along one axis of x [Outer, N, Inner]. A line is either a row of N elements one behind the other, or as many
/// columns as a register has lanes. Both have the same functions, so that what is computed is written once:
///
///     max(x)          the largest element
///     sum(f)          the sum of f(offset, count), a register of `count` elements at that offset
///     map(y, f, x..)  y (+)= f(x..); y may be one of the x
///
/// A maximum or a sum is a register; in that of a row all lanes are the same.
namespace latent::kernels {

namespace detail {

template <class T>
inline Vector<T> larger(const Vector<T>& a, const Vector<T>& b) {
  return a > b ? a : b;
}

/// first <= lane < last
template <class T>
inline IntegerVector<T> lanes_between(Index first, Index last) {
  IntegerVector<T> lane{};
  for (Index i = 0; i < lanes<T>; ++i) lane[i] = static_cast<IntegerOf<T>>(i);
  return (lane >= static_cast<IntegerOf<T>>(first)) & (lane < static_cast<IntegerOf<T>>(last));
}

template <Index Distance, class V, std::size_t... Lane>
inline V swap_lanes(const V& x, std::index_sequence<Lane...>) {
  return __builtin_shufflevector(x, x, (Lane ^ Distance)...);
}

/// f of all lanes, in each lane
template <class T, class F>
__attribute__((always_inline)) inline Vector<T> across(Vector<T> x, F f) {
  unroll_with_constants<std::bit_width(static_cast<std::size_t>(lanes<T>)) - 1>([&](auto round) {
    constexpr Index distance = lanes<T> / (Index{2} << round);
    x = f(x, swap_lanes<distance>(x, std::make_index_sequence<static_cast<std::size_t>(lanes<T>)>{}));
  });
  return x;
}

}  // namespace detail

/// A row of at least one element. Its last register ends where the row ends, and so shares elements with the one
/// before it: parts of registers are slow to load where no instruction does it. A shorter row is a part of one.
template <class T>
struct Row {
  Index n;

  Vector<T> max(const T* x) const {
    const Vector<T> lowest = Vector<T>{} - std::numeric_limits<T>::infinity();
    const Vector<T> end = load(x + last(), count());
    Vector<T> most[4] = {detail::lanes_between<T>(0, count()) ? end : lowest, lowest, lowest, lowest};
    Index i = 0;
    for (; i + 4 * lanes<T> <= last(); i += 4 * lanes<T>)
      unroll<4>([&](Index j) { most[j] = detail::larger<T>(most[j], load(x + i + j * lanes<T>)); });
    for (; i < last(); i += lanes<T>) most[0] = detail::larger<T>(most[0], load(x + i));
    const Vector<T> all = detail::larger<T>(detail::larger<T>(most[0], most[1]), detail::larger<T>(most[2], most[3]));
    return detail::across<T>(all, [](const Vector<T>& a, const Vector<T>& b) { return detail::larger<T>(a, b); });
  }

  /// `Ways` sums side by side, where additions would have to wait for each other.
  template <Index Ways = 1, class F>
  Vector<T> sum(F f) const {
    double total = 0;
    for (Index i = 0;;) {
      const Index end = std::min(last(), i + sum_chunk * lanes<T>);
      Vector<T> sums[static_cast<std::size_t>(Ways)] = {};
      for (; i + Ways * lanes<T> <= end; i += Ways * lanes<T>)
        unroll<Ways>([&](Index j) { sums[j] += f(i + j * lanes<T>, lanes<T>); });
      for (; i < end; i += lanes<T>) sums[0] += f(i, lanes<T>);
      if (end == last()) {
        const Vector<T> rest = f(last(), count());
        sums[Ways - 1] += detail::lanes_between<T>(i - last(), count()) ? rest : Vector<T>{};
      }
      for (Index j = 1; j < Ways; ++j) sums[0] += sums[j];
      const Vector<T> chunk = detail::across<T>(sums[0], [](const Vector<T>& a, const Vector<T>& b) { return a + b; });
      total += static_cast<double>(chunk[0]);
      if (end == last()) return Vector<T>{} + static_cast<T>(total);
    }
  }

  template <class F, class... In>
  void map(const Target<T>& y, F f, const In*... x) const {
    // Read before the register before it is written, which has some of the same elements.
    Vector<T> end = f(load(x + last(), count())...);
    if (y.mode == WriteMode::overwrite) {
      for (Index i = 0; i < last(); i += lanes<T>) store(y.data + i, f(load(x + i)...));
    } else {
      end += load(y.data + last(), count());
      for (Index i = 0; i < last(); i += lanes<T>) store(y.data + i, load(y.data + i) + f(load(x + i)...));
    }
    store(y.data + last(), end, count());
  }

 private:
  Index count() const { return std::min(n, lanes<T>); }  ///< elements of the last register
  Index last() const { return n - count(); }
};

/// `count` columns side by side, at most as many as a register has lanes, whose elements are `stride` apart.
template <class T>
struct Columns {
  Index n, stride, count;

  Vector<T> max(const T* x) const {
    Vector<T> most = load(x, count);
    for (Index i = 1; i < n; ++i) most = detail::larger<T>(most, load(x + i * stride, count));
    return most;
  }

  template <Index Ways = 1, class F>
  Vector<T> sum(F f) const {
    double total[lanes<T>] = {};
    for (Index first = 0; first < n; first += sum_chunk) {
      Vector<T> chunk{};
      for (Index i = first; i < std::min(n, first + sum_chunk); ++i) chunk += f(i * stride, count);
      for (Index lane = 0; lane < lanes<T>; ++lane) total[lane] += static_cast<double>(chunk[lane]);
    }
    Vector<T> result{};
    for (Index lane = 0; lane < lanes<T>; ++lane) result[lane] = static_cast<T>(total[lane]);
    return result;
  }

  template <class F, class... In>
  void map(const Target<T>& y, F f, const In*... x) const {
    for (Index i = 0; i < n; ++i) {
      const Vector<T> result = f(load(x + i * stride, count)...);
      T* const to = y.data + i * stride;
      store(to, y.mode == WriteMode::overwrite ? result : load(to, count) + result, count);
    }
  }
};

namespace detail {

/// Lines that go through each function before the next: enough that one does not wait for the last steps of another's
/// sum, and few enough that they stay in the first-level cache.
inline constexpr Index most_lines_of_group = 8;
inline Index lines_of_group(Index elements) {
  return std::clamp<Index>(elementwise_piece / 2 / elements, 1, most_lines_of_group);
}

/// f(i, what was found of i), and then the other functions with what f gives, for i < count.
template <class Found, class F, class... Later>
__attribute__((always_inline)) inline void in_turn(Index count, const Found& found, const F& f, const Later&... later) {
  if constexpr (sizeof...(Later) == 0) {
    for (Index i = 0; i < count; ++i) f(i, found[static_cast<std::size_t>(i)]);
  } else {
    std::array<decltype(f(Index{0}, found[0])), static_cast<std::size_t>(most_lines_of_group)> next;
    for (Index i = 0; i < count; ++i) next[static_cast<std::size_t>(i)] = f(i, found[static_cast<std::size_t>(i)]);
    in_turn(count, next, later...);
  }
}

/// The same for lines [first, last), a group after the other; the first function is given nothing.
template <class F, class... Later>
__attribute__((always_inline)) inline void in_groups(Index first, Index last, Index group, const F& f,
                                                     const Later&... later) {
  for (; first < last; first += group) {
    const Index count = std::min(group, last - first);
    std::array<decltype(f(first)), static_cast<std::size_t>(most_lines_of_group)> found;
    for (Index i = 0; i < count; ++i) found[static_cast<std::size_t>(i)] = f(first + i);
    const auto shifted = [first](const auto& g) {
      return [ first, &g ](Index i, const auto& of_line) __attribute__((always_inline)) {
        return g(first + i, of_line);
      };
    };
    in_turn(count, found, shifted(later)...);
  }
}

}  // namespace detail

/// Calls f(first, last) for pieces of the rows of x [Rows, N]; `work` is that of one element. A row is never shared
/// between threads.
template <class F>
void each_piece_of_rows(Index rows, Index n, double work, F f) {
  if (n > 0) parallel_pieces(rows, std::max<Index>(elementwise_piece / n, 1), work * static_cast<double>(n), f);
}

/// The same with f(row, i) for each row.
template <class T, class F>
void each_row(Index rows, Index n, double work, F f) {
  each_piece_of_rows(rows, n, work, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) f(Row<T>{n}, i);
  });
}

/// Calls f(line, offset of its first element) for all lines along N of x [Outer, N, Inner].
template <class T, class F>
void each_line(Index outer, Index n, Index inner, double work, F f) {
  if (inner == 1) return each_row<T>(outer, n, work, [&](const Row<T>& row, Index i) { f(row, i * n); });
  if (n == 0) return;
  const Index registers = (inner + lanes<T> - 1) / lanes<T>, elements = n * lanes<T>;
  parallel_pieces(outer * registers, std::max<Index>(elementwise_piece / elements, 1),
                  work * static_cast<double>(elements), [&](Index first, Index last) {
                    for (Index i = first; i < last; ++i) {
                      const Index column = i % registers * lanes<T>;
                      f(Columns<T>{n, inner, std::min(lanes<T>, inner - column)}, i / registers * n * inner + column);
                    }
                  });
}

/// The same for several functions: of a group of lines each before the next, f(line, offset), then later(line, offset,
/// what the function before gave), and so on.
template <class T, class F, class... Later>
void each_line_in_turn(Index outer, Index n, Index inner, double work, F f, Later... later) {
  if (inner != 1)
    return each_line<T>(outer, n, inner, work, [&](const auto& line, Index at) {
      detail::in_groups(
          0, 1, 1, [&](Index) { return f(line, at); },
          [&](Index, const auto& found) { return later(line, at, found); }...);
    });
  const Row<T> row{n};
  each_piece_of_rows(outer, n, work, [&](Index first, Index last) {
    detail::in_groups(
        first, last, detail::lines_of_group(n), [&](Index i) { return f(row, i * n); },
        [&](Index i, const auto& found) { return later(row, i * n, found); }...);
  });
}

}  // namespace latent::kernels
