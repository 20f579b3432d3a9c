#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::identical;
using reference::input;

TEST_CASE("interpolate: repeats the nearest pixel, or goes from one to the next") {
  const Variable<double> x(Tensor<double>({1, 1, 2, 1}, {1, 5}));
  const auto line = [&](const nn::UpsampleOptions& o) { return interpolate(x, o).value(); };
  CHECK(identical(line({.scale_factor = {1, 2}}), Tensor<double>({1, 1, 4, 1}, {1, 1, 5, 5})));
  CHECK(identical(line({.size = {2, 3}}), Tensor<double>({1, 2, 3, 1}, {1, 1, 5, 1, 1, 5})));
  CHECK(identical(line({.size = {1, 4}, .mode = InterpolationMode::bilinear}),
                  Tensor<double>({1, 1, 4, 1}, {1, 2, 4, 5})));
  CHECK(identical(line({.size = {1, 5}, .mode = InterpolationMode::bilinear, .align_corners = true}),
                  Tensor<double>({1, 1, 5, 1}, {1, 2, 3, 4, 5})));
  CHECK(identical(line({.scale_factor = 1, .mode = InterpolationMode::bilinear}), x.value()));
}

TEST_CASE("interpolate: gradients match finite differences") {
  for (const nn::UpsampleOptions& o :
       {nn::UpsampleOptions{.scale_factor = 2}, nn::UpsampleOptions{.size = {3, 7}},
        nn::UpsampleOptions{.scale_factor = {2, 1.5}, .mode = InterpolationMode::bilinear},
        nn::UpsampleOptions{.size = {2, 9}, .mode = InterpolationMode::bilinear, .align_corners = true}})
    check_gradients([&](const auto& v) { return interpolate(v[0], o); }, {input({2, 3, 4, 3}, 1)});
}

TEST_CASE("upsample: the output's size is known at compile time, bad options and shapes are named") {
  static_assert(nn::stack_fits<Shape{64, 7, 7, 16}, Shape{64, 14, 14, 16}, nn::Upsample({.scale_factor = 2})>);
  static_assert(nn::stack_fits<Shape{64, 7, 7, 16}, Shape{64, 10, 3, 16},
                               nn::UpsampleOptions{.scale_factor = {1.5, 0.5}, .mode = InterpolationMode::bilinear}>);
  CHECK(nn::Upsample({.size = 3})(input({0, 5, 5, 2}, 1)).shape() == Shape{0, 3, 3, 2});
  CHECK(message_of<ValueError>([] { nn::Upsample({}); }) ==
        "Upsample: either size or scale_factor must be given and above 0, got size 0 and scale_factor 0");
  CHECK(message_of<ValueError>([] {
          nn::Upsample({.size = 4, .scale_factor = {2, 1.5}});
        }) == "Upsample: either size or scale_factor must be given and above 0, got size 4 and scale_factor {2, 1.5}");
  CHECK(message_of<ValueError>([] { nn::Upsample({.scale_factor = std::nan("")}); }) ==
        "Upsample: either size or scale_factor must be given and above 0, got size 0 and scale_factor {nan, nan}");
  CHECK(message_of<ValueError>([] { nn::Upsample({.size = 4, .align_corners = true}); }) ==
        "Upsample: align_corners needs another mode than nearest");
  CHECK(message_of<ShapeError>([] {
          interpolate(input({3, 4, 2}, 1), {.size = 2});
        }) == "Upsample: x [3, 4, 2] does not fit, expected x [N, H, W, C], H and W at least 1");
  CHECK(message_of<ShapeError>([] {
          interpolate(input({1, 3, 4, 2}, 1), {.scale_factor = 0.3});
        }) == "Upsample: x [1, 3, 4, 2] times scale_factor 0.3 leaves no pixel");
}
