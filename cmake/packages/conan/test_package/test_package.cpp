#include <iostream>
#include <latent/latent.hpp>

int main() {
  using namespace latent;
  const Variable<float> x(Tensor<float>({2}, {3, 4}), true);
  sum(square(x)).backward();
  std::cout << "latent " << version << ", " << threads() << " threads: gradient " << x.grad() << '\n';
}
