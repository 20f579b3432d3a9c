#pragma once

#include "latent/kernels/exp.hpp"
#include "latent/kernels/lines.hpp"
#include "latent/kernels/log.hpp"

/// Cross-entropy of rows of logits x [Rows, Classes]
///
///     loss = sum over c of q[c] (log_sum - (x[c] - most)),  most = max x,  log_sum = log of sum of exp(x - most)
///
/// where q are the classes' shares of the target, times their weights. No softmax is stored: `most` and the sum are
/// kept of each row, and the gradient is made of them. A row is in the nearest cache after it has been read once.
namespace latent::kernels {

/// Logits, and what becomes of a target.
template <class T>
struct CrossEntropyLogits {
  Index rows, classes;  ///< of x
  const T* x;           ///< logits [Rows, Classes]
  const T* weight;      ///< [Classes]; null for ones
  T smoothing;          ///< the share of a target that is spread evenly over the classes
  T* most;              ///< [Rows], written by the forward, read by the backward
  T* sum;               ///< [Rows], the same

  T kept() const { return T(1) - smoothing; }                       ///< share of the target itself
  T spread() const { return smoothing / static_cast<T>(classes); }  ///< share of each class

  /// most, which is written, as is the sum.
  Vector<T> reduce(const Row<T>& row, Index i) const {
    const T* const logits = x + i * classes;
    const Vector<T> largest = row.max(logits);
    const Vector<T> total =
        row.sum([&](Index at, Index count) { return exp_nonpositive<T>(load(logits + at, count) - largest); });
    most[i] = largest[0];
    sum[i] = total[0];
    return largest;
  }
};

/// The gradients of the losses: one for each row, or one for all.
template <class T>
struct LossGradients {
  const T* dy;  ///< [Rows], or one
  bool each;    ///< whether there is one for each row
  T scale;      ///< of a mean, 1 divided by what the sum is divided by

