#include "study/models/models.hpp"
#include "study/training/run.hpp"

int main(int argc, char** argv) {
  return study::run_program(study::rnn_autoencoder(), argc, argv,
                            "Recurrent autoencoder on FashionMNIST: two LSTMs over the rows of the image.");
}
