#include <latent/core/eigen.hpp>
#include <latent/core/tensor.hpp>
#include <numeric>
#include <set>
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

TEST_CASE("tensor: exchanges with Eigen without a copy") {
  Tensor<float> x({2, 3}, {1, 2, 3, 4, 5, 6});
  auto map = eigen::matrix(x);
  CHECK(map(1, 0) == 4);
  map *= 2;
  CHECK(x(1, 2) == 12);
  CHECK(eigen::array(std::as_const(x)).sum() == 42);

  eigen::Matrix<double> m(2, 2);
  m << 1, 2, 3, 4;
  auto view = eigen::tensor(m);
  view(1, 0) = 30;
  CHECK(m(1, 0) == 30);
  CHECK(std::as_const(view).data() == m.data());
  Eigen::VectorXd v(3);
  v << 1, 2, 3;
  CHECK(eigen::tensor(v).shape() == Shape{3});

  const eigen::Matrix<float> constant = eigen::Matrix<float>::Ones(2, 2);
  const Eigen::Map<const eigen::Matrix<float>> reading(constant.data(), 2, 2);
  auto safe = eigen::tensor(reading);
  safe(0, 0) = 5;
  CHECK(constant(0, 0) == 1);
}

TEST_CASE("memory: released blocks are used again") {
  memory::Pool pool;
  void* first = pool.allocate(1000);
  pool.release(first, 1000);
  void* second = pool.allocate(1020);
  CHECK(second == first);
  pool.release(second, 1020);
  pool.trim();
  for (std::size_t bytes = 0; bytes < 100000; bytes += 37) {
    const std::size_t given = memory::SizeClass::bytes(memory::SizeClass::of(bytes));
    CHECK(given >= bytes);
    CHECK(given <= bytes + bytes / 4 + memory::alignment);
  }
}

TEST_CASE("memory: what one thread of a team needs, all have, and a block never changes the thread") {
  constexpr int team = 3;
  memory::TeamPool pool;
  const auto take_all = [&](int thread, std::vector<std::size_t> sizes) {
    std::set<void*> mine;
    for (const std::size_t bytes : sizes) mine.insert(pool.allocate(thread, team, bytes));
    for (void* block : mine) pool.release(thread, block, sizes.front());
    CHECK(mine.size() == sizes.size());
    return mine;
  };
  const std::set<void*> first = take_all(1, {5000, 5000});
  const std::set<void*> other = take_all(2, {5000, 5000});
  CHECK(take_all(1, {5000, 5000}) == first);
  for (void* block : other) CHECK_FALSE(first.contains(block));
  CHECK(take_all(2, {5000, 5000}) == other);
  pool.trim();
  CHECK(take_all(0, {70, 70, 70}).size() == 3);
  pool.trim();
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
