// The models once more, for training_steps_serial: compiled without OpenMP, and without the pictures that they write.

#include "study/models/cnn_autoencoder.hpp"
#include "study/models/model_of.hpp"
#include "study/models/models.hpp"
#include "study/models/rnn_autoencoder.hpp"
#include "study/models/sparse_autoencoder.hpp"
#include "study/models/variational_autoencoder.hpp"

namespace study {

std::shared_ptr<Model> fc_autoencoder() { return std::make_shared<ModelOf<FcAutoencoder>>(); }
std::shared_ptr<Model> cnn_autoencoder() { return std::make_shared<ModelOf<CnnAutoencoder>>(); }
std::shared_ptr<Model> sparse_autoencoder() { return std::make_shared<ModelOf<SparseAutoencoder>>(); }
std::shared_ptr<Model> rnn_autoencoder() { return std::make_shared<ModelOf<RnnAutoencoder>>(); }
std::shared_ptr<Model> variational_autoencoder() { return std::make_shared<ModelOf<VariationalAutoencoder>>(); }

}  // namespace study
