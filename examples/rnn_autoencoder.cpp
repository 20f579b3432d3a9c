#include "rnn_autoencoder.hpp"

int main(int argc, char** argv) {
  return examples::run<examples::RnnAutoencoder>(
      argc, argv, "Recurrent autoencoder on FashionMNIST: two LSTMs over the rows of the image.");
}
