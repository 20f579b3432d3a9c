// A layer of one's own, with a derivative of one's own: Snake, which stays periodic outside of what it was trained on.
// The derivative is checked by finite differences, and the layer trained in a Sequential beside one with Tanh.
//
//     10_own_layer

#include <cmath>
#include <iostream>
#include <latent/latent.hpp>
#include <utility>
using namespace latent;

/// y = x + sin^2(a x) / a    x [.., C], a [C], not 0 -> y [.., C]
/// Ziyin, Hartwig and Ueda, "Neural networks fail to learn periodic functions and how to fix it", 2020.
template <Scalar T>
Variable<T> snake(const Variable<T>& x, const Variable<T>& a) {
  const Index channels = x.size(-1);
  check<ShapeError>(a.shape() == Shape{channels}, "snake: a ", a.shape(), " does not fit x ", x.shape(),
                    ", expected a [", channels, "]");
  // Copies of tensors share their elements: saved like this, they stay what they are now, whatever becomes of x and a.
  const Tensor<T> saved_x = x.value(), saved_a = a.value();
  auto y = Tensor<T>::uninitialized(x.shape());
  T* const to = y.data();
  for (Index i = 0; i < y.numel(); ++i) {
    const T v = saved_x.data()[i], f = saved_a.data()[i % channels], s = std::sin(f * v);
    to[i] = v + s * s / f;
  }
  // Behind the values the name, the inputs, and the backward: given d loss / d y, it adds to the gradients of x and a.
  //     dy/dx = 1 + sin(2 a x)    dy/da = (x sin(2 a x) - sin^2(a x) / a) / a
  // It must not hold the result itself, which would then own itself and never be freed.
  return Variable<T>::result("snake", y, {x, a}, [x, a, saved_x, saved_a, channels](const Tensor<T>& dy) {
    auto dx = Tensor<T>::uninitialized(dy.shape());
    Tensor<T> da(saved_a.shape());  // zeros: each a is in every row, so what the rows give is summed
    T *const to_x = dx.data(), *const to_a = da.data();
    for (Index i = 0; i < dy.numel(); ++i) {
      const T v = saved_x.data()[i], f = saved_a.data()[i % channels], s = std::sin(f * v), twice = std::sin(2 * f * v);
      to_x[i] = dy.data()[i] * (1 + twice);
      to_a[i % channels] += dy.data()[i] * (v * twice - s * s / f) / f;
    }
    x.pass_grad(dx);  // nothing is done for an input that wants no gradient
    a.pass_grad(da);
  });
}

/// The layer: parameters, a const operator(), and `visit`, by which optimizers and files find the parameters.
template <Scalar T = float>
struct Snake {
  Variable<T> a;

  explicit Snake(Index channels) : a(Tensor<T>::full({channels}, T(1)), true) {}

  Variable<T> operator()(const Variable<T>& x) const { return snake(x, a); }
  constexpr Shape output_shape(const Shape& x) const { return x; }

  template <class F>
  void visit(F&& f) const {
    f("a", a);
  }
};

/// Trains on sin(3 x) + x / 2 for x from -3 to 3; gives the root of the mean squared error from 3 to 5.
template <class Model>
double error_outside(const Model& model) {
  const auto line = [](float first, float last) {
    Tensor<float> x({241, 1}), y({241, 1});
    for (Index i = 0; i < 241; ++i) {
      x(i, 0) = first + (last - first) * static_cast<float>(i) / 240;
      y(i, 0) = std::sin(3 * x(i, 0)) + x(i, 0) / 2;
    }
    return std::pair(Variable<float>(x), Variable<float>(y));
  };
  const auto [x, y] = line(-3, 3);
  optim::Adam optimizer(nn::parameters(model), {.lr = 0.01});
  for (int step = 0; step <= 2000; ++step) {
    const Variable<float> loss = mse_loss(model(x), y);
    if (step % 1000 == 0) std::cout << "  step " << step << ": loss " << loss.item() << '\n';
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  const NoGrad no_grad;
  const auto [beyond, truth] = line(3, 5);
  return std::sqrt(mse_loss(model(beyond), truth).item());
}

int main() {
  Rng rng(1);
  const Variable<double> x(rng.normal<double>({4, 3}), true), a(rng.uniform<double>({3}, 0.5, 2), true);
  std::cout << gradcheck([](const auto& in) { return snake(in[0], in[1]); }, {x, a}).text() << '\n';

  const auto linear = [&](Index in, Index out) { return nn::Linear({.in = in, .out = out}, rng); };
  std::cout << "Snake:\n";
  const double snakes =
      error_outside(nn::Sequential{linear(1, 32), Snake(32), linear(32, 32), Snake(32), linear(32, 1)});
  std::cout << "Tanh:\n";
  const double tanhs =
      error_outside(nn::Sequential{linear(1, 32), nn::Tanh{}, linear(32, 32), nn::Tanh{}, linear(32, 1)});
  std::cout << "outside of what was seen Snake is off by " << snakes << ", Tanh by " << tanhs << '\n';
}
