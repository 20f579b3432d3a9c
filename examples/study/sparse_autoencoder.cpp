#include "study/models/models.hpp"
#include "study/training/run.hpp"

int main(int argc, char** argv) {
  return study::run_program(
      study::sparse_autoencoder(), argc, argv,
      "Sparse autoencoder on FashionMNIST: the fully connected one with an L1 price on its code.");
}
