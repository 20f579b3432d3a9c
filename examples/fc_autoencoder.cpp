#include "fc_autoencoder.hpp"

int main(int argc, char** argv) {
  return examples::run<examples::FcAutoencoder>(
      argc, argv, "Fully connected autoencoder on FashionMNIST: 784 -> 128 -> 64 -> 128 -> 784.");
}
