#pragma once

#include <memory>
#include <vector>

/// All models of the study.
namespace study {

class Model;

std::shared_ptr<Model> fc_autoencoder();
std::shared_ptr<Model> cnn_autoencoder();
std::shared_ptr<Model> sparse_autoencoder();
std::shared_ptr<Model> rnn_autoencoder();
std::shared_ptr<Model> variational_autoencoder();
/// The recurrent one with its bottleneck, beside the one without.
std::shared_ptr<Model> rnn_bottleneck();

/// The five, in the study's order.
inline std::vector<std::shared_ptr<Model>> five_models() {
  return {fc_autoencoder(), cnn_autoencoder(), sparse_autoencoder(), rnn_autoencoder(), variational_autoencoder()};
}

}  // namespace study
