#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("matmul: matrices and batches of them") {
  check_gradients([](In v) { return matmul(v[0], v[1]); }, {input({3, 5}, 1), input({5, 2}, 2)});
  check_gradients([](In v) { return matmul(v[0], v[1]); }, {input({1, 1}, 1), input({1, 7}, 2)});
  check_gradients([](In v) { return matmul(v[0], v[1]); }, {input({2, 3, 4}, 1), input({2, 4, 3}, 2)});
  check_gradients([](In v) { return matmul(v[0], transpose(v[1])); }, {input({3, 5}, 1), input({2, 5}, 2)});
  const auto a = reference::random<float>({7, 9}, 1), b = reference::random<float>({9, 4}, 2);
  CHECK(reference::difference(matmul(Variable<float>(a), Variable<float>(b)).value(), reference::matmul(a, b)) < 1e-6);
  CHECK(message_of<ShapeError>([&] { matmul(Variable<float>(a), Variable<float>(a)); }) ==
        "matmul: a [7, 9] does not fit b [7, 9], expected a [M, K], b [K, N] or a [B, M, K], b [B, K, N]");
}
