#pragma once

#include "latent/core/memory.hpp"
#include "latent/kernels/dropout.hpp"
#include "latent/kernels/exp.hpp"
#include "latent/kernels/lines.hpp"
#include "latent/kernels/packed_matrix.hpp"

/// Attention without a matrix of all scores in memory: they are computed block by block, and again in the backward
/// pass. Dao et al., "FlashAttention: fast and memory-efficient exact attention with IO-awareness", 2022.
namespace latent::kernels {

/// Queries of a block, and keys: its scores are 32 kB of float. Whole groups of random numbers of dropout.
inline constexpr Index attention_queries = 64;
inline constexpr Index attention_keys = 128;  ///< of a block
static_assert(attention_keys % dropout_group == 0);

/// T queries and S keys of D elements, S values of V elements, for each of N sequences and each head.
struct AttentionSizes {
  Index n, heads, t, s, d, v;
};

/// Rows of all heads somewhere in memory: those of [N, heads, T, D] as well as those within the columns of a matrix
/// [N, T, heads D]. The elements of a row are neighbours.
template <class T>
struct HeadsView {
  T* data = nullptr;                                        ///< first element
  Index batch_stride = 0, head_stride = 0, row_stride = 0;  ///< elements between neighbours

  /// Where a row begins.
  T* at(Index n, Index head, Index row) const {
    return data + n * batch_stride + head * head_stride + row * row_stride;
  }
};

/// A mask that is repeated to [N, heads, T, S] by strides of 0. May be null.
template <class T>
struct MaskView {
  const T* data = nullptr;         ///< first element
  std::array<Index, 4> strides{};  ///< along N, heads, T and S

  /// Where the element of a score lies.
  const T* at(Index n, Index head, Index t, Index s) const {
    return data + n * strides[0] + head * strides[1] + t * strides[2] + s * strides[3];
  }
};

/// What becomes of the scores q k^T, and of their softmax.
template <class T>
struct AttentionScores {
  T scale = 1;                                                                            ///< of q k^T
  bool causal = false;                                                                    ///< query t sees keys 0 to t
  MaskView<bool> allowed{};                                                               ///< false hides a key
  MaskView<T> added{};                                                                    ///< to the scaled scores
  Dropout dropout{.seed = 0, .stream = 0, .first_block = 0, .threshold = 0, .scale = 1};  ///< of the softmax

  /// Elements that dropout numbers: rows of scores begin with a whole group.
  static Index numbered(const AttentionSizes& z) { return z.n * z.heads * z.t * groups(z.s) * dropout_group; }
  /// Groups of random numbers of a row of so many scores.
  static Index groups(Index s) { return (s + dropout_group - 1) / dropout_group; }
};

/// Queries, keys and values, wherever they lie.
template <class T>
struct AttentionInputs {
  HeadsView<const T> q, k, v;
};

namespace detail {

/// From row to row of a block of scores: an odd number of cache lines, since its columns are read, too.
template <class T>
inline constexpr Index score_stride = attention_keys + static_cast<Index>(memory::alignment / sizeof(T));

/// One row of a block of scores: query t of a head and the keys from `first` on.
template <class T>
struct ScoreRow {
  const AttentionSizes& sizes;
  const AttentionScores<T>& scores;
  Index n, head, t, first, count;
  T* x;

  /// Masks them. Hidden keys are -infinity, and so is what a last register has beyond them. Gives what is still to be
  /// multiplied by: the scale where there was nothing to mask, so that these need no pass of their own.
  T mask() const {
    constexpr T hidden = -std::numeric_limits<T>::infinity();
    const Index seen = scores.causal ? std::clamp(t + 1 - first, Index{0}, count) : count;
    const bool plain = !scores.added.data && !scores.allowed.data && scores.scale > 0;
    if (!plain)
      for (Index j = 0; j < count; j += lanes<T>) store(x + j, load(x + j) * scores.scale);
    if (scores.added.data) {
      const T* const added = scores.added.at(n, head, t, first);
      const Index stride = scores.added.strides[3];
      for (Index j = 0; j < count; ++j) x[j] += added[j * stride];
    }
    if (scores.allowed.data) {
      const bool* const allowed = scores.allowed.at(n, head, t, first);
      const Index stride = scores.allowed.strides[3];
      for (Index j = 0; j < count; ++j) x[j] = allowed[j * stride] ? x[j] : hidden;
    }
    std::fill(x + seen, x + (count + lanes<T> - 1) / lanes<T> * lanes<T>, hidden);
    return plain ? scores.scale : T(1);
  }

