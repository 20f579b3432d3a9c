#include <latent/latent.hpp>

namespace latent::nn {

/// y = x sigmoid(beta x), with a learned beta per channel    x [.., C] -> y [.., C]; beta [C]
/// Ramachandran et al., "Searching for activation functions", 2017.
template <Scalar T = float>
struct Swish {
  Variable<T> beta;

  explicit Swish(Index channels) : beta(Tensor<T>::full({channels}, T(1)), true) {}

  Variable<T> operator()(const Variable<T>& x) const { return x * sigmoid(beta * x); }
  constexpr Shape output_shape(const Shape& x) const { return x; }

  template <class F>
  void visit(F&& f) const {
    f("beta", beta);
  }
};

}  // namespace latent::nn

bool gradients_of_swish_are_right() {
  using namespace latent;
  const nn::Swish<double> layer(3);
  const Variable<double> x(Rng(1).normal<double>({4, 3}), true);
  return gradcheck([&](const auto& in) { return layer(in[0]); }, {x, layer.beta}).ok;
}
