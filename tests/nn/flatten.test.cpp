#include "../errors.hpp"
#include "../reference.hpp"

using namespace latent;
using In = const std::vector<Variable<double>>&;
using reference::input;

TEST_CASE("flatten and unflatten: features channel first, as behind a PyTorch convolution") {
  const auto x = input({2, 3, 4, 5}, 1);
  const Tensor<double> flat = nn::Flatten{}(x).value();
  CHECK(flat.shape() == Shape{2, 60});
  for (Index h = 0; h < 3; ++h)
    for (Index w = 0; w < 4; ++w)
      for (Index c = 0; c < 5; ++c) CHECK(flat(1, (c * 3 + h) * 4 + w) == x.value()(1, h, w, c));
  const nn::Unflatten back({.channels = 5, .height = 3, .width = 4});
  CHECK(reference::identical(back(Variable<double>(flat)).value(), x.value()));
  CHECK(gradcheck([](In v) { return nn::Flatten{}(v[0]); }, {x}).ok);
  CHECK(gradcheck([&](In v) { return back(v[0]); }, {input({2, 60}, 2)}).ok);
  CHECK(nn::Flatten{}(input({2, 3, 4}, 1)).shape() == Shape{2, 12});
  CHECK(message_of<ShapeError>([&] {
          back(input({2, 59}, 1));
        }) == "Unflatten: x [2, 59] does not fit, expected x [N, 60]");
  CHECK(message_of<ShapeError>([] { nn::Flatten{}(Variable<float>(Tensor<float>(Shape{}))); }) ==
        "Flatten: x [] does not fit, expected x [N, ..]");
  CHECK(message_of<ValueError>([] { nn::Unflatten({.height = 3}); }) ==
        "Unflatten: channels, height and width must be at least 1, got 1, 3, 0");
}
