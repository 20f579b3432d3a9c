#include "variational_autoencoder.hpp"

int main(int argc, char** argv) {
  return examples::run<examples::VariationalAutoencoder>(
      argc, argv, "Variational autoencoder on FashionMNIST: a normal distribution of 32 latent numbers.");
}
