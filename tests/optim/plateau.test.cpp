#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

/// An optimizer that is nothing but its rate.
struct RateOnly {
  struct {
    double lr = 1;
  } options;
};

}  // namespace

TEST_CASE("reduce_lr_on_plateau: reduces after more than `patience` evaluations that are no better, then cools down") {
  RateOnly optimizer;
  optim::ReduceLROnPlateau plateau({.factor = 0.5, .patience = 1, .cooldown = 2, .min_lr = 0.2});
  std::vector<double> rates;
  for (const double loss : {1.0, 0.99995, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6}) {
    plateau.step(loss, optimizer);
    rates.push_back(optimizer.options.lr);
  }
  // The third and the seventh are two bad ones in a row, two more do not count; so is the eleventh, but for min_lr.
  CHECK(rates == std::vector<double>{1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2});
  CHECK(plateau.best() == 0.5);
}

TEST_CASE("reduce_lr_on_plateau: modes, NaN, and all groups of an optimizer at once") {
  struct {
    std::vector<RateOnly> groups{2};
  } optimizer;
  optimizer.groups[1].options.lr = 8;
  optim::ReduceLROnPlateau plateau({.mode = optim::MetricMode::max,
                                    .factor = 0.5,
                                    .patience = 0,
                                    .threshold = 0.5,
                                    .threshold_mode = optim::ThresholdMode::abs});
  const auto rate = [&](double metric) {
    plateau.step(metric, optimizer);
    CHECK(optimizer.groups[1].options.lr == 8 * optimizer.groups[0].options.lr);
    return optimizer.groups[0].options.lr;
  };
  CHECK(rate(-3) == 1);
  CHECK(rate(-2) == 1);
  CHECK(rate(-1.5) == 0.5);
  CHECK(rate(-1.25) == 0.5);
  CHECK(rate(std::nan("")) == 0.25);
}

TEST_CASE("early_stopping: stops after `patience` evaluations in a row that are no better") {
  optim::EarlyStopping least({.patience = 2, .min_delta = 0.25}), most({.patience = 1, .mode = optim::MetricMode::max});
  CHECK_FALSE(least(1));
  CHECK(least.improved());
  CHECK_FALSE(least(0.75));
  CHECK_FALSE(least.improved());
  CHECK_FALSE(least(0.5));
  CHECK_FALSE(least(std::nan("")));
  CHECK(least(0.5));
  CHECK(least.best() == 0.5);
  CHECK_FALSE(most(1));
  CHECK_FALSE(most(2));
  CHECK(most(2));
}

TEST_CASE("plateau: options out of their range are refused") {
  CHECK(message_of<ValueError>([] { optim::ReduceLROnPlateau({.factor = 1}); }) ==
        "ReduceLROnPlateau: factor must be in [0, 1), patience and cooldown at least 0, got factor 1, patience 10, "
        "cooldown 0");
  CHECK(message_of<ValueError>([] { optim::ReduceLROnPlateau({.min_lr = -1}); }) ==
        "ReduceLROnPlateau: threshold, min_lr and eps must be at least 0 and finite, got threshold 0.0001, min_lr -1, "
        "eps 1e-08");
  CHECK(message_of<ValueError>([] { optim::EarlyStopping({.patience = 0}); }) ==
        "EarlyStopping: patience must be at least 1, and min_delta at least 0 and finite, got patience 0, min_delta 0");
}

TEST_CASE("plateau: go on from their state") {
  optim::ReduceLROnPlateau plateau({.patience = 5, .cooldown = 1});
  optim::EarlyStopping stopping({.patience = 5});
  RateOnly optimizer;
  for (const double loss : {3.0, 4.0, 4.0}) plateau.step(loss, optimizer), stopping(loss);
  std::string names;
  const auto list = [&](const char* name, auto& value) {
    names.append(name).append(" ").append(std::to_string(static_cast<int>(value))).append(" ");
  };
  plateau.visit(list), stopping.visit(list);
  CHECK(names == "best 3 num_bad_epochs 2 cooldown_counter 0 best 3 wait_count 2 ");
}