  /// That of row i.
  T operator()(Index i) const { return dy[each ? i : 0] * scale; }
};

/// The losses of classes given by numbers [Rows], 0 where they are negative    losses [Rows]
template <class T>
void cross_entropy(const CrossEntropyLogits<T>& s, const Index* labels, T* losses) {
  each_row<T>(s.rows, s.classes, 32, [&](const Row<T>& row, Index i) {
    const T* const x = s.x + i * s.classes;
    const Vector<T> most = s.reduce(row, i);
    const Index label = labels[i];
    losses[i] = 0;
    if (label < 0) return;
    const Vector<T> log_sum = log<T>(Vector<T>{} + s.sum[i]);
    losses[i] = s.kept() * (s.weight ? s.weight[label] : T(1)) * (log_sum[0] - (x[label] - most[0]));
    if (s.smoothing == 0) return;
    const Vector<T> all = row.template sum<4>([&](Index at, Index count) {
      const Vector<T> part = log_sum - (load(x + at, count) - most);
      return s.weight ? load(s.weight + at, count) * part : part;
    });
    losses[i] += s.spread() * all[0];
  });
}

/// dx = d (softmax(x) sum of q - q) for losses with the gradients d.
template <class T>
void cross_entropy_backward(const CrossEntropyLogits<T>& s, const Index* labels, const LossGradients<T>& gradients,
                            const Target<T>& dx) {
  double weights = static_cast<double>(s.classes);
  if (s.weight) weights = sum(s.classes, s.weight);
  each_row<T>(s.rows, s.classes, 32, [&](const Row<T>& row, Index i) {
    const T* const x = s.x + i * s.classes;
    const Target<T> to{dx.data + i * s.classes, dx.mode};
    const Index label = labels[i];
    const Vector<T> most = Vector<T>{} + s.most[i];
    // Without a class it is 0, also where the mean over no class at all is infinite.
    const T d = label < 0 ? T(0) : gradients(i);
    const T own = label < 0 ? T(0) : d * s.kept() * (s.weight ? s.weight[label] : T(1));
    const T spread = s.smoothing == 0 ? T(0) : d * s.spread();
    const T scale = (own + spread * static_cast<T>(weights)) / s.sum[i];
    const auto softmax = [&](const Vector<T>& v) { return exp_nonpositive<T>(v - most) * scale; };
    if (s.smoothing == 0) {
      row.map(to, softmax, x);
    } else if (!s.weight) {
      row.map(
          to, [&](const Vector<T>& v) { return softmax(v) - spread; }, x);
    } else {
      row.map(
          to, [&](const Vector<T>& v, const Vector<T>& w) { return softmax(v) - spread * w; }, x, s.weight);
    }
    if (label >= 0) to.data[label] -= own;
  });
}

namespace detail {

/// q of a row of probabilities.
template <class T>
auto shares(const CrossEntropyLogits<T>& s, const T* probabilities) {
  return [&s, probabilities, kept = s.kept(), spread = s.spread()](Index at, Index count) {
    const Vector<T> share = load(probabilities + at, count) * kept + spread;
    return s.weight ? share * load(s.weight + at, count) : share;
  };
}

}  // namespace detail

/// The losses of probabilities [Rows, Classes]    losses [Rows]
template <class T>
void cross_entropy(const CrossEntropyLogits<T>& s, const T* probabilities, T* losses) {
  each_row<T>(s.rows, s.classes, 40, [&](const Row<T>& row, Index i) {
    const T* const x = s.x + i * s.classes;
    const Vector<T> most = s.reduce(row, i);
    const Vector<T> log_sum = log<T>(Vector<T>{} + s.sum[i]);
    const auto share = detail::shares(s, probabilities + i * s.classes);
    losses[i] = row.template sum<4>(
        [&](Index at, Index count) { return share(at, count) * (log_sum - (load(x + at, count) - most)); })[0];
  });
}

/// dx = d (softmax(x) sum of q - q), dp = d (1 - smoothing) weight (log_sum - (x - most)) for losses with the
/// gradients d.
template <class T>
void cross_entropy_backward(const CrossEntropyLogits<T>& s, const T* probabilities, const LossGradients<T>& gradients,
                            const Target<T>& dx, const Target<T>& dp) {
  each_row<T>(s.rows, s.classes, 40, [&](const Row<T>& row, Index i) {
    const Index first = i * s.classes;
    const T* const x = s.x + first;
    const T* const p = probabilities + first;
    const T d = gradients(i), kept = s.kept(), spread = s.spread();
    const Vector<T> most = Vector<T>{} + s.most[i];
    if (dx) {
      const Target<T> to{dx.data + first, dx.mode};
      const Vector<T> scale = d * row.template sum<4>(detail::shares(s, p)) / s.sum[i];
      const auto gradient = [&](const Vector<T>& v, const Vector<T>& share) {
        return exp_nonpositive<T>(v - most) * scale - d * share;
      };
      if (s.weight) {
        row.map(
            to,
            [&](const Vector<T>& v, const Vector<T>& q, const Vector<T>& w) {
              return gradient(v, (q * kept + spread) * w);
            },
            x, p, s.weight);
      } else {
        row.map(
            to, [&](const Vector<T>& v, const Vector<T>& q) { return gradient(v, q * kept + spread); }, x, p);
      }
    }
    if (dp) {
      const Target<T> to{dp.data + first, dp.mode};
      const Vector<T> log_sum = log<T>(Vector<T>{} + s.sum[i]);
      const auto gradient = [&](const Vector<T>& v, const Vector<T>& w) {
        return kept * (d * w * (log_sum - (v - most)));
      };
      if (s.weight) {
        row.map(to, gradient, x, s.weight);
      } else {
        row.map(
            to, [&](const Vector<T>& v) { return gradient(v, Vector<T>{} + T(1)); }, x);
      }
    }
  });
}

}  // namespace latent::kernels
