#include "study/models/models.hpp"
#include "study/training/run.hpp"

int main(int argc, char** argv) {
  return study::run_program(study::variational_autoencoder(), argc, argv,
                            "Variational autoencoder on FashionMNIST: a normal distribution of 32 latent numbers.");
}
