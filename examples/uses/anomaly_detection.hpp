#pragma once

#include <algorithm>
#include <latent/autograd/shaping.hpp>
#include <latent/data/loader.hpp>
#include <latent/nn/activation.hpp>
#include <latent/nn/flatten.hpp>
#include <latent/nn/linear.hpp>
#include <set>

#include "uses/image_options.hpp"

// What is learned as normal, what is taken as anomalous, and the network whose errors tell.

namespace uses {

/// Fully connected: H W -> 128 -> code -> 128 -> H W. It can only reconstruct well what resembles what it learned. The
/// code has no activation: of so few numbers none should be stuck at zero.
struct AnomalyAutoencoder {
  nn::Linear<float> encoder1, encoder2, decoder1, decoder2;

  AnomalyAutoencoder(Index pixels, Index code, Rng& rng)
      : encoder1({.in = pixels, .out = 128}, rng),
        encoder2({.in = 128, .out = code}, rng),
        decoder1({.in = code, .out = 128}, rng),
        decoder2({.in = 128, .out = pixels}, rng) {}

  Variable<float> operator()(const Variable<float>& x) const {
    const Variable<float> code = encoder2(encoder1(nn::Flatten{}(x), Activation::relu));
    return reshape(decoder2(decoder1(code, Activation::relu), Activation::sigmoid), x.shape());
  }

  template <class F>
  void visit(F&& f) const {
    f("encoder1", encoder1);
    f("encoder2", encoder2);
    f("decoder1", decoder1);
    f("decoder2", decoder2);
  }
};

/// The anomaly score of each image: the mean squared error of its reconstruction.
inline std::vector<double> anomaly_scores(const AnomalyAutoencoder& model, const data::ImageDataset& set,
                                          Index batch_size) {
  const NoGrad no_grad;
  data::Loader batches(set, {.batch_size = batch_size});
  std::vector<double> result;
  for (const auto& batch : batches) {
    const Tensor<float> reconstruction = model(Variable<float>(batch.images)).value();
    const Index size = batch.images.shape().stride(0);
    const float* a = batch.images.data();
    const float* b = reconstruction.data();
    for (Index i = 0; i < batch.size(); ++i) {
      double squares = 0;
      for (Index pixel = 0; pixel < size; ++pixel, ++a, ++b) squares += (*a - *b) * (*a - *b);
      result.push_back(squares / static_cast<double>(size));
    }
  }
  return result;
}

/// One thing to learn: which training images are normal, and which test images are not.
struct Task {
  std::string name;             ///< of the class; empty if the images have none
  std::vector<Index> training;  ///< indices of images to learn from
  std::vector<bool> anomalous;  ///< of each test image; empty if the test images have no classes
};

inline bool has_classes(const data::ImageDataset& set) { return set.class_names != std::vector<std::string>{""}; }

/// Names of the classes that have images, in their order.
inline std::vector<std::string> used_classes(const data::ImageDataset& set) {
  const std::set<std::uint8_t> labels(set.labels.elements().begin(), set.labels.elements().end());
  std::vector<std::string> names;
  for (const std::uint8_t label : labels) names.push_back(set.class_names[label]);
  return names;
}

/// Learning each of the `wanted` classes only, or all classes without it; all in turn if none is named. Test images of
/// classes that are not learned are anomalous. Classes are the same in training and test images if they have the same
/// name. A single name may be given to training images that
/// have no classes.
/// Error for a class that is not there, or if the test images of a task are not both normal and anomalous.
inline std::vector<Task> plan(const ImageSets& sets, bool without, std::vector<std::string> wanted) {
  const std::vector<std::string> known = used_classes(sets.train), tested = used_classes(sets.test);
  check<Error>(!without || known.size() >= 2, "--train without: training images of ", known.size(),
               known.size() == 1 ? " class" : " classes", " found, expected at least two classes");
  const bool classes = has_classes(sets.train), test_classes = has_classes(sets.test);
  if (!classes) {
    check<Error>(wanted.size() <= 1, "--classes: ", wanted.size(),
                 " classes named, but the training images have none, "
                 "expected one name for all of them");
    check<Error>(!test_classes || wanted.size() == 1,
                 "the training images have no classes, but the test images have; name "
                 "by --classes which of them the training images show: ",
                 joined(tested));
    if (wanted.empty()) wanted = known;
  }
  if (wanted.empty()) wanted = known;

  std::vector<Task> tasks;
  for (const std::string& name : wanted) {
    if (std::ranges::find(tasks, name, &Task::name) != tasks.end()) continue;
    check<Error>(!classes || std::ranges::find(known, name) != known.end(), "--classes: no training image of class ",
                 name, " found; there are ", joined(known));
    Task& task = tasks.emplace_back(Task{name, {}, {}});
    for (Index i = 0; i < sets.train.size(); ++i)
      if (!classes || (sets.train.class_names[sets.train.labels(i)] == name) != without) task.training.push_back(i);
    if (!test_classes) continue;
    const auto learned = [&](const std::string& other) {
      return without ? other != name && std::ranges::find(known, other) != known.end() : other == name;
    };
    for (const std::uint8_t label : sets.test.labels.elements())
      task.anomalous.push_back(!learned(sets.test.class_names[label]));
    for (const bool kind : {false, true})
      check<Error>(std::ranges::count(task.anomalous, kind) > 0, "class ", name, ": no test image is ",
                   kind ? "anomalous" : "normal", "; the test images show ", joined(tested));
  }
  return tasks;
}

}  // namespace uses
