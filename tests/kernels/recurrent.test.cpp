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
