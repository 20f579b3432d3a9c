#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "latent/autograd/shaping.hpp"
#include "latent/kernels/recurrent.hpp"
#include "latent/nn/dropout.hpp"
#include "latent/nn/init.hpp"

/// What LSTM, GRU and RNN have in common: all but the cell.
namespace latent {

/// One recurrent layer's parameters, of G gates one upon the other; the biases may be undefined.
template <Scalar T>
struct RecurrentParameters {
  Variable<T> weight_ih;  ///< [G H, In]
  Variable<T> weight_hh;  ///< [G H, H]
  Variable<T> bias_ih;    ///< [G H]
  Variable<T> bias_hh;    ///< [G H]
};

/// What one layer computes: y [N, T, H] for all steps, and the cell after the last, c [N, H], if it has one.
template <Scalar T>
struct RecurrentLayerResult {
  Variable<T> y;  ///< [N, T, H]
  Variable<T> c;  ///< [N, H], or undefined
};

namespace detail {

/// ShapeError unless x [N, T, In] and the weights of so many gates fit each other.
[[gnu::noinline]] inline kernels::RecurrentSizes recurrent_sizes(const char* operation, Index gates, const Shape& x,
                                                                 const Shape& weight_ih, const Shape& weight_hh) {
  check<ShapeError>(x.rank() == 3, operation, ": x [N, T, In] expected, got shape ", x);
  check<ShapeError>(weight_hh.rank() == 2, operation, ": weight_hh [", gates, " H, H] expected, got shape ", weight_hh);
  const Index in = x[2], h = weight_hh[1];
  check<ShapeError>(x[1] >= 1, operation, ": x ", x, " has no time step");
  check<ShapeError>(weight_hh[0] == gates * h, operation, ": weight_hh ", weight_hh, " does not fit, expected [", gates,
                    " H, H]");
  check<ShapeError>(weight_ih == Shape{gates * h, in}, operation, ": weight_ih ", weight_ih, " does not fit x ", x,
                    " and weight_hh ", weight_hh, ", expected [", gates * h, ", ", in, "]");
  return {x[0], x[1], in, h};
}

/// The table of N sequences of T steps, or of `lengths` of these.
[[gnu::noinline]] inline Tensor<Index> packed_sequences(Index n, Index t, std::span<const Index> lengths = {}) {
  auto table = Tensor<Index>::uninitialized({kernels::PackedSequences::table_size(n, t)});
  kernels::pack_sequences(n, t, lengths.empty() ? nullptr : lengths.data(), table.data());
  return table;
}

/// One layer in one direction, over sequences whose table is `packed`.
template <class Cell, Scalar T>
RecurrentLayerResult<T> recurrent_layer(const char* operation, const Cell& cell, const Variable<T>& x,
                                        const Variable<T>& h0, const Variable<T>& c0, const RecurrentParameters<T>& p,
                                        const Tensor<Index>& packed, bool reverse) {
  const kernels::RecurrentSizes sizes =
      recurrent_sizes(operation, Cell::gates, x.shape(), p.weight_ih.shape(), p.weight_hh.shape());
  const Index n = sizes.n, t = sizes.t, h = sizes.h;
  check_bias(operation, p.bias_ih, Cell::gates * h);
  check_bias(operation, p.bias_hh, Cell::gates * h);
  for (const Variable<T>* state : {&h0, &c0})
    if (*state)
      check<ShapeError>(state->shape() == Shape{n, h}, operation, ": initial state ", state->shape(),
                        " does not fit, expected [", n, ", ", h, "]");

  const kernels::PackedSequences sequences(n, packed.data(), reverse);
  const std::array<Variable<T>, 7> variables{x, h0, c0, p.weight_ih, p.weight_hh, p.bias_ih, p.bias_hh};
  const bool kept = Variable<T>::records(variables) || n <= kernels::detail::few_sequences;
  const Index steps = kept ? sequences.starts[t] : n;
  auto y = Tensor<T>::uninitialized({n, t, h});
  auto rows = Tensor<T>::uninitialized({steps, sizes.row()});
  auto cells = Cell::has_cell ? Tensor<T>::uninitialized({steps, h}) : Tensor<T>();
  auto gates = Tensor<T>::uninitialized({steps, Cell::saved * h});
  const auto data = [](const Tensor<T>& tensor) { return tensor.data(); };
  const auto value = [](const Variable<T>& variable) { return variable ? variable.value() : Tensor<T>(); };
  struct Saved {
    Tensor<T> x, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0;
  };
  const Saved saved{x.value(), p.weight_ih.value(), p.weight_hh.value(), value(p.bias_ih), value(p.bias_hh), value(h0),
                    value(c0)};
  const auto inputs = [data](const Saved& s) {
    return kernels::RecurrentInputs<T>{data(s.x),       data(s.weight_ih), data(s.weight_hh), data(s.bias_ih),
                                       data(s.bias_hh), data(s.h0),        data(s.c0)};
  };
  const kernels::RecurrentReserve<T> reserve{rows.data(), cells.data(), gates.data(), kept};
  kernels::recurrent(cell, sizes, sequences, inputs(saved), y.data(), reserve);

  // y and c come from one computation. c, recorded as if computed from y, leaves its gradient for y's backward,
  // which then runs next.
  std::shared_ptr<Tensor<T>> dc_last;
  if constexpr (Cell::has_cell) dc_last = std::allocate_shared<Tensor<T>>(memory::Allocator<Tensor<T>>());
  RecurrentLayerResult<T> result;
  result.y = Variable<T>::result(operation, y, variables,
                                 [cell, x, h0, c0, p, saved, inputs, data, sizes, packed, sequences, rows, cells, gates,
                                  reserve, dc_last](const Tensor<T>& dy) {
                                   kernels::recurrent_backward<Cell, T>(
                                       cell, sizes, sequences, inputs(saved), reserve,
                                       {dy.data(), dc_last ? data(*dc_last) : nullptr},
                                       {x.grad_target(), h0.grad_target(), c0.grad_target(), p.weight_ih.grad_target(),
                                        p.weight_hh.grad_target(), p.bias_ih.grad_target(), p.bias_hh.grad_target()});
                                 });
  if constexpr (Cell::has_cell) {
    auto c = Tensor<T>::uninitialized({n, h});
    T* const to = c.data();
    for (Index place = 0; place < n; ++place)
      std::copy_n(data(cells) + reserve.row(sequences, place, sequences.lengths[place] - 1) * h, h,
                  to + sequences.order[place] * h);
    result.c = Variable<T>::result("lstm cell", std::move(c), {result.y}, [y = result.y, dc_last](const Tensor<T>& dc) {
      *dc_last = dc;
      y.grad_data();
    });
  }
  return result;
}

/// The same over all steps of all sequences.
template <class Cell, Scalar T>
RecurrentLayerResult<T> recurrent_layer(const char* operation, const Cell& cell, const Variable<T>& x,
                                        const Variable<T>& h0, const Variable<T>& c0, const RecurrentParameters<T>& p) {
  const auto sizes = recurrent_sizes(operation, Cell::gates, x.shape(), p.weight_ih.shape(), p.weight_hh.shape());
  return recurrent_layer(operation, cell, x, h0, c0, p, packed_sequences(sizes.n, sizes.t), false);
}

/// y's last step of each sequence, [N, T, H] -> [1, N, H].
template <Scalar T>
[[gnu::noinline]] Variable<T> last_steps(const Variable<T>& y, const Tensor<Index>& packed, bool reverse) {
  const Index n = y.size(0), t = y.size(1), h = y.size(2);
  const kernels::PackedSequences sequences(n, packed.data(), reverse);
  auto last = Tensor<T>::uninitialized({1, n, h});
  T* const to = last.data();
  const auto row = [sequences, t, h](Index place) { return sequences.row(place, sequences.lengths[place] - 1, t) * h; };
  for (Index place = 0; place < n; ++place)
    std::copy_n(y.value().data() + row(place), h, to + sequences.order[place] * h);
  return Variable<T>::result("last step", std::move(last), {y},
                             [y, packed, sequences, row, n, h](const Tensor<T>& dlast) {
                               if (T* const dy = y.grad_data())
                                 for (Index place = 0; place < n; ++place)
                                   for (Index j = 0; j < h; ++j)
                                     dy[row(place) + j] += dlast.data()[sequences.order[place] * h + j];
                             });
}

}  // namespace detail

namespace nn::detail {

/// ValueError for sizes below 1, and for a dropout outside [0, 1].
constexpr void check_recurrent(const char* layer, Index in, Index hidden, Index layers, double dropout) {
  check<ValueError>(in >= 1 && hidden >= 1 && layers >= 1, layer, ": in, hidden and layers must be at least 1, got in ",
                    in, ", hidden ", hidden, ", layers ", layers);
  check<ValueError>(dropout >= 0 && dropout <= 1, layer, ": dropout must be in [0, 1], got ", dropout);
}

/// [N, T, In] -> [N, T, Out]
constexpr Shape recurrent_shape(const char* layer, const Shape& x, Index in, Index out) {
  check<ShapeError>(x.rank() == 3 && x[2] == in && x[1] >= 1, layer, ": x ", x, " does not fit, expected x [N, T, ", in,
                    "], T at least 1");
  return {x[0], x[1], out};
}

/// Error unless there are no lengths, or one within 1 and T for each of N sequences.
[[gnu::noinline]] inline void check_lengths(const char* layer, std::span<const Index> lengths, Index n, Index t) {
  if (lengths.empty()) return;
  check<ShapeError>(std::ssize(lengths) == n, layer, ": ", lengths.size(), " lengths given for ", n, " sequences");
  for (std::size_t i = 0; i < lengths.size(); ++i)
    check<ValueError>(lengths[i] >= 1 && lengths[i] <= t, layer, ": length ", lengths[i], " of sequence ", i,
                      " is not within 1 and ", t);
}

/// ShapeError if a layer's weights are those of another hidden size than its options have.
[[gnu::noinline]] inline void check_hidden(const char* layer, const Shape& weight_hh, Index hidden) {
  check<ShapeError>(weight_hh.rank() != 2 || weight_hh[1] == hidden, layer, ": weight_hh ", weight_hh,
                    " does not fit hidden ", hidden);
}

/// Parameters of all layers, of both directions one after the other, each uniform in +-1 / sqrt(H).
template <Scalar T, class Options>
std::vector<RecurrentParameters<T>> recurrent_parameters(const Options& o, Index gates, Rng& rng) {
  o.check_values();
  const Index h = o.hidden, directions = o.bidirectional ? 2 : 1;
  std::vector<RecurrentParameters<T>> result;
  for (Index i = 0; i < o.layers * directions; ++i) {
    RecurrentParameters<T>& p = result.emplace_back();
    p.weight_ih = uniform_parameter<T>({gates * h, i < directions ? o.in : h * directions}, h, rng);
    p.weight_hh = uniform_parameter<T>({gates * h, h}, h, rng);
    if (o.bias) p.bias_ih = uniform_parameter<T>({gates * h}, h, rng);
    if (o.bias) p.bias_hh = uniform_parameter<T>({gates * h}, h, rng);
  }
  return result;
}

/// Outputs of the last layer for all steps, and the states of all layers after their last step.
template <Scalar T>
struct RecurrentResult {
  Variable<T> output, h, c;
};

/// The layers one upon the other, from initial states [layers, N, H], or [2 layers, N, H] of both directions, that may
/// be undefined.
template <class Cell, Scalar T, class Options>
[[gnu::noinline]] RecurrentResult<T> run_layers(const char* name, const char* operation, const Cell& cell,
                                                const Options& o, const std::vector<RecurrentParameters<T>>& layers,
                                                const Variable<T>& x, const Variable<T>& h0, const Variable<T>& c0,
                                                std::span<const Index> lengths) {
  const Shape out = o.output_shape(x.shape());
  const std::size_t directions = o.bidirectional ? 2 : 1;
  const Shape states{static_cast<Index>(layers.size()), out[0], o.hidden};
  for (const Variable<T>* state : {&h0, &c0})
    if (*state)
      check<ShapeError>(state->shape() == states, name, ": initial state ", state->shape(), " does not fit, expected ",
                        states);
  check_lengths(name, lengths, out[0], out[1]);
  const Tensor<Index> packed = latent::detail::packed_sequences(out[0], out[1], lengths);
  const auto of_layer = [&](const Variable<T>& state, std::size_t i) {
    const auto first = static_cast<Index>(i);
    return state ? reshape(slice(state, 0, first, first + 1), states.without(0)) : state;
  };

  std::vector<Variable<T>, memory::Allocator<Variable<T>>> hs, cs;
  Variable<T> y = x;
  for (std::size_t i = 0; i < layers.size();) {
    if (i > 0 && o.dropout > 0) y = Dropout({.p = o.dropout})(y);
    std::array<Variable<T>, 2> ys;
    for (std::size_t direction = 0; direction < directions; ++direction, ++i) {
      check_hidden(name, layers[i].weight_hh.shape(), o.hidden);
      auto result = latent::detail::recurrent_layer(operation, cell, y, of_layer(h0, i), of_layer(c0, i), layers[i],
                                                    packed, direction == 1);
      hs.push_back(latent::detail::last_steps(result.y, packed, direction == 1));
      if constexpr (Cell::has_cell) cs.push_back(reshape(result.c, states.with(0, 1)));
      ys[direction] = std::move(result.y);
    }
    y = directions == 1 ? std::move(ys[0]) : concat(std::span<const Variable<T>>(ys), 2);
  }
  RecurrentResult<T> result{std::move(y), concat(std::span<const Variable<T>>(hs), 0), {}};
  if constexpr (Cell::has_cell) result.c = concat(std::span<const Variable<T>>(cs), 0);
  return result;
}

/// Calls f(name, parameter) for all of them, with PyTorch's names.
template <Scalar T, class F>
void visit_layers(const std::vector<RecurrentParameters<T>>& layers, bool bidirectional, F&& f) {
  using P = RecurrentParameters<T>;
  constexpr std::pair<const char*, Variable<T> P::*> parts[] = {
      {"weight_ih", &P::weight_ih}, {"weight_hh", &P::weight_hh}, {"bias_ih", &P::bias_ih}, {"bias_hh", &P::bias_hh}};
  const std::size_t directions = bidirectional ? 2 : 1;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::string suffix = "_l" + std::to_string(i / directions);
    if (i % directions == 1) suffix += "_reverse";
    for (const auto& [name, part] : parts) f(std::string(name).append(suffix), layers[i].*part);
  }
}

}  // namespace nn::detail
}  // namespace latent
