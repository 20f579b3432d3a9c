#pragma once

// Losses of classes.

#include "../kinds.hpp"

namespace fuzz::detail {

/// Inputs: x, and weights of the classes. Options: the reduction, tenths of smoothing, ignore_index, and targets.
inline void draw_classes(Drawing& d, Item& item) {
  item.inputs = {d.operand(d.index(1, 3))};
  const Shape x = d.shape_of(item.inputs[0]), target = x.without(-1);
  const Index classes = x.size(-1);
  const Index ignored = d.chance(30) ? d.index(0, classes) : -100;
  item.inputs.push_back(d.chance(50) ? d.leaf({classes}, [](double v) { return std::abs(v); }) : none);
  item.constants = 1;
  item.options = {d.index(0, 2), d.chance(50) ? 0 : d.index(1, 10), ignored, target.rank()};
  for (Index size : sizes_of(target)) item.options.push_back(size);
  for (Index i = 0; i < target.numel(); ++i)
    item.options.push_back(classes == 0 || d.chance(10) ? ignored : d.index(0, classes - 1));
}

template <class Options>
void set_class_options(Options& options, const Item& item) {
  options.ignore_index = item.options[2];
  options.reduction = reduction(item.options[0]);
}

/// weight f(x, target), with broadcasting of the weights to what the inputs' shape is.
inline Array repeated_weight(Tape& tape, const Array* weight, const Shape& shape) {
  if (weight) expect_mask(weight->shape, shape);
  return make(sizes_of(shape),
              [&](const Indices& at) { return weight ? element(*weight, repeated(weight->shape, at)) : tape.leaf(1); });
}

inline std::size_t draw_weight(Drawing& d, Shape shape) {
  if (d.chance(50)) return none;
  Shape own;
  for (Index axis = d.index(0, shape.rank()); axis < shape.rank(); ++axis) own.append(d.chance(40) ? 1 : shape[axis]);
  return d.leaf(own);
}

/// Inputs: probabilities, targets, weights.
inline void draw_probabilities(Drawing& d, Item& item) {
  const Shape shape = d.shape_of(d.any_operand());
  const auto probability = [](double x) { return x > 1 ? 1 / x : std::abs(x) > 1 ? 1 + 1 / x : std::abs(x); };
  item.inputs = {d.leaf(shape, probability), d.leaf(shape, probability), draw_weight(d, shape)};
  item.constants = 1;
  item.fixed_inputs = true;
  item.options = {d.index(0, 2)};
}

/// Inputs: logits, targets, weights, weights of targets of 1.
inline void draw_logits(Drawing& d, Item& item) {
  draw_loss(d, item);
  const Shape shape = d.shape_of(item.inputs[0]);
  item.inputs.push_back(draw_weight(d, shape));
  item.inputs.push_back(draw_weight(d, shape));
  item.constants = 2;
}

inline Array interpret_probabilities(Tape& tape, const Inputs& in, const Item& item) {
  const Array weight = repeated_weight(tape, in[2], in[0]->shape);
  return divided_at_last(
      tape, *in[0], *in[1], reduction(item.options[0]),
      [&](const Number& x, const Number& t, Index i) { return binary_cross_entropy(tape, x, t, weight[i]); });
}

inline Array interpret_logits(Tape& tape, const Inputs& in, const Item& item) {
  const Array weight = repeated_weight(tape, in[2], in[0]->shape),
              positive = repeated_weight(tape, in[3], in[0]->shape);
  return divided_at_last(tape, *in[0], *in[1], reduction(item.options[0]),
                         [&](const Number& x, const Number& t, Index i) {
                           return product(tape, binary_cross_entropy_with_logits(tape, x, t, positive[i]), weight[i]);
                         });
}

inline std::vector<Operation> classification() {
  return {
      operation(
          "cross_entropy", {"reduction", "10 smoothing", "ignore_index", "rank"}, draw_classes,
          [](Tape& t, const Inputs& in, const Item& i) {
            const Real smoothing = Real(i.options[1]) / 10;
            expect_classes(*in[0], in[1]);
            expect_value(smoothing >= 0 && smoothing <= 1);
            return of_classes(
                t, *in[0], integers(i.options, 3), in[1], i.options[2], reduction(i.options[0]),
                [&](const Line& row, Index label) { return cross_entropy(t, row, label, in[1], smoothing); },
                // Nothing times the gradients of its logarithms, which may be NaN, as in PyTorch.
                [&](const Line& row) { return scaled(t, log_softmax(t, row).front(), 0); });
          },
          []<Scalar T>(const Variables<T>& in, const Item& i) {
            latent::CrossEntropyOptions<T> options;
            set_class_options(options, i);
            if (in[1]) options.weight = in[1].value();
            options.label_smoothing = static_cast<double>(i.options[1]) / 10;
            return latent::cross_entropy(in[0], integers(i.options, 3), options);
          }),
      operation(
          "nll_loss", {"reduction", "", "ignore_index", "rank"}, draw_classes,
          [](Tape& t, const Inputs& in, const Item& i) {
            expect_classes(*in[0], in[1]);
            return of_classes(
                t, *in[0], integers(i.options, 3), in[1], i.options[2], reduction(i.options[0]),
                [&](const Line& row, Index label) {
                  const Number& own = row[static_cast<std::size_t>(label)];
                  return scaled(t, weighted(t, own, in[1], label), -1);
                },
                [&](const Line&) { return t.leaf(0); });
          },
          []<Scalar T>(const Variables<T>& in, const Item& i) {
            latent::NllLossOptions<T> options;
            set_class_options(options, i);
            if (in[1]) options.weight = in[1].value();
            return latent::nll_loss(in[0], integers(i.options, 3), options);
          }),
      operation(
          "binary_cross_entropy", {"reduction"}, draw_probabilities,
          [](Tape& t, const Inputs& in, const Item& i) { return interpret_probabilities(t, in, i); },
          []<Scalar T>(const Variables<T>& in, const Item& i) {
            latent::BinaryCrossEntropyOptions<T> options{.reduction = reduction(i.options[0])};
            if (in[2]) options.weight = in[2].value();
            return latent::binary_cross_entropy(in[0], in[1], options);
          }),
      operation(
          "binary_cross_entropy_with_logits", {"reduction"}, draw_logits,
          [](Tape& t, const Inputs& in, const Item& i) { return interpret_logits(t, in, i); },
          []<Scalar T>(const Variables<T>& in, const Item& i) {
            latent::BinaryCrossEntropyWithLogitsOptions<T> options{.reduction = reduction(i.options[0])};
            if (in[2]) options.weight = in[2].value();
            if (in[3]) options.pos_weight = in[3].value();
            return latent::binary_cross_entropy_with_logits(in[0], in[1], options);
          }),
  };
}

}  // namespace fuzz::detail
