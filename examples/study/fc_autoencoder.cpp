#include "study/models/models.hpp"
#include "study/training/run.hpp"

int main(int argc, char** argv) {
  return study::run_program(study::fc_autoencoder(), argc, argv,
                            "Fully connected autoencoder on FashionMNIST: 784 -> 128 -> 64 -> 128 -> 784.");
}
