#include "cnn_autoencoder.hpp"

int main(int argc, char** argv) {
  return examples::run<examples::CnnAutoencoder>(
      argc, argv,
      "Convolutional autoencoder on FashionMNIST: two convolutions with pooling, two transposed convolutions.");
}
