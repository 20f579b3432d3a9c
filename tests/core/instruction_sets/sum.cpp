#include <latent/core/tensor.hpp>

double sum_of_ones(latent::Index count) {
  const auto ones = latent::Tensor<double>::full({count}, 1);
  double sum = 0;
  for (const double one : ones.elements()) sum += one;
  return sum;
}
