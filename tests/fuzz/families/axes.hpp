#pragma once

// Sums and others along an axis.

#include "../kinds.hpp"
#include "../lines.hpp"

namespace fuzz::detail {

inline Array interpret_extremum(Tape& tape, const Array& x, const Item& item, Real sign) {
  expect_shape(x.shape[static_cast<Index>(axis_of(x.shape, item.options[0]))] >= 1);
  return over(x, item.options[0], item.options[1] != 0, [&](const Line& line) { return largest(tape, line, sign); });
}

inline std::vector<Operation> axes() {
  return {
      operation(
          "sum of all", {}, draw_one, [](Tape& t, const Inputs& in, const Item&) { return sum(t, *in[0]); },
          [](const auto& in, const Item&) { return latent::sum(in[0]); }),
      operation(
          "mean of all", {}, draw_one,
          [](Tape& t, const Inputs& in, const Item&) {
            return Array{{}, {mean(t, in[0]->elements)}};
          },
          [](const auto& in, const Item&) { return latent::mean(in[0]); }),
      over_axis(
          "sum", [](Tape& t, const Line& x) { return sum(t, x); },
          [](auto x, Index axis, bool keep) { return latent::sum(x, axis, keep); }),
      over_axis(
          "mean", [](Tape& t, const Line& x) { return mean(t, x); },
          [](auto x, Index axis, bool keep) { return latent::mean(x, axis, keep); }),
      over_axis(
          "var", [](Tape& t, const Line& x) { return variance(t, x, 1); },
          [](auto x, Index axis, bool keep) { return latent::var(x, axis, {.keep = keep}); }),
      over_axis(
          "stddev", [](Tape& t, const Line& x) { return sqrt(t, variance(t, x, 0)); },
          [](auto x, Index axis, bool keep) { return latent::stddev(x, axis, {.correction = 0, .keep = keep}); }),
      over_axis(
          "norm", [](Tape& t, const Line& x) { return norm(t, x); },
          [](auto x, Index axis, bool keep) { return latent::norm(x, 2, axis, keep); }),
      over_axis(
          "norm 1", [](Tape& t, const Line& x) { return absolute_sum(t, x); },
          [](auto x, Index axis, bool keep) { return latent::norm(x, 1, axis, keep); }),
      operation(
          "max", {"axis", "keep"}, draw_axis_of_one,
          [](Tape& t, const Inputs& in, const Item& i) { return interpret_extremum(t, *in[0], i, 1); },
          [](const auto& in, const Item& i) { return latent::max(in[0], i.options[0], i.options[1] != 0).values; }),
      operation(
          "min", {"axis", "keep"}, draw_axis_of_one,
          [](Tape& t, const Inputs& in, const Item& i) { return interpret_extremum(t, *in[0], i, -1); },
          [](const auto& in, const Item& i) { return latent::min(in[0], i.options[0], i.options[1] != 0).values; }),
      along_axis(
          "softmax", [](Tape& t, const Line& x) { return softmax(t, x); },
          [](auto x, Index axis) { return latent::softmax(x, axis); }),
      along_axis(
          "log_softmax", [](Tape& t, const Line& x) { return log_softmax(t, x); },
          [](auto x, Index axis) { return latent::log_softmax(x, axis); }),
      along_axis(
          "cumsum", [](Tape& t, const Line& x) { return cumsum(t, x); },
          [](auto x, Index axis) { return latent::cumsum(x, axis); }),
  };
}

}  // namespace fuzz::detail
