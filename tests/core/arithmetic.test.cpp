#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

namespace {

template <class T>
concept CanDivide = requires(Tensor<T> x) {
  x / x;
  x /= x;
};
template <class T, class S>
concept CanAdd = requires(Tensor<T> x, S number) {
  x + number;
  number + x;
  x += number;
};
template <class T>
concept CanNegate = requires(Tensor<T> x) {
  -x;
};

}  // namespace

TEST_CASE("tensors: + - * / and unary minus, element by element, of two tensors and of numbers") {
  const Tensor<float> a({2, 2}, {1, -2, 3, 8}), b({2, 2}, {4, 5, -6, 2});
  CHECK(a + b == Tensor<float>({2, 2}, {5, 3, -3, 10}));
  CHECK(a - b == Tensor<float>({2, 2}, {-3, -7, 9, 6}));
  CHECK(a * b == Tensor<float>({2, 2}, {4, -10, -18, 16}));
  CHECK(a / b == Tensor<float>({2, 2}, {0.25f, -0.4f, -0.5f, 4}));
  CHECK(-a == Tensor<float>({2, 2}, {-1, 2, -3, -8}));
  CHECK(a + 1 == Tensor<float>({2, 2}, {2, -1, 4, 9}));
  CHECK(1 - a == Tensor<float>({2, 2}, {0, 3, -2, -7}));
  CHECK(a - 1 == Tensor<float>({2, 2}, {0, -3, 2, 7}));
  CHECK(0.5 * a == Tensor<float>({2, 2}, {0.5f, -1, 1.5f, 4}));
  CHECK(a / 2 == Tensor<float>({2, 2}, {0.5f, -1, 1.5f, 4}));
  CHECK(24 / a == Tensor<float>({2, 2}, {24, -12, 8, 3}));
  CHECK(std::signbit((-Tensor<float>({1}))(0)));
  CHECK(Tensor<float>({0, 3}) + 1 == Tensor<float>({0, 3}));
}

TEST_CASE("tensors: shapes broadcast as in NumPy") {
  const Tensor<double> row({3}, {1, 2, 3}), column({2, 1}, {10, 20}), scalar({}, {100});
  CHECK(row + column == Tensor<double>({2, 3}, {11, 12, 13, 21, 22, 23}));
  CHECK(column - row == Tensor<double>({2, 3}, {9, 8, 7, 19, 18, 17}));
  CHECK(scalar / column == Tensor<double>({2, 1}, {10, 5}));
  CHECK(row * Tensor<double>({0, 3}) == Tensor<double>({0, 3}));
  CHECK(message_of<ShapeError>([&] { row - Tensor<double>({2}); }) ==
        "-: shapes [3] and [2] do not broadcast, sizes 3 and 2 differ and neither is 1");
}

TEST_CASE("tensors: arithmetic in place keeps the shape, and leaves copies as they were") {
  Tensor<float> x({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor<float> before = x, row({3}, {10, 20, 30});
  CHECK(&(x += row) == &x);
  CHECK(x == Tensor<float>({2, 3}, {11, 22, 33, 14, 25, 36}));
  CHECK(before == Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  x -= 1;
  x *= Tensor<float>({2, 1}, {2, 10});
  x /= 0.5f;
  CHECK(x == Tensor<float>({2, 3}, {40, 84, 128, 260, 480, 700}));
  x *= x;
  CHECK(x(0, 1) == 84 * 84);
  x += x.rows(0, 1);  // shares the elements that are changed
  CHECK(x(0, 1) == 2 * 84 * 84);
  CHECK(x(1, 0) == 260 * 260 + 40 * 40);

  Tensor<float> narrow({3}, {1, 2, 3});
  CHECK(message_of<ShapeError>([&] { narrow += before; }) ==
        "+=: shape [3] would grow to [2, 3] by an operand of shape [2, 3]");
  CHECK(message_of<ShapeError>([&] { narrow *= Tensor<float>({2}); }) ==
        "*=: shapes [3] and [2] do not broadcast, sizes 3 and 2 differ and neither is 1");
  CHECK(narrow == Tensor<float>({3}, {1, 2, 3}));
}

TEST_CASE("tensors: arithmetic in place writes borrowed memory, each operand read as it was before") {
  std::array<float, 6> memory{1, 2, 3, 4, 5, 6};
  auto all = Tensor<float>::borrow(memory.data(), {2, 3});
  all *= 2;
  CHECK(memory == std::array<float, 6>{2, 4, 6, 8, 10, 12});
  const auto first = Tensor<float>::borrow(memory.data(), {3});
  all += first;
  CHECK(memory == std::array<float, 6>{4, 8, 12, 10, 14, 18});
  auto shifted = Tensor<float>::borrow(memory.data() + 1, {3});
  shifted += first;
  CHECK(memory == std::array<float, 6>{4, 12, 20, 22, 14, 18});
  const auto& constant = memory;
  auto reader = Tensor<float>::borrow(constant.data(), {6});
  reader -= reader.rows(0, 6);
  CHECK(reader == Tensor<float>({6}));
  CHECK(memory[5] == 18);
}

TEST_CASE("tensors: integers wrap around, take integers that they have, and are not divided") {
  const Tensor<std::uint8_t> bytes({3}, {0, 200, 255});
  CHECK(bytes + bytes == Tensor<std::uint8_t>({3}, {0, 144, 254}));
  CHECK(bytes - 1 == Tensor<std::uint8_t>({3}, {255, 199, 254}));
  CHECK(-bytes == Tensor<std::uint8_t>({3}, {0, 56, 1}));
  const auto largest = std::numeric_limits<std::int32_t>::max(), smallest = std::numeric_limits<std::int32_t>::min();
  CHECK(Tensor<std::int32_t>({1}, {largest}) + 1 == Tensor<std::int32_t>({1}, {smallest}));
  CHECK(Tensor<std::uint16_t>({1}, {65535}) * 65535 == Tensor<std::uint16_t>({1}, {1}));
  CHECK(3 * Tensor<Index>({2}, {-1, 5}) == Tensor<Index>({2}, {-3, 15}));
  CHECK(message_of<ValueError>([&] { bytes + 300; }) == "+: number 300 does not fit the integers of the tensor");
  CHECK(message_of<ValueError>([&] { -1 * bytes; }) == "*: number -1 does not fit the integers of the tensor");
  Tensor<std::int8_t> small({1}, {1});
  CHECK(message_of<ValueError>([&] { small -= 128u; }) == "-=: number 128 does not fit the integers of the tensor");
  static_assert(CanDivide<float> && CanDivide<double> && !CanDivide<int>);
  static_assert(CanAdd<float, double> && CanAdd<float, int> && CanAdd<int, long> && !CanAdd<int, double>);
  static_assert(!CanAdd<bool, int> && CanNegate<int> && !CanNegate<bool>);
}

TEST_CASE("tensors: large ones have the same bits for any number of threads") {
  const auto a = reference::random<float>({300, 1, 70}, 1), b = reference::random<float>({9, 1}, 2);
  const auto run = [&](int count) {
    set_threads(count);
    Tensor<float> y = a * b + 0.1f;
    y -= a;
    set_threads(0);
    return y;
  };
  const Tensor<float> one = run(1);
  CHECK(one(299, 8, 69) == a(299, 0, 69) * b(8, 0) + 0.1f - a(299, 0, 69));
  for (const int count : {2, 3, 7}) CHECK(reference::identical(one, run(count)));
}
