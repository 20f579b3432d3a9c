// Times whole training steps of the five autoencoders: fetching the batch, forward, loss, backward and Adam.

#include "report.hpp"
#include "study_steps.hpp"

int main(int argc, char** argv) {
  using namespace study;
  CommandLine line("Times training steps of the five autoencoders.");
  benchmarks::StudySteps steps;
  TrainingOptions& options = steps.options;
  steps.declare(line);
  line.number("--threads", options.threads, "threads to use; 0: as many as OpenMP gives", {0, 1024});
  line.matmul_precision(options.matmul_precision);
  return line.run(argc, argv, options.threads, [&] {
    const data::FashionMnist mnist = load(options);
    benchmarks::Report report;
    steps.each(mnist, [&](const Description& model, Trainer<float>& trainer) {
      const double image_flops = model.megaflops * 1e6 / 64;
      report.time({model.id, options.batch, image_flops * static_cast<double>(options.batch)}, steps.least_seconds,
                  [&] { trainer.step(); });
    });
    report.write(steps.json_file);
  });
}
