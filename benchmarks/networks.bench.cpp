// Times whole training steps of ordinary networks.

#include "networks.hpp"

#include "report.hpp"
#include "study/training/command_line.hpp"

namespace benchmarks {

Network network_of(const std::string& name) {
  if (name == "lenet") return lenet(64);
  if (name == "lenet_256") return lenet(256);
  if (name == "resnet") return resnet();
  if (name == "gru") return gru();
  return name == "tiny" ? tiny() : transformer();
}

}  // namespace benchmarks

int main(int argc, char** argv) {
  using namespace benchmarks;
  study::CommandLine line("Times training steps of ordinary networks.");
  std::vector<std::string> names{"lenet", "lenet_256", "resnet", "gru", "transformer", "tiny"};
  std::string json_file;
  double least_seconds = 2;
  int thread_count = 0;
  line.list("--networks", names, "which", names);
  line.number("--threads", thread_count, "threads to use; 0: as many as OpenMP gives", {0, 1024});
  line.number("--seconds", least_seconds, "how long to measure each network", {0, 1e6});
  line.text("--json", json_file, "file for the results");
  return line.run(argc, argv, thread_count, [&] {
    Report report;
    for (const std::string& name : names) {
      const Network network = network_of(name);
      report.time({name, network.batch, 2 * network.multiply_adds}, least_seconds, network.step);
    }
    report.write(json_file);
  });
}
