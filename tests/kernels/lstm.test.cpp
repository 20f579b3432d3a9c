#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

template <Scalar T>
struct LstmProblem {
  kernels::LstmSizes s;
  Tensor<T> x, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0;

  explicit LstmProblem(const kernels::LstmSizes& sizes)
      : s(sizes),
        x(reference::random<T>({s.n, s.t, s.in}, 1)),
        weight_ih(reference::random<T>({4 * s.h, s.in}, 2)),
        weight_hh(reference::random<T>({4 * s.h, s.h}, 3)),
        bias_ih(reference::random<T>({4 * s.h}, 4)),
        bias_hh(reference::random<T>({4 * s.h}, 5)),
        h0(reference::random<T>({s.n, s.h}, 6)),
        c0(reference::random<T>({s.n, s.h}, 7)) {}

  kernels::LstmInputs<T> inputs() const {
    return {x.data(), weight_ih.data(), weight_hh.data(), bias_ih.data(), bias_hh.data(), h0.data(), c0.data()};
  }
};

/// What one forward writes.
template <Scalar T>
struct Results {
  Tensor<T> y, cells, gates, rows;

  explicit Results(const kernels::LstmSizes& s)
      : y({s.n, s.t, s.h}), cells({s.t, s.n, s.h}), gates({s.t, s.n, 4 * s.h}), rows({s.t, s.n, s.row()}) {}

  kernels::LstmReserve<T> reserve() { return {rows.data(), cells.data(), gates.data()}; }
};

}  // namespace

TEST_CASE_TEMPLATE("lstm: agrees with the plain loop over odd sizes", T, float, double) {
  for (Index n : {1, 5, 33})
    for (Index t : {1, 2, 9})
      for (Index in : {1, 7, 28})
        for (Index h : {1, 8, 33}) {
          const LstmProblem<T> p({n, t, in, h});
          Results<T> results(p.s);
          kernels::lstm(p.s, p.inputs(), results.y.data(), results.reserve());
          Tensor<double> h_last = p.h0.template cast<double>(), c_last = p.c0.template cast<double>();
          const auto expected = reference::lstm(p.x, p.weight_ih, p.weight_hh, p.bias_ih, p.bias_hh, h_last, c_last);
          CAPTURE(n);
          CAPTURE(t);
          CAPTURE(in);
          CAPTURE(h);
          CHECK(reference::difference(results.y, expected) < 10 * reference::tolerance<T>(in + h));
          for (Index i = 0; i < n; ++i)
            CHECK(static_cast<double>(std::as_const(results.cells)(t - 1, i, h - 1)) ==
                  doctest::Approx(c_last(i, h - 1)).epsilon(1e-4));
        }
}

TEST_CASE("lstm: without biases and initial states it is as if they were zero") {
  LstmProblem<double> p({3, 4, 5, 6});
  for (Tensor<double>* zero : {&p.bias_ih, &p.bias_hh, &p.h0, &p.c0}) zero->fill(0);
  Results<double> with(p.s), without(p.s);
  kernels::lstm(p.s, p.inputs(), with.y.data(), with.reserve());
  const kernels::LstmInputs<double> bare{std::as_const(p.x).data(),
                                         std::as_const(p.weight_ih).data(),
                                         std::as_const(p.weight_hh).data(),
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr};
  kernels::lstm(p.s, bare, without.y.data(), without.reserve());
  CHECK(reference::difference(without.y, with.y) < 1e-15);
}

TEST_CASE("lstm: the same bits for any number of threads, forward and backward") {
  const LstmProblem<float> p({40, 6, 20, 24});
  std::vector<Tensor<float>> first;
  for (int threads : {1, 2, 3, 7}) {
    set_threads(threads);
    Results<float> r(p.s);
    kernels::lstm(p.s, p.inputs(), r.y.data(), r.reserve());
    const auto dy = reference::random<float>(r.y.shape(), 9);
    Tensor<float> dx(p.x.shape()), dwi(p.weight_ih.shape()), dwh(p.weight_hh.shape()), dbi(p.bias_ih.shape()),
        dbh(p.bias_hh.shape()), dh(p.h0.shape()), dc(p.c0.shape());
    kernels::lstm_backward<float>(
        p.s, p.inputs(), r.reserve(), {dy.data(), nullptr},
        {{dx.data()}, {dh.data()}, {dc.data()}, {dwi.data()}, {dwh.data()}, {dbi.data()}, {dbh.data()}});
    const std::vector<Tensor<float>> results{r.y, r.cells, dx, dwi, dwh, dbi, dbh, dh, dc};
    if (first.empty()) first = results;
    for (std::size_t i = 0; i < results.size(); ++i) CHECK(reference::identical(results[i], first[i]));
  }
  set_threads(0);
}
