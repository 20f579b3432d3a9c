#include <latent/core/eigen.hpp>

#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;

TEST_CASE("eigen: tensors are exchanged without a copy") {
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
