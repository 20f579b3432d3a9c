#pragma once

#include <concepts>
#include <latent/autograd/variable.hpp>
#include <latent/core/random.hpp>
#include <latent/nn/loss.hpp>
#include <latent/nn/parameters.hpp>
#include <vector>

#include "study/models/description.hpp"

/// What a model of the study has to be so that it can be trained, drawn and compared.
namespace study {

using namespace latent;

/// Layers that make a code of images, and images of codes.
///
///     encode(x)    x [N, 28, 28, 1] -> code [N, ..]
///     decode(code) -> [N, 28, 28, 1]
///     model(x)     = decode(encode(x))
///     visit(f)     names the parameters, as in any layer
template <class Model, class T>
concept AutoencoderOf = nn::Visitable<Model> && requires(const Model& model, const Variable<T>& x) {
  { model.encode(x) } -> std::same_as<Variable<T>>;
  { model.decode(x) } -> std::same_as<Variable<T>>;
  { model(x) } -> std::same_as<Variable<T>>;
};

/// A model and what it learns from; its settings are its fields. Required:
///
///     static constexpr Description description   what it is called, and what a step costs
///     experiment.model<T>(rng)                   its layers, an AutoencoderOf<T>, with weights drawn from rng
///
/// Optional; what it has not, is as the comment says:
///
///     experiment.options()                 its settings, a std::vector<Option> that points to its fields; none
///     experiment.begin_epoch(n, epochs)    changes it before the n-th epoch, from 1; it stays as it is
///     experiment.loss(model, x)            what is minimized, one element; the mean squared error of model(x)
///     experiment.loss(model, x, noise)     the same where description.noise > 0; noise [N, description.noise] is
///                                          standard normal. Required there
///     experiment.divergence(model, x)      Kullback-Leibler divergence of the codes from the standard normal
///                                          distribution in nats, mean over the images; it is no variational model
template <class E>
concept Experiment = std::copyable<E> && requires(const E& experiment, Rng& rng) {
  { E::description } -> std::convertible_to<const Description&>;
  { experiment.template model<float>(rng) } -> AutoencoderOf<float>;
  { experiment.template model<double>(rng) } -> AutoencoderOf<double>;
};

/// The loss of x [N, 28, 28, 1], given what `noise` it asks for.
template <Experiment E, class Model, Scalar T>
Variable<T> loss_of(const E& experiment, const Model& model, const Variable<T>& x, const Tensor<T>& noise) {
  if constexpr (E::description.noise > 0)
    return experiment.loss(model, x, noise);
  else if constexpr (requires { experiment.loss(model, x); })
    return experiment.loss(model, x);
  else
    return mse_loss(model(x), x);
}

}  // namespace study
