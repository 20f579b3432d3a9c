#include "fixtures.hpp"

using namespace latent;

namespace {

template <Scalar T>
void check_clipping(fixtures::Comparison& comparison, const fixtures::Case& c) {
  CAPTURE(c.options.json());
  std::vector<Variable<T>> parameters;
  for (const char* name : {"in/a", "in/b", "in/c"}) {
    const auto gradient = c.tensor<T>(name);
    parameters.emplace_back(Tensor<T>(gradient.shape()), true);
    parameters.back().pass_grad(gradient);
  }
  if (c.options.text("op") == "value") {
    optim::clip_grad_value(parameters, c.options.number("value"));
  } else {
    const double infinity = std::numeric_limits<double>::infinity();
    const double norm_type = c.options.flag("infinity") ? infinity : c.options.number("norm_type");
    const double norm = optim::clip_grad_norm(parameters, c.options.number("max_norm"), norm_type);
    comparison.compare(c, "norm", Tensor<T>::full({}, static_cast<T>(norm)));
  }
  comparison.compare(c, "a", parameters[0].grad());
  comparison.compare(c, "b", parameters[1].grad());
  comparison.compare(c, "c", parameters[2].grad());
}

}  // namespace

TEST_CASE("pytorch: gradients clipped by norms of five types and by value") {
  fixtures::Comparison comparison("clip_grad");
  for (const fixtures::Case& c : fixtures::cases("clip_grad")) {
    check_clipping<double>(comparison, c);
    check_clipping<float>(comparison, c);
  }
  CHECK(fixtures::cases("clip_grad").size() == 51);
}
