#include <latent/core/tensor.hpp>
#include <numeric>
#include <thread>
#include <vector>

#include "../errors.hpp"

using namespace latent;

TEST_CASE("tensor: begins as zeros, at a cache line, row-major") {
  Tensor<float> x({3, 5});
  CHECK(reinterpret_cast<std::uintptr_t>(x.data()) % memory::alignment == 0);
  for (float v : x.elements()) CHECK(v == 0);
  x(1, 2) = 7;
  CHECK(x.elements()[7] == 7);
  CHECK(!Tensor<float>().defined());
  CHECK(Tensor<float>().numel() == 0);
}

TEST_CASE("tensor: is a value, though copies share their elements until one is written to") {
  Tensor<double> a({2}, {1, 2});
  const Tensor<double> b = a;
  CHECK(std::as_const(a).data() == b.data());
  a(0) = 5;
  CHECK(a(0) == 5);
  CHECK(b(0) == 1);
  const double* alone = std::as_const(a).data();
  a(1) = 6;
  CHECK(std::as_const(a).data() == alone);
}

TEST_CASE("tensor: reshaping and taking rows share elements too") {
  Tensor<float> a({4, 3});
  std::iota(a.elements().begin(), a.elements().end(), 0.0f);
  const Tensor<float> flat = a.reshape({12});
  const Tensor<float> rows = a.rows(1, 3);
  CHECK(flat.data() == std::as_const(a).data());
  CHECK(rows.shape() == Shape{2, 3});
  CHECK(rows(0, 0) == 3);
  CHECK(rows(1, 2) == 8);
  a(1, 0) = -1;
  CHECK(rows(0, 0) == 3);
  CHECK(flat(3) == 3);
  CHECK(message_of<ShapeError>([&] { a.reshape({5}); }) == "reshape: [4, 3] does not have the elements of [5]");
  CHECK(message_of<ShapeError>([&] { a.rows(2, 5); }) == "rows: [2, 5) is not within shape [4, 3]");
}

TEST_CASE("tensor: borrowed memory is written through, and copies own theirs") {
  std::vector<float> memory{1, 2, 3, 4};
  auto borrowed = Tensor<float>::borrow(memory.data(), {2, 2});
  borrowed(0, 1) = 9;
  CHECK(memory[1] == 9);
  Tensor<float> copy = borrowed;
  copy(0, 0) = 5;
  CHECK(memory[0] == 1);
  memory[3] = 8;
  CHECK(copy(1, 1) == 4);

  const std::vector<float> constant{1, 2};
  auto reading = Tensor<float>::borrow(constant.data(), {2});
  CHECK(std::as_const(reading).data() == constant.data());
  reading(0) = 3;
  CHECK(constant[0] == 1);
  CHECK(reading(0) == 3);
  CHECK(reading(1) == 2);
}

TEST_CASE("tensor: wrong indices and numbers of elements are errors") {
  const Tensor<float> x({2, 3});
  CHECK(message_of<ShapeError>([&] { x(2, 0); }) == "element: index 2 is not within axis 0 of shape [2, 3]");
  CHECK(message_of<ShapeError>([&] { x(1); }) == "element: 1 indices for shape [2, 3]");
  CHECK(message_of<ShapeError>([&] { x.item(); }) == "item: one element expected, got shape [2, 3]");
  CHECK(message_of<ShapeError>([] { Tensor<float>({2}, {1, 2, 3}); }) == "tensor: 3 elements do not fill shape [2]");
}

TEST_CASE("tensor: converts between types") {
  const Tensor<int> x({3}, {1, -2, 3});
  const Tensor<double> y = x.cast<double>();
  CHECK(y(1) == -2.0);
  CHECK((Tensor<float>({1}, {2.75f}).cast<int>()(0)) == 2);
}

TEST_CASE("tensor: copies in several threads do not disturb each other") {
  const Tensor<int> shared = Tensor<int>::full({1000}, 7);
  std::vector<int> sums(4);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int round = 0; round < 200; ++round) {
          Tensor<int> mine = shared;
          mine(0) = t;
          sums[static_cast<std::size_t>(t)] = std::accumulate(mine.elements().begin(), mine.elements().end(), 0);
        }
      });
  }
  for (int t = 0; t < 4; ++t) CHECK(sums[static_cast<std::size_t>(t)] == 6993 + t);
}

TEST_CASE("tensor: one that finds no memory is an OutOfMemory with its shape") {
  if constexpr (!memory::pooled) return;  // sanitizers end the program
  CHECK(message_of<OutOfMemory>([] {
          Tensor<float>({1 << 22, 1 << 23});
        }) == "tensor [4194304, 8388608]: out of memory: 131072 GiB wanted");
}
