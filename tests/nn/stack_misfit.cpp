// Does not compile; the compiler's message has the shape and the layer that do not fit each other.

#include <latent/nn/flatten.hpp>
#include <latent/nn/linear.hpp>
#include <latent/nn/sequential.hpp>

using namespace latent;

#ifdef LATENT_TEST_LAYER
static_assert(nn::stack_fits<Shape{64, 28, 28, 1}, Shape{64, 10}, nn::Flatten{}, nn::ReLU{},
                             nn::LinearOptions{.in = 783, .out = 10}>);
#else
static_assert(
    nn::stack_fits<Shape{64, 28, 28, 1}, Shape{64, 11}, nn::Flatten{}, nn::LinearOptions{.in = 784, .out = 10}>);
#endif