  T largest() const {
    Vector<T> most = load(x);
    for (Index j = lanes<T>; j < count; j += lanes<T>) most = larger<T>(most, load(x + j));
    return across<T>(most, larger<T>)[0];
  }

  /// exp(factor x - most) of a register. The product is rounded first, as the largest was: fused with the difference,
  /// huge scores would differ from themselves.
  Vector<T> exponential(Index j, T factor, T most) const {
    return exp_nonpositive<T>(opaque<T>(load(x + j) * factor) - most);
  }

  /// x = exp(factor x - most); gives their sum.
  T exponentials(T factor, T most) const {
    Vector<T> sum{};
    for (Index j = 0; j < count; j += lanes<T>) {
      const Vector<T> p = exponential(j, factor, most);
      sum += p;
      store(x + j, p);
    }
    return across<T>(sum, [](const Vector<T>& a, const Vector<T>& b) { return a + b; })[0];
  }

  bool drops() const { return scores.dropout.scale != 1; }

  /// Calls f(j, factors) for each register of keys and what dropout multiplies it by.
  template <class F>
  void each_factor(F f) const {
    const Index row = (n * sizes.heads + head) * sizes.t + t;
    const Index group = row * scores.groups(sizes.s) + first / dropout_group;
    for (Index from = 0; from < count; from += dropout_group) {
      T factors[dropout_group];
      dropout_factors(scores.dropout, group + from / dropout_group, factors);
      for (Index j = 0; j < std::min(dropout_group, count - from); j += lanes<T>) f(from + j, load(factors + j));
    }
  }
};

/// c (+)= a b on the calling thread, b [rows, columns] being packed into memory that is there.
template <class T>
void multiply(const IndirectOperand<T>& a, Index m, const MatrixView<T>& b, Index rows, Index columns, T* storage,
              WriteMode mode, const IndirectOutput<T>& c) {
  MatrixPacker<T> packed(rows, columns, storage);
  packed.append(b, rows);
  packed.multiply(a, m, {mode}, c);
}

template <class T>
void scale_row(Index n, T factor, T* x) {
  for (Index j = 0; j < n; j += lanes<T>) {
    const Index count = std::min(lanes<T>, n - j);
    store(x + j, load(x + j, count) * factor, count);
  }
}

/// A table of offsets, equally far apart.
struct Offsets {
  memory::Scratch<Index> table;

