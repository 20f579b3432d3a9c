#pragma once

#include <limits>

#include "latent/kernels/each_piece.hpp"

namespace latent::kernels {

/// One of several gradients; T may be const.
template <class T>
struct GradientArray {
  Index n;
  T* gradient;
};

namespace detail {

/// The first `count` of lanes<double> elements in double; the others are zero.
inline Vector<double> load_as_double(const double* from, Index count) { return load(from, count); }
inline Vector<double> load_as_double(const float* from, Index count) {
  typedef float Half __attribute__((vector_size(vector_bytes / 2)));
  Half x{};
  if (count == lanes<double>) [[likely]]
    std::memcpy(&x, from, sizeof x);
  else
    std::memcpy(&x, from, static_cast<std::size_t>(count) * sizeof(float));
  return __builtin_convertvector(x, Vector<double>);
}

inline Vector<double> magnitude(const Vector<double>& x) { return x < 0 ? -x : x; }

/// The larger of two, NaN if one is.
inline double larger(double a, double b) { return a >= b || a != a ? a : b; }
inline Vector<double> larger(const Vector<double>& a, const Vector<double>& b) {
  const Vector<double> most = a >= b ? a : b;
  return a != a ? a : most;
}

/// total = add(total, x) over all elements x of all arrays, from 0, in double. Each task has totals of its own, which
/// merge(a, b) adds to each other in order: the result is the same for any number of threads.
template <class T, class Add, class Merge>
double reduce_arrays(std::span<const GradientArray<const T>> arrays, double work, Add add, Merge merge) {
  constexpr Index wide = lanes<double>;
  Vector<double> totals[most_tasks] = {};
  each_piece_of_task<T>(arrays, work, [&](Index task, const GradientArray<const T>& array, Index first, Index last) {
    Vector<double> sums[4] = {};  // that no addition has to wait for the one before it
    Index i = first;
    for (; i + 4 * wide <= last; i += 4 * wide)
      unroll<4>([&](Index j) { sums[j] = add(sums[j], load_as_double(array.gradient + i + j * wide, wide)); });
    for (; i < last; i += wide) sums[0] = add(sums[0], load_as_double(array.gradient + i, std::min(wide, last - i)));
    totals[task] = merge(totals[task], merge(merge(sums[0], sums[1]), merge(sums[2], sums[3])));
  });
  double result = 0;
  for (const Vector<double>& total : totals)
    for (Index lane = 0; lane < wide; ++lane) result = merge(result, double{total[lane]});
  return result;
}

}  // namespace detail

/// (sum of |x|^p)^(1/p) over all elements of all arrays, or the largest |x| for p = infinity; p > 0.
template <class T>
double norm_of_all(std::span<const GradientArray<const T>> arrays, double p) {
  using V = Vector<double>;
  const auto plus = [](const auto& a, const auto& b) { return a + b; };
  if (p == std::numeric_limits<double>::infinity())
    return detail::reduce_arrays<T>(
        arrays, 4, [](const V& most, const V& x) { return detail::larger(most, detail::magnitude(x)); },
        [](const auto& a, const auto& b) { return detail::larger(a, b); });
  if (p == 2)
    return std::sqrt(detail::reduce_arrays<T>(
        arrays, 4, [](const V& total, const V& x) { return total + x * x; }, plus));
  if (p == 1)
    return detail::reduce_arrays<T>(
        arrays, 4, [](const V& total, const V& x) { return total + detail::magnitude(x); }, plus);
  const auto add_power = [p](V total, const V& x) {
    for (Index lane = 0; lane < lanes<double>; ++lane) total[lane] += std::pow(std::abs(x[lane]), p);
    return total;
  };
  return std::pow(detail::reduce_arrays<T>(arrays, 100, add_power, plus), 1 / p);
}

/// x = f(x), register by register, for all elements of all arrays.
template <class T, class F>
void change_all(std::span<const GradientArray<T>> arrays, F f) {
  each_piece<T>(arrays, 4, [&](const GradientArray<T>& array, Index first, Index last) {
    detail::each_register<T>(first, last, [&](Index i, Index count) {
      store(array.gradient + i, f(load(array.gradient + i, count)), count);
    });
  });
}

/// x = factor x
template <class T>
void scale_all(std::span<const GradientArray<T>> arrays, T factor) {
  change_all(arrays, [=](const Vector<T>& x) { return x * factor; });
}

/// x = min(max(x, -bound), bound); NaN stays.
template <class T>
void clamp_all(std::span<const GradientArray<T>> arrays, T bound) {
  const Vector<T> most = Vector<T>{} + bound;
  change_all(arrays, [=](const Vector<T>& x) {
    const Vector<T> above = x < -most ? -most : x;
    return above > most ? most : above;
  });
}

}  // namespace latent::kernels
