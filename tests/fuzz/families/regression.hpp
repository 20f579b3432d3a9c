#pragma once

// Losses of numbers and distributions.

#include "../kinds.hpp"

namespace fuzz::detail {

/// Options: the reduction, quarters of a bound.
inline void draw_bounded_loss(Drawing& d, Item& item) {
  draw_loss(d, item);
  item.options.push_back(d.index(1, 8));
}

/// Options: the reduction, and whether the target holds logarithms.
inline void draw_kl_div(Drawing& d, Item& item) {
  draw_loss(d, item);
  item.options = {d.index(0, 3), d.index(0, 1)};
  const Shape shape = d.shape_of(item.inputs[0]);
  item.inputs[1] = d.leaf(shape, [](double x) { return std::abs(x); });
}

inline Number kl_div_of(Tape& tape, const Number& x, const Number& t, bool log_target) {
  return log_target ? product(tape, exp(tape, t), difference(tape, t, x)) : kl_div(tape, x, t);
}

inline Array interpret_kl_div(Tape& tape, const Array& x, const Array& target, const Indices& o) {
  const bool of_batch = o[0] == 3;
  const Array total = pointwise(tape, x, target, of_batch ? Reduction::sum : reduction(o[0]),
                                [&](const Number& a, const Number& b) { return kl_div_of(tape, a, b, o[1] != 0); });
  return of_batch && x.shape.rank() > 0 ? Array{{}, {divided(tape, total[0], x.shape[0])}} : total;
}

inline latent::KlDivOptions kl_div_options(const Indices& o) {
  using R = latent::KlDivReduction;
  constexpr R all[]{R::mean, R::sum, R::none};
  return {.reduction = o[0] == 3 ? R::batchmean : all[static_cast<std::size_t>(o[0]) % 3], .log_target = o[1] != 0};
}

/// Inputs: x, target, variance. Options: the reduction, and whether the constant is added.
inline void draw_gaussian_nll(Drawing& d, Item& item) {
  constexpr double all[]{1e-6, 0.125, 1, 0};
  draw_loss(d, item);
  Shape shape = d.shape_of(item.inputs[0]);
  if (shape.rank() > 0 && d.chance(40)) shape = d.chance(50) ? shape.without(-1) : shape.with(draw_axis(d, shape), 1);
  item.inputs.push_back(d.leaf(shape, [](double x) { return std::abs(x); }));
  item.fixed_inputs = true;
  item.options.push_back(d.index(0, 1));
  item.number = d.one_of(all);
}

inline Array interpret_gaussian_nll(Tape& tape, const Inputs& in, const Item& item) {
  const Shape& shape = in[0]->shape;
  expect_shape(shape == in[1]->shape);
  Array variance = *in[2];
  if (!(variance.shape == shape) && shape.rank() > 0 && variance.shape == shape.without(-1))
    variance.shape = shape.with(-1, 1);
  expect_shape(variance.shape.rank() == shape.rank());
  Index repeated_axes = 0;
  for (Index axis = 0; axis < shape.rank(); ++axis) {
    if (variance.shape[axis] == shape[axis]) continue;
    expect_shape(variance.shape[axis] == 1 && ++repeated_axes == 1);
  }
  return reduced(tape,
                 make(sizes_of(shape),
                      [&](const Indices& at) {
                        const Number d = difference(tape, element(*in[0], at), element(*in[1], at));
                        return gaussian_nll(tape, d, element(variance, repeated(variance.shape, at)), item.number,
                                            item.options[1] != 0);
                      }),
                 reduction(item.options[0]));
}

/// Options: the reduction, quarters of a margin, and targets of 1 and -1.
inline void draw_cosine_embedding(Drawing& d, Item& item) {
  draw_equal_pair(d, item, d.operand(d.index(1, 2)));
  const Shape& x = d.shape_of(item.inputs[0]);
  item.options = {d.index(0, 2), d.index(-2, 2), x.rank() - 1};
  if (x.rank() == 2) item.options.push_back(x[0]);
  for (Index i = x.rank() == 2 ? x[0] : 1; i > 0; --i) item.options.push_back(d.chance(50) ? 1 : -1);
}

inline Array interpret_cosine_embedding(Tape& tape, const Array& a, const Array& b, const Indices& o) {
  const latent::Tensor<Index> target = integers(o, 2);
  expect_shape((a.shape.rank() == 1 || a.shape.rank() == 2) && b.shape == a.shape &&
               target.shape() == a.shape.without(-1));
  Array each{target.shape(), {}};
  for (Index y : target.elements()) expect_value(y == 1 || y == -1);
  each_place(sizes_of(target.shape()), [&](Indices at) {
    const bool alike = target.elements()[static_cast<std::size_t>(offset_of(target.shape(), at))] == 1;
    const std::size_t along = at.size();
    at.push_back(0);
    const Number c = cosine(tape, line_of(a, along, at), line_of(b, along, at)), margin = tape.leaf(Real(o[1]) / 4);
    each.elements.push_back(alike ? difference(tape, tape.leaf(1), c)
                                  : above(tape, c, margin.value, difference(tape, c, margin), tape.leaf(0), true));
  });
  return reduced(tape, each, reduction(o[0]));
}

inline std::vector<Operation> regression() {
  using N = const Number&;
  return {
      loss(
          "mse_loss", [](Tape& t, N a, N b) { return square(t, difference(t, a, b)); },
          [](auto a, auto b, Reduction r) { return latent::mse_loss(a, b, r); }),
      loss(
          "l1_loss", [](Tape& t, N a, N b) { return abs(t, difference(t, a, b)); },
          [](auto a, auto b, Reduction r) { return latent::l1_loss(a, b, r); }),
      operation(
          "huber_loss", {"reduction", "4 delta"}, draw_bounded_loss,
          [](Tape& t, const Inputs& in, const Item& i) {
            const Real delta = Real(i.options[1]) / 4;
            expect_value(delta > 0);
            return pointwise(t, *in[0], *in[1], reduction(i.options[0]),
                             [&](N a, N b) { return huber(t, difference(t, a, b), delta, 1); });
          },
          [](const auto& in, const Item& i) {
            const double delta = static_cast<double>(i.options[1]) / 4;
            return latent::huber_loss(in[0], in[1], {.reduction = reduction(i.options[0]), .delta = delta});
          }),
      operation(
          "smooth_l1_loss", {"reduction", "4 beta"}, draw_bounded_loss,
          [](Tape& t, const Inputs& in, const Item& i) {
            const Real beta = Real(i.options[1]) / 4;
            expect_value(beta >= 0);
            return pointwise(t, *in[0], *in[1], reduction(i.options[0]), [&](N a, N b) {
              const Number d = difference(t, a, b);
              return beta == 0 ? abs(t, d) : huber(t, d, beta, 1 / beta);
            });
          },
          [](const auto& in, const Item& i) {
            const double beta = static_cast<double>(i.options[1]) / 4;
            return latent::smooth_l1_loss(in[0], in[1], {.reduction = reduction(i.options[0]), .beta = beta});
          }),
      operation(
          "kl_div", {"reduction", "log_target"}, draw_kl_div,
          [](Tape& t, const Inputs& in, const Item& i) { return interpret_kl_div(t, *in[0], *in[1], i.options); },
          [](const auto& in, const Item& i) { return latent::kl_div(in[0], in[1], kl_div_options(i.options)); }),
      operation(
          "gaussian_nll_loss", {"reduction", "full"}, draw_gaussian_nll,
          [](Tape& t, const Inputs& in, const Item& i) { return interpret_gaussian_nll(t, in, i); },
          [](const auto& in, const Item& i) {
            return latent::gaussian_nll_loss(
                in[0], in[1], in[2],
                {.full = i.options[1] != 0, .eps = i.number, .reduction = reduction(i.options[0])});
          }),
      operation(
          "cosine_embedding_loss", {"reduction", "4 margin", "rank"}, draw_cosine_embedding,
          [](Tape& t, const Inputs& in, const Item& i) {
            return interpret_cosine_embedding(t, *in[0], *in[1], i.options);
          },
          [](const auto& in, const Item& i) {
            return latent::cosine_embedding_loss(
                in[0], in[1], integers(i.options, 2),
                {.margin = static_cast<double>(i.options[1]) / 4, .reduction = reduction(i.options[0])});
          }),
      operation(
          "kl_unit_normal", {}, [](Drawing& d, Item& item) { draw_equal_pair(d, item, d.operand(2)); },
          [](Tape& t, const Inputs& in, const Item&) { return kl_unit_normal(t, *in[0], *in[1]); },
          [](const auto& in, const Item&) { return latent::kl_unit_normal(in[0], in[1]); }),
  };
}

}  // namespace fuzz::detail
