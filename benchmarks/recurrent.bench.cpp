#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;
using kernels::RecurrentSizes;

template <class Cell>
struct Problem {
  RecurrentSizes s;
  Tensor<float> x = random({s.n, s.t, s.in}), weight_ih = random({Cell::gates * s.h, s.in}, -0.1f, 0.1f),
                weight_hh = random({Cell::gates * s.h, s.h}, -0.1f, 0.1f), bias_ih = random({Cell::gates * s.h}),
                bias_hh = bias_ih;
  Tensor<float> y{{s.n, s.t, s.h}}, rows{{s.t, s.n, s.row()}}, cells{{s.t, s.n, s.h}},
      gates{{s.t, s.n, Cell::saved*s.h}};
  Tensor<float> dx = x, dweight_ih = weight_ih, dweight_hh = weight_hh, dbias_ih = bias_ih, dbias_hh = bias_hh,
                dy = random({s.n, s.t, s.h});
  Tensor<Index> table = latent::detail::packed_sequences(s.n, s.t);

  kernels::PackedSequences sequences() const { return {s.n, table.data(), false}; }
  kernels::RecurrentInputs<float> inputs() const {
    return {x.data(), weight_ih.data(), weight_hh.data(), bias_ih.data(), bias_hh.data(), nullptr, nullptr};
  }
  void forward() {
    kernels::recurrent(Cell{}, s, sequences(), inputs(), y.data(), {rows.data(), cells.data(), gates.data()});
  }
  void backward() {
    kernels::recurrent_backward<Cell, float>(
        Cell{}, s, sequences(), inputs(), {rows.data(), cells.data(), gates.data()},
        {std::as_const(dy).data(), nullptr},
        {{dx.data()}, {}, {}, {dweight_ih.data()}, {dweight_hh.data()}, {dbias_ih.data()}, {dbias_hh.data()}});
  }
};

template <class Cell>
void add(const std::string& cell, Index in, Index hidden) {
  const RecurrentSizes s{64, 28, in, hidden};
  const double flops = 2 * Cell::gates * static_cast<double>(s.n * s.t * s.h) * static_cast<double>(s.in + s.h);
  const std::string name = cell + "/" + std::to_string(in) + "->" + std::to_string(hidden);
  add_flops(name + "/forward", flops, [=] { return [p = Problem<Cell>{s}]() mutable { p.forward(); }; });
  add_flops(name + "/backward", 2 * flops, [=] {
    Problem<Cell> problem{s};
    problem.forward();
    return [p = std::move(problem)]() mutable { p.backward(); };
  });
}

[[maybe_unused]] const bool registered = [] {
  for (const auto& [in, hidden] : {std::pair<Index, Index>{28, 128}, {128, 28}, {256, 256}}) {
    add<kernels::LstmCell>("lstm", in, hidden);
    add<kernels::GruCell>("gru", in, hidden);
    add<kernels::RnnCell>("rnn", in, hidden);
  }
  return true;
}();

}  // namespace
