#include <latent/latent.hpp>

namespace latent::nn {

/// y = x where x > 0, else slope x, with a learned slope per channel    x [.., C] -> y [.., C]; slope [C]
/// He et al., "Delving deep into rectifiers", 2015. As torch.nn.PReLU.
template <Scalar T = float>
struct PReLU {
  Variable<T> slope;

  explicit PReLU(Index channels) : slope(Tensor<T>::full({channels}, T(0.25)), true) {}

  Variable<T> operator()(const Variable<T>& x) const { return relu(x) - slope * relu(-x); }
  constexpr Shape output_shape(const Shape& x) const { return x; }

  template <class F>
  void visit(F&& f) const {
    f("slope", slope);
  }
};

}  // namespace latent::nn

bool gradients_of_prelu_are_right() {
  using namespace latent;
  const nn::PReLU<double> layer(3);
  const Variable<double> x(Rng(1).normal<double>({4, 3}), true);
  return gradcheck([&](const auto& in) { return layer(in[0]); }, {x, layer.slope}).ok;
}
