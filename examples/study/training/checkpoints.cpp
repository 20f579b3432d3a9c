#include "study/training/checkpoints.hpp"

#include <iostream>

namespace study {

namespace {

/// The option of the command line that sets an entry of the options.
std::string option_of(std::string entry) {
  if (entry == "training_images") return "--limit";
  if (entry.starts_with("crc32") || entry == "test_images") return "--data";
  std::ranges::replace(entry, '_', '-');
  return "--" + entry;
}

/// ValueError unless the options are the same.
void check_options(const std::filesystem::path& path, const std::string& saved, const nlohmann::json& now) {
  const nlohmann::json before = nlohmann::json::parse(saved, nullptr, false);
  if (before == now) return;
  std::string different;
  for (const auto& [entry, value] : now.items()) {
    const auto found = before.is_object() ? before.find(entry) : before.end();
    const std::string earlier = found != before.end() ? found->dump() : "nothing";
    if (earlier != value.dump())
      different += (different.empty() ? "" : ", ") +
                   message(option_of(entry), " (", entry, " was ", earlier, ", is ", value.dump(), ')');
  }
  fail<ValueError>(path.string(), ": belongs to a run with other options: ", different,
                   "; take the same, or leave out --resume");
}

}  // namespace

Checkpoints::Checkpoints(const std::filesystem::path& folder, nlohmann::json options, Interval interval)
    : path_(folder / "checkpoint.safetensors"), options_(std::move(options)), interval_(interval) {}

bool Checkpoints::resume(Parts parts) {
  if (!io::has_checkpoint(path_)) return false;
  const io::CheckpointReport report = io::load_checkpoint(path_, parts, [&](const auto& metadata) {
    const auto found = metadata.find("options");
    check_options(path_, found != metadata.end() ? found->second : "", options_);
  });
  if (!report.damage.empty())
    std::cout << report.damage << "\nThe checkpoint before is taken, " << report.path.string() << '\n';
  if (!report.elsewhere.empty())
    std::cout << "The last bits of the results may differ from those of an unbroken run, since the checkpoint is from "
                 "elsewhere: "
              << report.elsewhere << '\n';
  return true;
}

void Checkpoints::offer(Parts parts, Index steps) {
  if (steps_ < 0) steps_ = steps - 1;  // the first
  const int signal = Interrupts::signal();
  const bool due = interval_.steps > 0 ? steps - steps_ >= interval_.steps : clock_.seconds() >= interval_.seconds;
  if (!due && signal == 0) return;
  steps_ = steps;
  clock_ = Clock();
  const char* how_to_go_on = "; --resume goes on from there";
  try {
    io::save_checkpoint(path_, parts, {{"options", options_.dump()}});
  } catch (const IoError& error) {
    std::cerr << "No checkpoint: " << error.what() << '\n';
    how_to_go_on = "";
  }
  if (signal != 0) throw Interrupted(signal, message("stopped by ", Interrupts::name(), how_to_go_on));
}

}  // namespace study
