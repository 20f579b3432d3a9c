// Gradients: a Variable is a tensor that remembers how it was computed, so that it can be differentiated.

#include <iostream>
#include <latent/latent.hpp>
using namespace latent;

/// Rosenbrock's valley, (1 - x)^2 + 100 (y - x^2)^2: a curved gorge whose lowest point, (1, 1), is hard to find.
template <Scalar T>
Variable<T> rosenbrock(const Variable<T>& x, const Variable<T>& y) {
  return square(1 - x) + 100 * square(y - square(x));
}

int main() {
  // A leaf that wants a gradient gets it from backward() of whatever was computed from it: d(x^2 + 3x)/dx = 2x + 3.
  const Variable<float> x(Tensor<float>::full({1}, 2), true);
  const Variable<float> y = square(x) + 3 * x;
  y.backward();
  std::cout << "y = x^2 + 3x at 2 is " << y.item() << ", its slope " << x.grad().item() << '\n';

  // Gradients add up until they are forgotten: a parameter that is used twice gets both shares.
  (5 * x).backward();
  std::cout << "with that of 5x: " << x.grad().item() << '\n';
  x.zero_grad();

  // Shapes broadcast as in NumPy, and the gradient of what was repeated is summed.
  const Variable<float> row(Tensor<float>({3}, {1, 2, 3}), true);
  sum(row * Variable<float>(Tensor<float>::full({4, 3}, 2))).backward();
  std::cout << "each of the row's elements was used in 4 rows, times 2: " << row.grad()(0) << '\n';

  // Where no gradient is wanted nothing is recorded.
  {
    const NoGrad no_grad;
    std::cout << "recorded without gradients: " << std::boolalpha << (x * x).requires_grad() << '\n';
  }

  // Are the derivatives right? gradcheck compares them with finite differences, in double.
  const auto at = [](double value) { return Variable<double>(Tensor<double>::full({1}, value), true); };
  const auto valley = [](const auto& in) { return rosenbrock(in[0], in[1]); };
  std::cout << "gradcheck: " << (gradcheck(valley, {at(-1.2), at(1)}).ok ? "right" : "wrong") << '\n';

  // Downhill with Adam, from the place where it traditionally begins.
  const Variable<double> u = at(-1.2), v = at(1);
  optim::Adam<double> optimizer({u, v}, {.lr = 0.02});
  for (int step = 0; step <= 4000; ++step) {
    const Variable<double> height = rosenbrock(u, v);
    if (step % 1000 == 0) std::cout << "step " << step << ": height " << height.item() << '\n';
    optimizer.zero_grad();
    height.backward();
    optimizer.step();
  }
  std::cout << "lowest at (" << u.item() << ", " << v.item() << ")\n";
}
