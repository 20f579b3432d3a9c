#include "optimizer_steps.hpp"

using namespace latent;

TEST_CASE_TEMPLATE("move_averages: every element follows the formula", T, float, double) {
  optimizer_steps::check<T, 0>(
      [](auto& value, auto& average) {
        std::vector<kernels::AveragedArray<T>> arrays;
        for (std::size_t i = 0; i < value.all.size(); ++i)
          arrays.push_back({value.all[i].numel(), value.data(i), average.data(i)});
        kernels::move_averages<T>(arrays, T(0.25));
      },
      [](double value, double& average) { average = 0.75 * average + 0.25 * value; });
}
