#pragma once

// Parts of arrays, chosen by numbers.

#include "../kinds.hpp"

namespace fuzz::detail {

/// Options: an axis, and places on it.
inline void draw_index_select(Drawing& d, Item& item) {
  item.inputs = {d.operand(d.index(1, 4))};
  const Shape& x = d.shape_of(item.inputs[0]);
  const Index axis = draw_axis(d, x), n = x.size(axis), count = n ? d.index(0, 6) : 0;
  item.options = {axis, 1, count};
  for (Index i = 0; i < count; ++i) item.options.push_back(d.index(0, n - 1));
}

/// Options: an axis, and an array of places on it.
inline void draw_gather(Drawing& d, Item& item) {
  item.inputs = {d.operand(d.index(1, 4))};
  const Shape& x = d.shape_of(item.inputs[0]);
  const Index axis = draw_axis(d, x), n = x.size(axis);
  item.options = {axis, x.rank()};
  Index numel = 1;
  for (Index i = 0; i < x.rank(); ++i) {
    const bool along = i == x.normalize_axis(axis);
    item.options.push_back(along ? (n ? d.index(0, 5) : 0) : d.chance(60) ? x[i] : d.index(0, x[i]));
    numel *= item.options.back();
  }
  for (Index i = 0; i < numel; ++i) item.options.push_back(d.index(0, n - 1));
}

inline Array index_select(const Array& x, Index axis, const latent::Tensor<Index>& index) {
  expect_shape(index.rank() == 1);
  const std::size_t along = axis_of(x.shape, axis);
  Indices sizes = sizes_of(x.shape);
  for (Index place : index.elements()) expect_value(place >= 0 && place < sizes[along]);
  sizes[along] = index.numel();
  return make(sizes, [&](Indices at) {
    at[along] = index.elements()[static_cast<std::size_t>(at[along])];
    return element(x, at);
  });
}

inline Array gather(const Array& x, Index axis, const latent::Tensor<Index>& index) {
  const std::size_t along = axis_of(x.shape, axis);
  expect_shape(index.rank() == x.shape.rank());
  const Indices sizes = sizes_of(index.shape());
  for (std::size_t i = 0; i < sizes.size(); ++i) expect_shape(i == along || sizes[i] <= x.shape[static_cast<Index>(i)]);
  for (Index place : index.elements()) expect_value(place >= 0 && place < x.shape[static_cast<Index>(along)]);
  return make(sizes, [&](Indices at) {
    at[along] = index.elements()[static_cast<std::size_t>(offset_of(index.shape(), at))];
    return element(x, at);
  });
}

inline void draw_stack(Drawing& d, Item& item) {
  item.inputs = {d.any_operand()};
  const Shape shape = d.shape_of(item.inputs[0]);
  for (Index more = d.index(0, 2); more > 0; --more) item.inputs.push_back(d.leaf(shape));
  item.options = {d.index(-shape.rank() - 1, shape.rank())};
}

inline Array stack(const Inputs& in, Index axis) {
  const Shape& shape = in[0]->shape;
  expect_shape(axis >= -shape.rank() - 1 && axis <= shape.rank() && shape.rank() < Shape::max_rank);
  if (axis < 0) axis += shape.rank() + 1;
  Indices sizes = sizes_of(shape);
  sizes.insert(sizes.begin() + axis, 1);
  Arrays rows;
  for (const Array* part : in) {
    expect_shape(part->shape == shape);
    rows.push_back({shape_of(sizes), part->elements});
  }
  Inputs parts;
  for (const Array& row : rows) parts.push_back(&row);
  return concat(parts, axis);
}

/// Options: an axis and sizes along it, or the one size of all parts.
inline void draw_split(Drawing& d, Item& item) {
  item.inputs = {d.operand(d.index(1, 4))};
  const Shape& x = d.shape_of(item.inputs[0]);
  item.options = {draw_axis(d, x)};
  Index rest = x.size(item.options[0]);
  if (d.chance(50)) return item.options.push_back(d.index(1, 4));
  while (item.options.size() < 3) {
    item.options.push_back(d.index(0, rest));
    rest -= item.options.back();
  }
  item.options.push_back(rest);
}

inline Arrays split(const Array& x, const Indices& o) {
  const Index n = x.shape[static_cast<Index>(axis_of(x.shape, o[0]))];
  Indices sizes(o.begin() + 1, o.end());
  if (sizes.size() == 1) {
    const Index size = sizes[0];
    expect_shape(size >= 1);
    sizes = {std::min(size, n)};
    for (Index rest = n - sizes[0]; rest > 0; rest -= size) sizes.push_back(std::min(size, rest));
  }
  Index total = 0;
  for (Index size : sizes) {
    expect_shape(size >= 0);
    total += size;
  }
  expect_shape(total == n);
  Arrays parts;
  Index first = 0;
  for (Index size : sizes) {
    parts.push_back(slice(x, o[0], first, first + size));
    first += size;
  }
  return parts;
}

inline std::vector<Operation> selections() {
  return {
      operation(
          "index_select", {"axis", "", "count"}, draw_index_select,
          [](Tape&, const Inputs& in, const Item& i) {
            return index_select(*in[0], i.options[0], integers(i.options, 1));
          },
          [](const auto& in, const Item& i) {
            return latent::index_select(in[0], i.options[0], integers(i.options, 1));
          }),
      operation(
          "gather", {"axis", "rank"}, draw_gather,
          [](Tape&, const Inputs& in, const Item& i) { return gather(*in[0], i.options[0], integers(i.options, 1)); },
          [](const auto& in, const Item& i) { return latent::gather(in[0], i.options[0], integers(i.options, 1)); }),
      operation(
          "stack", {"axis"}, draw_stack, [](Tape&, const Inputs& in, const Item& i) { return stack(in, i.options[0]); },
          [](const auto& in, const Item& i) { return latent::stack(in, i.options[0]); }),
      operation(
          "split", {"axis", "size"}, draw_split,
          [](Tape&, const Inputs& in, const Item& i) { return split(*in[0], i.options); },
          [](const auto& in, const Item& i) {
            const Indices& o = i.options;
            if (o.size() == 2) return latent::split(in[0], o[1], o[0]);
            return latent::split(in[0], std::span<const Index>(o).subspan(1), o[0]);
          }),
  };
}

}  // namespace fuzz::detail
