#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "study/training/checkpoints.hpp"
#include "study/training/training.hpp"

// Models that learn one after the other, with one checkpoint for all.

namespace uses {

using namespace study;

/// Numbers as a part of a checkpoint.
template <class F>
void visit_numbers(F&& f, std::string_view name, std::vector<double>& numbers) {
  f(name, Tensor<double>({std::ssize(numbers)}, numbers),
    [&numbers](const Tensor<double>& saved) { numbers.assign(saved.elements().begin(), saved.elements().end()); });
}

/// The state of a program: the results so far, and what learns the last one of them.
template <class Result, class Learning>
struct InTurn {
  std::vector<Result>& results;
  Index stage = 0;  // which result
  std::unique_ptr<Learning> learning = nullptr;

  Result& result(Index number) { return results[static_cast<std::size_t>(number)]; }

  template <class F>
  void visit(F&& f) {
    for (Index i = 0; i <= stage; ++i) f("result" + std::to_string(i), result(i));
    f("learning", *learning);
  }
};

/// Learns results one after the other. Each has `visit` for what a checkpoint has of it, its part `work` of the
/// progress, and `print_earlier()`, called if it is complete in the checkpoint that the run goes on from. It is learned
/// by what `begin(result)` gives, a std::unique_ptr of a type with
///
///     Training training;
///     void learn_epoch(Overall& overall, const std::function<void()>& after_step);
///     void finish();                         // makes the result complete, and prints it
///     template <class F> void visit(F&& f);  // all else that a checkpoint needs
template <class Result, class Begin>
void learn_in_turn(std::vector<Result>& results, Begin begin, Checkpoints checkpoints, bool resume) {
  using Learning = typename std::invoke_result_t<Begin, Result&>::element_type;
  InTurn<Result, Learning> run{results};
  const Checkpoints::Parts parts{{"run", run}};
  Overall overall;
  for (const Result& result : results) overall.total += result.work;
  const auto begin_stage = [&](Index stage) {
    run.learning.reset();
    run.stage = stage;
    run.learning = begin(run.result(stage));
  };
  if (resume && checkpoints.resume(parts, std::ssize(results), begin_stage)) {
    for (Index i = 0; i < run.stage; ++i) {
      run.result(i).print_earlier();
      overall.total -= run.result(i).work;
    }
    run.learning->training.resumed(overall);
  } else {
    begin_stage(0);
  }
  while (true) {
    Training& training = run.learning->training;
    while (!training.complete()) {
      run.learning->learn_epoch(overall, [&] { checkpoints.after_step(parts, run.stage); });
      training.next_epoch();
      checkpoints.offer(parts, run.stage);
    }
    run.learning->finish();
    checkpoints.offer(parts, run.stage);
    if (run.stage + 1 == std::ssize(results)) return;
    begin_stage(run.stage + 1);
  }
}

}  // namespace uses
