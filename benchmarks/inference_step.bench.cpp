// Times autoencoders that only reconstruct: forward, without gradients.

#include <latent/core/random.hpp>
#include <latent/nn/prepared.hpp>

#include "report.hpp"
#include "study/models/cnn_autoencoder.hpp"
#include "study/models/fc_autoencoder.hpp"
#include "study/models/rnn_autoencoder.hpp"
#include "study/training/command_line.hpp"

namespace benchmarks {

using namespace study;

/// The one place where a model runs for inference.
template <Experiment E>
void time_inference(const E& experiment, double image_flops, Index batch, double least_seconds, Report& report) {
  Rng rng(1);
  const auto model = experiment.template model<float>(rng);
  const Variable<float> x(rng.uniform<float>({batch, 28, 28, 1}, 0, 1));
  const nn::Prepared prepared(model, x);
  report.time({E::description.id, batch, image_flops * static_cast<double>(batch)}, least_seconds,
              [&] { prepared(x); });
}

constexpr double fc_flops = 2 * 2 * (784 * 128 + 128 * 64);
constexpr double cnn_flops = 2 * 9 * (28 * 28 * 1 * 16 + 14 * 14 * 16 * 32 + 7 * 7 * 32 * 16 + 14 * 14 * 16 * 1);
constexpr double rnn_flops = 2 * 28 * 4 * ((28 + 128) * 128 + (128 + 28) * 28);

}  // namespace benchmarks

int main(int argc, char** argv) {
  using namespace benchmarks;
  CommandLine line("Times autoencoders that only reconstruct, without gradients.");
  std::vector<std::string> names{"fc", "cnn", "rnn"};
  std::string json_file;
  double least_seconds = 2;
  Index batch = 64;
  int thread_count = 0;
  line.list("--models", names, "which", names);
  line.number("--batch", batch, "images at once", {1, 60000});
  line.number("--threads", thread_count, "threads to use; 0: as many as OpenMP gives", {0, 1024});
  line.number("--seconds", least_seconds, "how long to measure each model", {0, 1e6});
  line.text("--json", json_file, "file for the results");
  return line.run(argc, argv, thread_count, [&] {
    Report report;
    for (const std::string& name : names) {
      if (name == "fc") time_inference(FcAutoencoder{}, fc_flops, batch, least_seconds, report);
      if (name == "cnn") time_inference(CnnAutoencoder{}, cnn_flops, batch, least_seconds, report);
      if (name == "rnn") time_inference(RnnAutoencoder{}, rnn_flops, batch, least_seconds, report);
    }
    report.write(json_file);
  });
}
