// Does not compile; the compiler's message has the shape and the layer that do not fit each other, or the layer that
// has no output_shape, and is short.

#include <latent/nn/flatten.hpp>
#include <latent/nn/linear.hpp>
#include <latent/nn/module_list.hpp>
#include <latent/nn/residual.hpp>
#include <latent/nn/sequential.hpp>

using namespace latent;

struct Shapeless {
  Variable<float> operator()(const Variable<float>& x) const { return x; }
};

#if defined(LATENT_TEST_SEQUENTIAL)
Shape shape = nn::Sequential{nn::Flatten{}, Shapeless{}}.output_shape({2});
#elif defined(LATENT_TEST_RESIDUAL)
Shape shape = nn::Residual{nn::Flatten{}, Shapeless{}}.output_shape({2});
#elif defined(LATENT_TEST_MODULE_LIST)
Shape shape = nn::ModuleList<Shapeless>{}.output_shape({2});
#elif defined(LATENT_TEST_STACK_SHAPE)
Shape shape = nn::stack_shape({2}, nn::Flatten{}, Shapeless{});
#elif defined(LATENT_TEST_STACK_FITS)
static_assert(nn::stack_fits<Shape{2, 3}, Shape{2, 3}, nn::Flatten{}, Shapeless{}>);
#elif defined(LATENT_TEST_LAYER)
static_assert(nn::stack_fits<Shape{64, 28, 28, 1}, Shape{64, 10}, nn::Flatten{}, nn::ReLU{},
                             nn::LinearOptions{.in = 783, .out = 10}>);
#else
static_assert(
    nn::stack_fits<Shape{64, 28, 28, 1}, Shape{64, 11}, nn::Flatten{}, nn::LinearOptions{.in = 784, .out = 10}>);
#endif
