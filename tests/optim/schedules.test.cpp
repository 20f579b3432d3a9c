#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

// What the compiler can work out, it can check.
static_assert(optim::LinearLR{.lr = 2, .start_factor = 0.5, .steps = 4}(2) == 1.5);
static_assert(optim::LinearLR{.lr = 2, .steps = 0}(0) == 2);
static_assert(optim::StepLR{.lr = 8, .step = 3, .gamma = 0.5}(6) == 2);
static_assert(optim::ExponentialLR{.lr = 1, .gamma = 0.5}(3) == 0.125);

TEST_CASE("schedules: follow their formulas at every step") {
  const optim::LinearLR linear{.lr = 0.3, .start_factor = 0.25, .steps = 4};
  const optim::StepLR step{.lr = 0.3, .step = 5, .gamma = 0.7};
  const optim::MultiStepLR multi{.lr = 0.3, .milestones = {12, 3, 4}, .gamma = 0.7};
  const optim::ExponentialLR exponential{.lr = 0.3, .gamma = 0.9};
  const optim::CosineAnnealingLR cosine{.lr = 0.3, .steps = 14, .min_lr = 0.1, .warmup = 4, .start_factor = 0.5};
  for (Index t = 0; t < 20; ++t) {
    CAPTURE(t);
    const auto now = static_cast<double>(t);
    CHECK(linear(t) == doctest::Approx(t < 4 ? 0.3 * (0.25 + 0.75 * now / 4) : 0.3));
    CHECK(step(t) == doctest::Approx(0.3 * std::pow(0.7, t / 5)));
    CHECK(multi(t) == doctest::Approx(0.3 * (t < 3 ? 1 : t < 4 ? 0.7 : t < 12 ? 0.49 : 0.343)));
    CHECK(exponential(t) == doctest::Approx(0.3 * std::pow(0.9, t)));
    const double falling = 0.1 + 0.2 * (1 + std::cos(3.14159265358979 * (now - 4) / 10)) / 2;
    CHECK(cosine(t) == doctest::Approx(t < 4 ? 0.3 * (0.5 + 0.5 * now / 4) : t < 14 ? falling : 0.1));
  }
  CHECK(optim::MultiStepLR{.lr = 0.5}(100) == 0.5);
}

TEST_CASE("schedules: refuse options out of their range, and a negative step") {
  CHECK(message_of<ValueError>([] { optim::LinearLR{.start_factor = 2}(0); }) ==
        "LinearLR: lr must be at least 0 and finite, start_factor in [0, 1] and steps at least 0, got lr 0.001, "
        "start_factor 2, steps 5");
  CHECK(message_of<ValueError>([] { optim::StepLR{}(0); }) ==
        "StepLR: lr and gamma must be at least 0 and finite, and step at least 1, got lr 0.001, gamma 0.1, step 0");
  CHECK(message_of<ValueError>([] { optim::MultiStepLR{.lr = -1}(0); }) ==
        "MultiStepLR: lr and gamma must be at least 0 and finite, got lr -1, gamma 0.1");
  CHECK(message_of<ValueError>([] { optim::ExponentialLR{.gamma = -1}(0); }) ==
        "ExponentialLR: lr and gamma must be at least 0 and finite, got lr 0.001, gamma -1");
  CHECK(message_of<ValueError>([] { optim::CosineAnnealingLR{.steps = 10, .min_lr = -1}(0); }) ==
        "CosineAnnealingLR: lr and min_lr must be at least 0 and finite, and start_factor in [0, 1], got lr 0.001, "
        "min_lr -1, start_factor 0.333333");
  CHECK(message_of<ValueError>([] { optim::CosineAnnealingLR{.steps = 10, .warmup = 10}(0); }) ==
        "CosineAnnealingLR: warmup must be at least 0, and steps more than warmup, got warmup 10, steps 10");
  CHECK(message_of<ValueError>([] { optim::ExponentialLR{}(-1); }) == "ExponentialLR: step must be at least 0, got -1");
}
