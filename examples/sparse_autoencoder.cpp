#include "sparse_autoencoder.hpp"

int main(int argc, char** argv) {
  return examples::run<examples::SparseAutoencoder>(
      argc, argv, "Sparse autoencoder on FashionMNIST: the fully connected one with an L1 price on its code.");
}