  Offsets(Index count, Index stride) : table(count) { fill_offsets(table.data(), count, stride); }
  const Index* data() const { return table.data(); }
};

/// Keys that some of the queries [t, t + rows) see.
template <class T>
Index keys_in_sight(const AttentionSizes& z, const AttentionScores<T>& scores, Index t, Index rows) {
  return scores.causal ? std::min(z.s, t + rows) : z.s;
}

}  // namespace detail

/// y = dropout(softmax(scale q k^T + mask)) v for each head    q [T, D], k [S, D], v [S, V], y [T, V]
///
/// Rows of which all keys are hidden are 0. `statistics` [N, heads, T, 2] gets the largest score of each row and 1 /
/// the sum of the exponentials beside it, for the backward pass.
///
/// A task takes a block of queries through all blocks of keys. Where a later block has a larger score, what was summed
/// up so far is multiplied by exp(largest before - largest now): Milakov and Gimelshein, "Online normalizer calculation
/// for softmax", 2018.
template <class T>
void attention(const AttentionSizes& z, const AttentionInputs<T>& in, const AttentionScores<T>& scores,
               const HeadsView<T>& y, T* statistics) {
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  constexpr Index stride = detail::score_stride<T>;
  const Index blocks = (z.t + attention_queries - 1) / attention_queries;
  const detail::Offsets q_rows(attention_queries, in.q.row_stride), y_rows(attention_queries, y.row_stride),
      x_rows(attention_queries, stride), neighbours(std::max(attention_keys, z.d), 1);
  const double work =
      static_cast<double>(std::min(attention_queries, z.t)) * static_cast<double>(z.s) * static_cast<double>(z.d + z.v);
  parallel_for(z.n * z.heads * blocks, work, [&](Index task) {
    const Index n = task / blocks / z.heads, head = task / blocks % z.heads;
    const Index t = task % blocks * attention_queries;
    const Index rows = std::min(attention_queries, z.t - t);
    const memory::Scratch<T> packed(
        std::max(PackedMatrix<T>::size(z.d, attention_keys), PackedMatrix<T>::size(attention_keys, z.v)));
    const memory::Scratch<T> x(attention_queries * stride);
    std::array<T, attention_queries> most;
    std::array<double, attention_queries> sums{};
    most.fill(lowest);
    const Index keys = detail::keys_in_sight(z, scores, t, rows);
    if (keys == 0)
      for (Index i = 0; i < rows; ++i) std::fill_n(y.at(n, head, t + i), z.v, T(0));
    for (Index key = 0; key < keys; key += attention_keys) {
      const Index count = std::min(attention_keys, keys - key);
      detail::multiply<T>({in.q.at(n, head, t), q_rows.data(), neighbours.data()}, rows,
                          {in.k.at(n, head, key), 1, in.k.row_stride}, z.d, count, packed.data(), WriteMode::overwrite,
                          {x.data(), x_rows.data()});
      const auto row = [&](Index i) {
        return detail::ScoreRow<T>{z, scores, n, head, t + i, key, count, x.data() + i * stride};
      };
      std::array<T, attention_queries> factors, shifts, now;
      for (Index i = 0; i < rows; ++i) {  // apart from the next loop, so that no row waits for its own maximum
        const auto at = static_cast<std::size_t>(i);
        factors[at] = row(i).mask();
        now[at] = std::max(most[at], row(i).largest() * factors[at]);
        shifts[at] = now[at] == lowest ? T(0) : now[at];
      }
      for (Index i = 0; i < rows; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const double sum = static_cast<double>(row(i).exponentials(factors[at], shifts[at]));
        if (now[at] != most[at] && key > 0) {
          const T smaller = std::exp(most[at] - shifts[at]);
          sums[at] *= static_cast<double>(smaller);
          detail::scale_row(z.v, smaller, y.at(n, head, t + i));
        }
        sums[at] += sum;
        most[at] = now[at];
        if (row(i).drops())
          row(i).each_factor([&](Index j, const Vector<T>& f) {
            T* const p = x.data() + i * stride + j;
            store(p, load(p) * f);
          });
      }
      detail::multiply<T>({x.data(), x_rows.data(), neighbours.data()}, rows, {in.v.at(n, head, key), in.v.row_stride},
                          count, z.v, packed.data(), key > 0 ? WriteMode::accumulate : WriteMode::overwrite,
                          {y.at(n, head, t), y_rows.data()});
    }
    T* const saved = statistics + 2 * ((n * z.heads + head) * z.t + t);
    for (Index i = 0; i < rows; ++i) {
      const auto at = static_cast<std::size_t>(i);
      saved[2 * i] = most[at] == lowest ? T(0) : most[at];
      saved[2 * i + 1] = sums[at] == 0 ? T(0) : static_cast<T>(1 / sums[at]);
      detail::scale_row(z.v, saved[2 * i + 1], y.at(n, head, t + i));
    }
  });
}

/// Where the gradients of some heads go; null where they are not wanted.
template <class T>
struct HeadsTarget {
  HeadsView<T> to{};                      ///< where
  WriteMode mode = WriteMode::overwrite;  ///< how

