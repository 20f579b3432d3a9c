#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("gather: values, gradients, indices of any type") {
  const auto x = input({3, 4}, 1);
  const Tensor<std::int32_t> index({2, 3}, {0, 3, 3, 1, 1, 1});
  const Tensor<double> y = gather(x, 1, index).value();
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j) CHECK(y(i, j) == x.value()(i, index(i, j)));
  check_gradients([&](In v) { return gather(v[0], -1, index); }, {x});
  check_gradients([&](In v) { return gather(v[0], 0, Tensor<std::uint8_t>({2, 3}, {0, 2, 2, 0, 1, 2})); }, {x});
  CHECK(gather(x, 0, Tensor<std::int64_t>({0, 4})).shape() == Shape{0, 4});
  CHECK(message_of<ShapeError>([&] {
          gather(x, 1, Tensor<std::int64_t>({4, 2}));
        }) ==
        "gather: index [4, 2] does not fit x [3, 4], expected the same rank and, but for axis 1, no larger sizes");
  CHECK(message_of<ValueError>([&] {
          gather(x, 1, Tensor<std::int64_t>({1, 3}, {0, 4, 1}));
        }) == "gather: index 4 at element 1 of [1, 3] is not within axis 1 of shape [3, 4]");
  CHECK(message_of<ShapeError>([&] { gather(x, 2, index); }) == "gather: axis 2 does not exist in shape [3, 4]");
}

TEST_CASE("index_select: values, gradients, places that occur twice") {
  const auto x = input({3, 4, 2}, 1);
  const Tensor<std::int64_t> index({4}, {2, 0, 2, 2});
  const Tensor<double> y = index_select(x, -3, index).value();
  CHECK(y.shape() == Shape{4, 4, 2});
  CHECK(y(3, 1, 1) == x.value()(2, 1, 1));
  for (const Index axis : {0, 1}) check_gradients([&](In v) { return index_select(v[0], axis, index); }, {x});
  check_gradients([](In v) { return index_select(v[0], 2, Tensor<std::int32_t>({3}, {1, 1, 0})); }, {x});
  CHECK(message_of<ValueError>([&] {
          index_select(x, 0, Tensor<std::int32_t>({2}, {0, -1}));
        }) == "index_select: index -1 at element 1 of [2] is not within axis 0 of shape [3, 4, 2]");
  CHECK(message_of<ShapeError>([&] {
          index_select(x, 0, Tensor<std::int32_t>({2, 1}));
        }) == "index_select: index [K] expected, got shape [2, 1]");
}

TEST_CASE("index_select: the gradients of wide rows") {
  const Variable<float> x(Tensor<float>({3, 150}), true);
  const Tensor<std::int64_t> index({3}, {2, 0, 2});
  const auto dy = reference::random<float>({3, 150}, 1);
  index_select(x, 0, index).backward(dy);
  for (Index j = 0; j < 150; ++j) {
    CHECK(x.grad()(0, j) == dy(1, j));
    CHECK(x.grad()(1, j) == 0);
    CHECK(x.grad()(2, j) == dy(0, j) + dy(2, j));
  }
}

TEST_CASE("gather and index_select: the same bits for any number of threads") {
  Tensor<std::int64_t> rows({500}), places({500, 300});
  for (Index i = 0; i < rows.numel(); ++i) rows.data()[i] = i * i % 50;
  for (Index i = 0; i < places.numel(); ++i) places.data()[i] = i * 7 % 300;
  const auto run = [&](int count) {
    set_threads(count);
    const Variable<float> x(reference::random<float>({500, 300}, 1), true);
    const auto selected = index_select(x, 0, rows), gathered = gather(x, 1, places);
    sum(selected * gathered).backward();
    set_threads(0);
    return std::vector{selected.value(), gathered.value(), x.grad()};
  };
  const auto one = run(1);
  for (const int count : {2, 3, 7}) {
    const auto several = run(count);
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(reference::identical(one[i], several[i]));
  }
}
