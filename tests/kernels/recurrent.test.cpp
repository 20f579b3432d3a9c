#include "../recurrent.hpp"

using namespace latent;
using kernels::PackedSequences;

TEST_CASE("recurrent: sequences are packed longest first, and equal ones in their order") {
  const std::vector<Index> lengths{2, 4, 1, 2, 4};
  Tensor<Index> table({PackedSequences::table_size(5, 4)});
  kernels::pack_sequences(5, 4, lengths.data(), table.data());
  const std::vector<Index> expected{1, 4, 0, 3, 2, 4, 4, 2, 2, 1, 0, 5, 9, 11, 13};
  CHECK(std::ranges::equal(table.elements(), expected));

  const PackedSequences forward(5, std::as_const(table).data(), false);
  const PackedSequences reverse(5, std::as_const(table).data(), true);
  CHECK(forward.running(0) == 5);
  CHECK(forward.running(1) == 4);
  CHECK(forward.running(3) == 2);
  CHECK(forward.row(2, 1, 4) == 1);
  CHECK(reverse.row(2, 1, 4) == 0);
  CHECK(forward.row(1, 0, 4) == 16);
  CHECK(reverse.row(1, 0, 4) == 19);
}

TEST_CASE("recurrent: without lengths all sequences have all steps") {
  Tensor<Index> table({PackedSequences::table_size(3, 2)});
  kernels::pack_sequences(3, 2, nullptr, table.data());
  const std::vector<Index> expected{0, 1, 2, 2, 2, 2, 0, 3, 6};
  CHECK(std::ranges::equal(table.elements(), expected));
  kernels::pack_sequences(0, 8, nullptr, table.data());
  CHECK(PackedSequences(0, std::as_const(table).data(), false).starts[8] == 0);
}

TEST_CASE("recurrent: few sequences of unequal length, forwards and backwards in time, agree with the plain loop") {
  for (const bool reverse : {false, true}) {
    recurrent::Problem<kernels::LstmCell, double> p({3, 4, 5, 9});
    p.reverse = reverse;
    const std::vector<Index> lengths{2, 4, 1};
    kernels::pack_sequences(3, 4, lengths.data(), p.table.data());
    const auto results = recurrent::forward(p, p.inputs());
    for (Index i = 0; i < 3; ++i) {
      const Index length = lengths[static_cast<std::size_t>(i)];
      Tensor<double> x({1, length, 5}), h = p.h0.rows(i, i + 1), c = p.c0.rows(i, i + 1);
      const auto step = [&](Index t) { return reverse ? length - 1 - t : t; };
      for (Index t = 0; t < length; ++t)
        for (Index j = 0; j < 5; ++j) x(0, t, j) = std::as_const(p.x)(i, step(t), j);
      const auto y = reference::lstm(x, p.weight_ih, p.weight_hh, p.bias_ih, p.bias_hh, h, c);
      for (Index t = 0; t < 4; ++t)
        for (Index j = 0; j < 9; ++j)
          CHECK(std::as_const(results.y)(i, t, j) ==
                doctest::Approx(t < length ? y(0, step(t), j) : 0.0).epsilon(1e-12));
    }
  }
}

TEST_CASE("recurrent: few sequences have the same bits for any number of threads") {
  const recurrent::Problem<kernels::LstmCell, float> p({2, 40, 60, 72});
  set_threads(1);
  const auto one = recurrent::forward(p, p.inputs());
  for (const int threads : {2, 3, 7}) {
    set_threads(threads);
    CHECK(reference::identical(recurrent::forward(p, p.inputs()).y, one.y));
  }
  set_threads(0);
}
