#pragma once

// Products of matrices, and others by letters.

#include "../kinds.hpp"

namespace fuzz::detail {

struct Equation {
  std::string_view a, b, result;

  std::string text() const { return std::string(a).append(",").append(b).append("->").append(result); }
};

inline const Equation& equation(Index number) {
  static constexpr Equation all[]{{"ij", "jk", "ik"},    {"bij", "bkj", "bik"},  {"i", "i", ""},     {"i", "j", "ij"},
                                  {"bij", "bjk", "ikb"}, {"ij", "ij", "j"},      {"ijk", "k", "ji"}, {"ij", "kl", "lj"},
                                  {"bi", "bi", "b"},     {"abcd", "dbe", "cea"}, {"ij", "ji", "ij"}, {"", "ij", "ji"}};
  return all[static_cast<std::size_t>(number) % 12];
}

inline void draw_einsum(Drawing& d, Item& item) {
  item.options = {d.index(0, 11)};
  const Equation& e = equation(item.options[0]);
  std::array<Index, 128> size{};
  for (const char c : e.text()) size[static_cast<std::size_t>(c)] = d.size();
  for (const std::string_view letters : {e.a, e.b}) {
    Shape shape;
    for (const char c : letters) shape.append(size[static_cast<std::size_t>(c)]);
    item.inputs.push_back(d.leaf(shape));
  }
}

/// x summed over what no other part of the equation has.
inline Array own_summed(Tape& tape, Array x, std::string& letters, const std::string& elsewhere) {
  for (std::size_t i = letters.size(); i-- > 0;) {
    if (elsewhere.find(letters[i]) != std::string::npos) continue;
    x = sum(tape, x, static_cast<Index>(i), false);
    letters.erase(i, 1);
  }
  return x;
}

inline Array einsum(Tape& tape, const Array& a, const Array& b, const Equation& e) {
  std::string left(e.a), right(e.b), all(e.result);
  const std::string result(e.result);
  std::array<Index, 128> size;
  size.fill(-1);
  for (const auto& [letters, shape] : {std::pair{left, a.shape}, std::pair{right, b.shape}}) {
    expect_shape(std::ssize(letters) == shape.rank());
    for (std::size_t i = 0; i < letters.size(); ++i) {
      Index& known = size[static_cast<std::size_t>(letters[i])];
      expect_shape(known == -1 || known == shape[static_cast<Index>(i)]);
      known = shape[static_cast<Index>(i)];
    }
  }
  const Array x = own_summed(tape, a, left, right + result), y = own_summed(tape, b, right, left + result);
  for (const char c : left)
    if (all.find(c) == std::string::npos) all += c;
  const auto sizes = [&](std::string_view letters) {
    Indices list;
    for (const char c : letters) list.push_back(size[static_cast<std::size_t>(c)]);
    return list;
  };
  return make(sizes(result), [&](const Indices& at) {
    Sum total(tape);
    each_place(sizes(std::string_view(all).substr(result.size())), [&](const Indices& summed) {
      const auto number = [&](const Array& of, const std::string& letters) {
        Indices place;
        for (const char c : letters) {
          const std::size_t i = all.find(c);
          place.push_back(i < at.size() ? at[i] : summed[i - at.size()]);
        }
        return element(of, place);
      };
      total.add_product(number(x, left), number(y, right));
    });
    return total.result();
  });
}

inline std::vector<Operation> products() {
  return {
      operation(
          "matmul", {}, draw_matmul, [](Tape& t, const Inputs& in, const Item&) { return matmul(t, *in[0], *in[1]); },
          [](const auto& in, const Item&) { return latent::matmul(in[0], in[1]); }),
      operation(
          "linear", {"activation", "as a layer"}, draw_linear,
          [](Tape& t, const Inputs& in, const Item& i) {
            const Array& weight = *in[1];
            expect_shape(weight.shape.rank() == 2);
            if (i.options[1] == 1) expect_value(weight.shape[0] >= 1 && weight.shape[1] >= 1);
            return linear(t, *in[0], weight, in[2], activation(i.options[0]));
          },
          []<Scalar T>(const Variables<T>& in, const Item& i) {
            if (i.options[1] != 1) return latent::linear(in[0], in[1], in[2], activation(i.options[0]));
            latent::Rng rng(1);
            const auto [out, features] = in[1].shape().template sizes<2>("weight");
            latent::nn::Linear<T> layer({.in = features, .out = out, .bias = bool(in[2])}, rng);
            layer.weight = in[1], layer.bias = in[2];
            return with_its_shape(layer, in[0].shape(), layer(in[0], activation(i.options[0])));
          }),
      operation(
          "einsum", {"equation"}, draw_einsum,
          [](Tape& t, const Inputs& in, const Item& i) { return einsum(t, *in[0], *in[1], equation(i.options[0])); },
          [](const auto& in, const Item& i) { return latent::einsum(equation(i.options[0]).text(), in[0], in[1]); }),
  };
}

}  // namespace fuzz::detail
