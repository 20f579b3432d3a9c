#pragma once

// Changes of shape.

#include "../kinds.hpp"

namespace fuzz::detail {

inline void draw_select(Drawing& d, Item& item) {
  draw_one(d, item);
  const Shape& shape = d.shape_of(item.inputs[0]);
  const Index axis = draw_axis(d, shape), n = shape.rank() ? shape.size(axis) : 0;
  item.options = {axis, d.chance(95) && n > 0 ? d.index(-n, n - 1) : d.index(-5, 5)};
}

inline Array select(const Array& x, Index axis, Index index) {
  const Index n = x.shape[static_cast<Index>(axis_of(x.shape, axis))];
  expect_shape(index >= -n && index < n);
  return over(x, axis, false,
              [&](const Line& line) { return line[static_cast<std::size_t>(index < 0 ? index + n : index)]; });
}

inline void draw_expand(Drawing& d, Item& item) {
  draw_one(d, item);
  const Shape& shape = d.shape_of(item.inputs[0]);
  if (shape.rank() < Shape::max_rank && d.chance(30)) item.options.push_back(d.index(0, 3));
  for (Index axis = 0; axis < shape.rank(); ++axis)
    item.options.push_back(d.chance(30) ? -1 : shape[axis] == 1 || d.chance(2) ? d.index(0, 3) : shape[axis]);
}

inline Array expand(const Array& x, Indices sizes) {
  const Index added = std::ssize(sizes) - x.shape.rank();
  expect_shape(added >= 0 && sizes.size() <= static_cast<std::size_t>(Shape::max_rank));
  for (Index axis = 0; axis < std::ssize(sizes); ++axis) {
    Index& size = sizes[static_cast<std::size_t>(axis)];
    const Index own = axis < added ? 1 : x.shape[axis - added];
    if (axis >= added && size == -1) size = own;
    expect_shape(size >= 0 && (size == own || own == 1));
  }
  return make(sizes, [&](const Indices& at) {
    Indices there(at.begin() + added, at.end());
    for (std::size_t i = 0; i < there.size(); ++i)
      if (x.shape[static_cast<Index>(i)] == 1) there[i] = 0;
    return element(x, there);
  });
}

inline std::vector<Operation> shapes() {
  return {
      operation(
          "reshape", {}, draw_reshape,
          [](Tape&, const Inputs& in, const Item& i) { return reshape(*in[0], i.options); },
          [](const auto& in, const Item& i) { return reshape_to(in[0], i.options); }),
      operation(
          "permute", {}, draw_permute,
          [](Tape&, const Inputs& in, const Item& i) { return permute(*in[0], i.options); },
          [](const auto& in, const Item& i) { return latent::permute(in[0], std::span<const Index>(i.options)); }),
      operation(
          "transpose", {"axis0", "axis1"}, draw_transpose,
          [](Tape&, const Inputs& in, const Item& i) {
            Indices order(static_cast<std::size_t>(in[0]->shape.rank()));
            for (std::size_t axis = 0; axis < order.size(); ++axis) order[axis] = static_cast<Index>(axis);
            const std::size_t first = axis_of(in[0]->shape, i.options[0]), second = axis_of(in[0]->shape, i.options[1]);
            std::swap(order[first], order[second]);
            return permute(*in[0], order);
          },
          [](const auto& in, const Item& i) { return latent::transpose(in[0], i.options[0], i.options[1]); }),
      operation(
          "slice", {"axis", "first", "last"}, draw_slice,
          [](Tape&, const Inputs& in, const Item& i) {
            return slice(*in[0], i.options[0], i.options[1], i.options[2]);
          },
          [](const auto& in, const Item& i) { return latent::slice(in[0], i.options[0], i.options[1], i.options[2]); }),
      operation(
          "select", {"axis", "index"}, draw_select,
          [](Tape&, const Inputs& in, const Item& i) { return select(*in[0], i.options[0], i.options[1]); },
          [](const auto& in, const Item& i) { return latent::select(in[0], i.options[0], i.options[1]); }),
      operation(
          "nn::Select", {"axis", "index"}, draw_select,
          [](Tape&, const Inputs& in, const Item& i) { return select(*in[0], i.options[0], i.options[1]); },
          [](const auto& in, const Item& i) {
            const latent::nn::Select layer({.axis = i.options[0], .index = i.options[1]});
            return with_its_shape(layer, in[0].shape(), layer(in[0]));
          }),
      operation(
          "expand", {}, draw_expand, [](Tape&, const Inputs& in, const Item& i) { return expand(*in[0], i.options); },
          [](const auto& in, const Item& i) { return latent::expand(in[0], std::span<const Index>(i.options)); }),
      operation(
          "concat", {"axis"}, draw_concat,
          [](Tape&, const Inputs& in, const Item& i) { return concat(in, i.options[0]); },
          [](const auto& in, const Item& i) { return latent::concat(in, i.options[0]); }),
      operation(
          "flatten", {}, draw_one,
          [](Tape&, const Inputs& in, const Item&) {
            const Array& x = *in[0];
            expect_shape(x.shape.rank() >= 1);
            Index features = 1;
            for (Index axis = 1; axis < x.shape.rank(); ++axis) features *= x.shape[axis];
            return reshape(x.shape.rank() == 4 ? permute(x, {0, 3, 1, 2}) : x, {x.shape[0], features});
          },
          [](const auto& in, const Item&) {
            return with_its_shape(latent::nn::Flatten{}, in[0].shape(), latent::nn::Flatten{}(in[0]));
          }),
      operation(
          "unflatten", {"channels", "height", "width"}, draw_unflatten,
          [](Tape&, const Inputs& in, const Item& i) {
            const Index c = i.options[0], h = i.options[1], w = i.options[2];
            expect_value(c >= 1 && h >= 1 && w >= 1);
            const Shape& x = in[0]->shape;
            expect_shape(x.rank() == 2 && x[1] == c * h * w);
            return permute(reshape(*in[0], {x[0], c, h, w}), {0, 2, 3, 1});
          },
          [](const auto& in, const Item& i) {
            const latent::nn::Unflatten layer(
                {.channels = i.options[0], .height = i.options[1], .width = i.options[2]});
            return with_its_shape(layer, in[0].shape(), layer(in[0]));
          }),
  };
}

}  // namespace fuzz::detail