  /// Whether they are wanted.
  explicit operator bool() const { return to.data != nullptr; }
};

/// Gradients may go to one place: they are written in this order.
template <class T>
struct AttentionGradients {
  HeadsTarget<T> q, k, v;
};

/// What the backward pass has besides the inputs.
template <class T>
struct AttentionResults {
  HeadsView<const T> y, dy;
  const T* statistics;  ///< as the forward has written them
};

namespace detail {

/// Rows of a head, from neighbouring memory.
template <class T>
void write_head(Index n, Index head, Index rows, Index columns, const T* from, const HeadsTarget<T>& d) {
  if (!d) return;
  for (Index i = 0; i < rows; ++i, from += columns) {
    T* const to = d.to.at(n, head, i);
    for (Index j = 0; j < columns; j += lanes<T>) {
      const Index count = std::min(lanes<T>, columns - j);
      const Vector<T> x = load(from + j, count);
      store(to + j, d.mode == WriteMode::overwrite ? x : load(to + j, count) + x, count);
    }
  }
}

template <class T>
T dot(Index n, const T* a, const T* b) {
  Vector<T> sums{};
  for (Index j = 0; j < n; j += lanes<T>) {
    const Index count = std::min(lanes<T>, n - j);
    sums += load(a + j, count) * load(b + j, count);
  }
  T result = 0;
  for (Index lane = 0; lane < lanes<T>; ++lane) result += sums[lane];
  return result;
}

}  // namespace detail

/// With p = softmax, f what dropout multiplies it by, and the sums dy y of each row:
///
///     dv = (p f)^T dy    ds = p (dy v^T f - dy y)    dq = scale ds k    dk = scale ds^T q
///
/// A task takes a head; p is made again for each block of queries and keys.
template <class T>
void attention_backward(const AttentionSizes& z, const AttentionInputs<T>& in, const AttentionScores<T>& scores,
                        const AttentionResults<T>& results, const AttentionGradients<T>& d) {
  constexpr Index stride = detail::score_stride<T>;
  constexpr WriteMode add = WriteMode::accumulate;
  const detail::Offsets q_rows(attention_queries, in.q.row_stride), dy_rows(attention_queries, results.dy.row_stride),
      x_rows(attention_queries, stride), neighbours(std::max({attention_keys, z.d, z.v}), 1),
      d_rows(attention_keys, z.d), v_rows(attention_keys, z.v);
  const Index packed_size = PackedMatrix<T>::size(std::max(attention_keys, z.d), std::max(attention_keys, z.v)) +
                            PackedMatrix<T>::size(attention_keys, std::max(z.d, z.v));
  const double work = static_cast<double>(z.t) * static_cast<double>(z.s) * static_cast<double>(3 * z.d + 2 * z.v);
  parallel_for(z.n * z.heads, work, [&](Index task) {
    const Index n = task / z.heads, head = task % z.heads;
    const memory::Scratch<T> dq(z.t * z.d), dk(z.s * z.d), dv(z.s * z.v), products(z.t);
    std::fill_n(dq.data(), z.t * z.d, T(0));
    std::fill_n(dk.data(), z.s * z.d, T(0));
    std::fill_n(dv.data(), z.s * z.v, T(0));
    for (Index t = 0; t < z.t; ++t) products[t] = detail::dot(z.v, results.dy.at(n, head, t), results.y.at(n, head, t));
    const memory::Scratch<T> keys_packed(PackedMatrix<T>::size(z.d, attention_keys)),
        values_packed(PackedMatrix<T>::size(z.v, attention_keys)), packed(packed_size);
    const memory::Scratch<T> p(attention_queries * stride), ds(attention_queries * stride);
    for (Index key = 0; key < z.s; key += attention_keys) {
      const Index count = std::min(attention_keys, z.s - key);
      MatrixPacker<T> keys(z.d, count, keys_packed.data()), values(z.v, count, values_packed.data());
      keys.append({in.k.at(n, head, key), 1, in.k.row_stride}, z.d);
      values.append({in.v.at(n, head, key), 1, in.v.row_stride}, z.v);
      for (Index t = 0; t < z.t; t += attention_queries) {
        const Index rows = std::min(attention_queries, z.t - t);
        if (key >= detail::keys_in_sight(z, scores, t, rows)) continue;
        const T* const q = in.q.at(n, head, t);
        const T* const dy = results.dy.at(n, head, t);
        keys.multiply({q, q_rows.data(), neighbours.data()}, rows, {}, {p.data(), x_rows.data()});
        values.multiply({dy, dy_rows.data(), neighbours.data()}, rows, {}, {ds.data(), x_rows.data()});
        const T* const statistics = results.statistics + 2 * ((n * z.heads + head) * z.t + t);
        for (Index i = 0; i < rows; ++i) {
          const detail::ScoreRow<T> row{z, scores, n, head, t + i, key, count, p.data() + i * stride};
          const T factor = row.mask(), most = statistics[2 * i], part = statistics[2 * i + 1],
                  product = products[t + i];
          T* const ds_row = ds.data() + i * stride;
          const auto finish = [&](Index j, const Vector<T>& f) {
            const Vector<T> pj = row.exponential(j, factor, most) * part;
            store(row.x + j, pj * f);
            store(ds_row + j, pj * (load(ds_row + j) * f - product) * scores.scale);
          };
          if (row.drops()) {
            row.each_factor(finish);
          } else {
            for (Index j = 0; j < count; j += lanes<T>) finish(j, Vector<T>{} + T(1));
          }
        }
        if (d.v)
          detail::multiply<T>({p.data(), neighbours.data(), x_rows.data()}, count, {dy, results.dy.row_stride}, rows,
                              z.v, packed.data(), add, {dv.data() + key * z.v, v_rows.data()});
        if (d.q)
          detail::multiply<T>({ds.data(), x_rows.data(), neighbours.data()}, rows,
                              {in.k.at(n, head, key), in.k.row_stride}, count, z.d, packed.data(), add,
                              {dq.data() + t * z.d, d_rows.data()});
        if (d.k)
          detail::multiply<T>({ds.data(), neighbours.data(), x_rows.data()}, count, {q, in.q.row_stride}, rows, z.d,
                              packed.data(), add, {dk.data() + key * z.d, d_rows.data()});
      }
    }
    detail::write_head(n, head, z.t, z.d, dq.data(), d.q);
    detail::write_head(n, head, z.s, z.d, dk.data(), d.k);
    detail::write_head(n, head, z.s, z.v, dv.data(), d.v);
  });
}

}  // namespace latent::kernels
