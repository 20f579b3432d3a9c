// Tensors: numbers in a shape, and what can be relied on.

#include <iostream>
#include <latent/core/eigen.hpp>
#include <latent/latent.hpp>
#include <string>
#include <utility>
using namespace latent;

void print(const std::string& what, const Tensor<float>& x) {
  std::cout << what << ' ' << x.shape() << ':';
  for (const float element : x.elements()) std::cout << ' ' << element;
  std::cout << '\n';
}

int main() {
  // Elements lie in row-major order: the last index runs fastest.
  Tensor<float> a({2, 3}, {1, 2, 3, 4, 5, 6});
  print("a", a);
  a(1, 2) = 60;
  print("a with another corner", a);

  // Reshaping and taking rows copy nothing; the elements are shared until somebody writes.
  print("a as a column", a.reshape({6, 1}));
  print("its second row", a.rows(1, 2));

  // A tensor is a value: whoever writes first takes own elements, and nobody else notices.
  Tensor<float> b = a;
  b.fill(0);
  print("b, a copy set to zero", b);
  print("a is as it was", a);

  // Random numbers are a seed and a stream: the same on every machine, with any number of threads.
  print("three of seed 7", Rng(7).uniform<float>({3}));
  print("and once more", Rng(7).uniform<float>({3}));

  // Eigen reads and writes the same memory, so all that Eigen can do is at hand.
  Tensor<float> turned({3, 2});
  eigen::matrix(turned) = eigen::matrix(std::as_const(a)).transpose();
  print("a transposed", turned);

  // A mistake says what was done to what, and what would have been right.
  try {
    a.reshape({4, 2});
  } catch (const ShapeError& error) {
    std::cout << "refused: " << error.what() << '\n';
  }
}
