#include "study/models/models.hpp"
#include "study/training/run.hpp"

int main(int argc, char** argv) {
  return study::run_program(
      study::cnn_autoencoder(), argc, argv,
      "Convolutional autoencoder on FashionMNIST: two convolutions with pooling, two transposed convolutions.");
}
