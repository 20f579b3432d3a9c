#pragma once

#include <algorithm>
#include <cmath>
#include <latent/core/random.hpp>
#include <set>

#include "uses/image_options.hpp"

// What is learned as normal, and what is taken as anomalous.

namespace uses {

/// One thing to learn: which training images are normal, and which test images are not.
struct Task {
  std::string name;                  ///< of the class; empty if the images have none
  std::vector<Index> training;       ///< indices of images to learn from
  std::vector<bool> anomalous;       ///< of each test image; empty if the test images have no classes
  std::vector<Index> held_out = {};  ///< indices of normal images that are not learned from
};

/// Keeps a share of the images to learn from, at least one, for the threshold; which ones, the seed decides. Error,
/// naming the task, if none would be left to learn from.
inline void hold_out(Task& task, double share, std::uint64_t seed) {
  constexpr std::uint64_t split_stream = 1ULL << 34;
  const Index all = std::ssize(task.training);
  check<Error>(all >= 2, task.name.empty() ? "" : "class ", task.name, task.name.empty() ? "" : ": ", all,
               " normal image to learn from found, expected at least two, one of them held out for the threshold; "
               "--false-alarms 0 learns without a threshold");
  const auto count = static_cast<Index>(std::floor(share * static_cast<double>(all)));
  std::vector<Index> order;
  Rng(seed, split_stream).permutation(all, order);
  std::vector<bool> held(static_cast<std::size_t>(all));
  for (Index i = 0; i < std::clamp<Index>(count, 1, all - 1); ++i)
    held[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] = true;
  std::vector<Index> training;
  for (std::size_t i = 0; i < held.size(); ++i) (held[i] ? task.held_out : training).push_back(task.training[i]);
  task.training = std::move(training);
}

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
