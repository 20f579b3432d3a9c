#include "study/models/rnn_autoencoder.hpp"

#include "study/models/model_of.hpp"
#include "study/models/models.hpp"

namespace study {

std::shared_ptr<Model> rnn_autoencoder() { return std::make_shared<ModelOf<RnnAutoencoder>>(); }
std::shared_ptr<Model> rnn_bottleneck() { return std::make_shared<ModelOf<RnnBottleneck>>(); }

}  // namespace study
