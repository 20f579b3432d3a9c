#pragma once

// Normalisation.

#include "../kinds.hpp"

namespace fuzz::detail {

inline void draw_eps(Drawing& d, Item& item) {
  constexpr double all[]{1e-5, 1e-5, 1e-3, 1, 0};
  item.number = d.shape_of(item.inputs[0]).numel() ? d.one_of(all) : 1;  // the sum of none may be divided by its root
}

/// Options: the sizes of the last axes.
inline void draw_row_norm(Drawing& d, Item& item) {
  item.inputs = {d.operand(d.index(1, 4))};
  const Shape& x = d.shape_of(item.inputs[0]);
  Shape last;
  for (Index axis = d.chance(70) ? x.rank() - 1 : d.index(0, x.rank() - 1); axis < x.rank(); ++axis)
    last.append(x[axis]);
  item.options = sizes_of(last);
  item.inputs.push_back(d.maybe(70, last));
  item.inputs.push_back(d.maybe(70, last));
  draw_eps(d, item);
}

/// Inputs: x, weight, bias. Options: groups, activation.
inline void draw_group_norm(Drawing& d, Item& item) {
  item.inputs = {d.operand(d.index(2, 4))};
  const Index channels = d.shape_of(item.inputs[0]).size(-1);
  Indices divisors;
  for (Index i = 1; i <= std::max<Index>(channels, 1); ++i)
    if (channels % i == 0) divisors.push_back(i);
  item.inputs.push_back(d.maybe(70, {channels}));
  item.inputs.push_back(d.maybe(70, {channels}));
  item.options = {d.one_of(divisors), d.index(0, 3)};
  draw_eps(d, item);
}

/// Inputs: x, weight, bias, running mean and variance. Options: training, tenths of momentum, activation.
inline void draw_batch_norm(Drawing& d, Item& item) {
  draw_group_norm(d, item);
  const Shape channels{d.shape_of(item.inputs[0]).size(-1)};
  item.inputs.push_back(d.maybe(80, channels));
  item.inputs.push_back(d.chance(80) ? d.leaf(channels, [](double x) { return std::abs(x); }) : none);
  item.constants = 2;
  item.options = {d.index(0, 1), d.one_of(Indices{0, 1, 1, 3, 10}), d.index(0, 3)};
}

template <Scalar T>
Variables<T> batch_norm(const Variables<T>& in, const Item& item) {
  const auto buffer = [](const Variable<T>& x) {
    return x ? latent::nn::Buffer<T>(x.value()) : latent::nn::Buffer<T>();
  };
  const latent::nn::Buffer<T> mean = buffer(in[3]), var = buffer(in[4]);
  const bool training = item.options[0] != 0;
  Variables<T> results{latent::batch_norm(in[0], mean, var, in[1], in[2], training,
                                          static_cast<double>(item.options[1]) / 10, item.number,
                                          activation(item.options[2]))};
  for (const auto& running : {mean, var})
    if (training && running) results.push_back(Variable<T>(running.value()));
  return results;
}

inline std::vector<Operation> norms() {
  return {
      operation(
          "layer_norm", {}, draw_row_norm,
          [](Tape& t, const Inputs& in, const Item& i) {
            return row_norm(t, *in[0], i.options, true, in[1], in[2], i.number);
          },
          [](const auto& in, const Item& i) {
            return latent::layer_norm(in[0], fuzz::shape_of(i.options), in[1], in[2], i.number);
          }),
      operation(
          "rms_norm", {},
          [](Drawing& d, Item& item) {
            draw_row_norm(d, item);
            item.inputs.pop_back();
          },
          [](Tape& t, const Inputs& in, const Item& i) {
            return row_norm(t, *in[0], i.options, false, in[1], nullptr, i.number);
          },
          [](const auto& in, const Item& i) {
            return latent::rms_norm(in[0], fuzz::shape_of(i.options), in[1], i.number);
          }),
      operation(
          "group_norm", {"groups", "activation"}, draw_group_norm,
          [](Tape& t, const Inputs& in, const Item& i) {
            return group_norm(t, *in[0], i.options[0], in[1], in[2], i.number, activation(i.options[1]));
          },
          [](const auto& in, const Item& i) {
            return latent::group_norm(in[0], i.options[0], in[1], in[2], i.number, activation(i.options[1]));
          }),
      operation(
          "batch_norm", {"training", "10 momentum", "activation"}, draw_batch_norm,
          [](Tape& t, const Inputs& in, const Item& i) {
            return fuzz::batch_norm(t, in, i.options[0] != 0, Real(i.options[1]) / 10, i.number,
                                    activation(i.options[2]));
          },
          [](const auto& in, const Item& i) { return batch_norm(in, i); }),
  };
}

}  // namespace fuzz::detail
