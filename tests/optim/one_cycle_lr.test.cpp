#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("one_cycle_lr: rises to its highest rate, falls to its lowest, and the momentum goes the other way") {
  for (const bool three_phase : {false, true})
    for (const optim::Anneal anneal : {optim::Anneal::cos, optim::Anneal::linear}) {
      const optim::OneCycleLR schedule{
          .max_lr = 1, .steps = 101, .pct_start = 31. / 101, .anneal = anneal, .three_phase = three_phase};
      CHECK(schedule(0) == doctest::Approx(1. / 25));
      CHECK(schedule(30) == doctest::Approx(1));
      CHECK(schedule(100) == doctest::Approx(1. / 25 / 1e4));
      CHECK(schedule.momentum(0) == doctest::Approx(0.95));
      CHECK(schedule.momentum(30) == doctest::Approx(0.85));
      CHECK(schedule.momentum(100) == doctest::Approx(0.95));
      for (Index step = 1; step < 101; ++step) CHECK((schedule(step) > schedule(step - 1)) == (step <= 30));
      CHECK(schedule(15) == doctest::Approx((1 + 1. / 25) / 2));  // half of the rise, on a line as on a cosine
      if (three_phase) CHECK(schedule(45) == doctest::Approx((1 + 1. / 25) / 2));
      if (three_phase) CHECK(schedule(60) == doctest::Approx(1. / 25));
      if (!three_phase) CHECK(schedule(65) == doctest::Approx((1 + 1. / 25 / 1e4) / 2));
    }
  CHECK(optim::OneCycleLR{.max_lr = 1, .steps = 1}(0) == doctest::Approx(1. / 25 / 1e4));
}

TEST_CASE("one_cycle_lr: refuses options out of their range, and a step that is not one of its own") {
  CHECK(message_of<ValueError>([] { optim::OneCycleLR{}(0); }) ==
        "OneCycleLR: max_lr must be at least 0 and finite, steps at least 1 and pct_start in [0, 1], or [0, 0.5] with "
        "three phases, got max_lr 0.001, steps 0, pct_start 0.3");
  CHECK(message_of<ValueError>([] { optim::OneCycleLR{.steps = 10, .div_factor = 0}(0); }) ==
        "OneCycleLR: the factors must be above 0, momentums at least 0, and all finite, got div_factor 0, "
        "final_div_factor 10000, base_momentum 0.85, max_momentum 0.95");
  CHECK(message_of<ValueError>([] { optim::OneCycleLR{.steps = 10}(10); }) ==
        "OneCycleLR: step 10 is beyond its 10 steps");
  CHECK_THROWS_AS(optim::OneCycleLR{.steps = 10}(-1), ValueError);
}
