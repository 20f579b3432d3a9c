#include <latent/kernels/packed_weights_table.hpp>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using kernels::PackedWeights;
using kernels::PackedWeightsTable;

namespace {

/// What find() gives, or -1, and how often something was made.
struct Finder {
  PackedWeightsTable all;
  int made = 0;

  template <class P = int>
  int operator()(const kernels::WeightPlaces& weights, Index size) {
    const P* const found =
        kernels::packed_weights<P>(weights, std::array{size}, [this] { return static_cast<P>(++made); });
    return found ? static_cast<int>(*found) : -1;
  }
};

}  // namespace

TEST_CASE("packed_weights: what was missing while it was filled is found later, by place, sizes and type") {
  Finder find;
  const float weights[3] = {};
  for (const float& weight : weights) find.all.hold(&weight, nullptr);
  CHECK(find({&weights[0]}, 1) == -1);  // the thread sees none
  {
    const PackedWeightsTable::Filled filled(find.all);
    CHECK(find({&weights[1]}, 1) == 1);
    CHECK(find({&weights[0], &weights[2]}, 1) == 2);
    CHECK(find({&weights[0]}, 1) == 3);
    CHECK(find({&weights[0]}, 2) == 4);
    CHECK(find.operator()<short>({&weights[0]}, 2) == 5);
    CHECK(find({&weights[1]}, 1) == 1);  // again
  }
  CHECK(find({&weights[1]}, 1) == -1);
  const PackedWeights::Shown shown(find.all);
  CHECK(find({&weights[1]}, 1) == 1);
  CHECK(find({&weights[0], &weights[2]}, 1) == 2);
  CHECK(find({&weights[0]}, 1) == 3);
  CHECK(find({&weights[0]}, 2) == 4);
  CHECK(find.operator()<short>({&weights[0]}, 2) == 5);
  CHECK(find({&weights[2]}, 1) == -1);
  CHECK(find({&weights[1]}, 2) == -1);
  CHECK(find.operator()<short>({&weights[1]}, 1) == -1);
  CHECK(find.made == 5);
}

TEST_CASE("packed_weights: nothing is kept of weights that are not held, which may change") {
  Finder find;
  const float held = 0, other = 0;
  find.all.hold(&held, nullptr);
  const PackedWeightsTable::Filled filled(find.all);
  CHECK(find({&other}, 1) == -1);
  CHECK(find({&held, &other}, 1) == -1);
  CHECK(find({&held, nullptr, &held}, 1) == 1);
}

TEST_CASE("packed_weights: the youngest that is shown counts, and those before come back") {
  Finder outer, inner;
  const float weight = 0;
  outer.all.hold(&weight, nullptr);
  const PackedWeightsTable::Filled filled(outer.all);
  CHECK(outer({&weight}, 1) == 1);
  {
    const PackedWeights::Shown shown(inner.all);
    CHECK(outer({&weight}, 1) == -1);
  }
  CHECK(outer({&weight}, 1) == 1);
}
