// A program of two files, which differ in the instruction sets that they are compiled for, or do not.
#include <cstdio>
#include <latent/core/tensor.hpp>

double sum_of_ones(latent::Index count);

namespace {

const double before_main = sum_of_ones(1000);

}  // namespace

int main() {
  const auto ones = latent::Tensor<double>::full({1000}, 1);
  double sum = 0;
  for (const double one : ones.elements()) sum += one;
  std::printf("%g\n", sum - before_main);
}
