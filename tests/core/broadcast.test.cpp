#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("broadcast: tensors of any number and types, repeated where they lack a size") {
  const Tensor<float> row({3}, {1, 2, 3});
  const Tensor<std::int64_t> column({2, 1}, {10, 20});
  const Tensor<double> scalar({}, {0.5});
  const Tensor<double> y = detail::broadcast_to<double>(
      {2, 3}, [](float a, std::int64_t b, double c) { return a + static_cast<double>(b) + c; }, row, column, scalar);
  CHECK(reference::identical(y, Tensor<double>({2, 3}, {11.5, 12.5, 13.5, 21.5, 22.5, 23.5})));
  const auto large = reference::random<float>({70, 1, 900}, 1), small = reference::random<float>({9, 1}, 2);
  const auto run = [&](int count) {
    set_threads(count);
    const auto product = detail::broadcast_to<float>(
        {70, 9, 900}, [](float a, float b) { return a * b; }, large, small);
    set_threads(0);
    return product;
  };
  const Tensor<float> one = run(1);
  CHECK(one(69, 8, 899) == large(69, 0, 899) * small(8, 0));
  for (const int count : {2, 3, 7}) CHECK(reference::identical(one, run(count)));
  CHECK(detail::broadcast_to<float>(
            {0, 3}, [](float a) { return a; }, row)
            .numel() == 0);
}
