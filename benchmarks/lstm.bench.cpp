#include "kernel_bench.hpp"

namespace {

using namespace benchmarks;
using kernels::LstmSizes;

struct Problem {
  LstmSizes s;
  Tensor<float> x = random({s.n, s.t, s.in}), weight_ih = random({4 * s.h, s.in}, -0.1f, 0.1f),
                weight_hh = random({4 * s.h, s.h}, -0.1f, 0.1f), bias_ih = random({4 * s.h}), bias_hh = bias_ih;
  Tensor<float> y{{s.n, s.t, s.h}}, rows{{s.t, s.n, s.row()}}, cells{{s.t, s.n, s.h}}, gates{{s.t, s.n, 4 * s.h}};
  Tensor<float> dx = x, dweight_ih = weight_ih, dweight_hh = weight_hh, dbias_ih = bias_ih, dbias_hh = bias_hh,
                dy = random({s.n, s.t, s.h});

  kernels::LstmInputs<float> inputs() const {
    return {x.data(), weight_ih.data(), weight_hh.data(), bias_ih.data(), bias_hh.data(), nullptr, nullptr};
  }
  void forward() { kernels::lstm(s, inputs(), y.data(), {rows.data(), cells.data(), gates.data()}); }
  void backward() {
    kernels::lstm_backward<float>(
        s, inputs(), {rows.data(), cells.data(), gates.data()}, {std::as_const(dy).data(), nullptr},
        {{dx.data()}, {}, {}, {dweight_ih.data()}, {dweight_hh.data()}, {dbias_ih.data()}, {dbias_hh.data()}});
  }
};

void add_lstm(Index in, Index hidden) {
  const LstmSizes s{64, 28, in, hidden};
  const double flops = 8 * static_cast<double>(s.n * s.t * s.h) * static_cast<double>(s.in + s.h);
  const std::string name = std::string("lstm/") + std::to_string(in) + "->" + std::to_string(hidden);
  add_flops(name + "/forward", flops, [=] { return [p = Problem{s}]() mutable { p.forward(); }; });
  add_flops(name + "/backward", 2 * flops, [=] {
    Problem problem{s};
    problem.forward();
    return [p = std::move(problem)]() mutable { p.backward(); };
  });
}

[[maybe_unused]] const bool registered = [] {
  add_lstm(28, 128);
  add_lstm(128, 28);
  add_lstm(256, 256);
  return true;
}();

}  // namespace
