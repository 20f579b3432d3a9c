#include "../errors.hpp"
#include "../gradients.hpp"

using namespace latent;
using reference::input;

TEST_CASE("recurrent: layers name x of another rank") {
  Rng rng(1);
  const nn::RNN<double> rnn({.in = 3, .hidden = 2}, rng);
  CHECK(message_of<ShapeError>([&] {
          rnn_layer(input({2, 3}, 1), {}, rnn.layers[0]);
        }) == "rnn: x [N, T, In] expected, got shape [2, 3]");
}
