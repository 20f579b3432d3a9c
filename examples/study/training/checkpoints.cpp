#include "study/training/checkpoints.hpp"

#include <zlib.h>

#include <charconv>
#include <iostream>
#include <set>

namespace study {

namespace {

/// A metadatum, or nothing.
std::string value_of(const std::map<std::string, std::string>& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found != metadata.end() ? found->second : "";
}

/// IoError unless it is one of so many.
Index stage_of(const std::filesystem::path& path, const std::string& text, Index stages) {
  Index stage = -1;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, stage);
  check<IoError>(error == std::errc() && end == last && stage >= 0 && stage < stages, path.string(),
                 ": damaged, its stage is none of ", stages);
  return stage;
}

}  // namespace

std::uint32_t checksum(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

Checkpoints::Checkpoints(const std::filesystem::path& folder, const nlohmann::json& options,
                         std::map<std::string, std::string> set_by, Interval interval,
                         distributed::Communicator* communicator)
    : path_(folder / "checkpoint.safetensors"),
      options_(
          options.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)),  // names of files may be no UTF-8
      set_by_(std::move(set_by)),
      interval_(interval),
      communicator_(communicator) {}

void Checkpoints::check_options(const std::string& saved) const {
  const nlohmann::json now = nlohmann::json::parse(options_);
  nlohmann::json before = nlohmann::json::parse(saved, nullptr, false);
  if (before == now) return;
  if (!before.is_object()) before = nlohmann::json::object();
  std::set<std::string> entries;
  for (const nlohmann::json& options : {before, now})
    for (const auto& each : options.items()) entries.insert(each.key());
  const auto text = [](const nlohmann::json& options, const std::string& entry) {
    return options.contains(entry) ? options[entry].dump() : "nothing";
  };
  std::string different;
  for (const std::string& entry : entries) {
    const std::string earlier = text(before, entry), later = text(now, entry);
    if (earlier == later) continue;
    std::string option = "--" + entry;
    std::ranges::replace(option, '_', '-');
    if (const auto other = set_by_.find(entry); other != set_by_.end()) option = other->second;
    different += (different.empty() ? "" : ", ") + message(option, " (", entry, " was ", earlier, ", is ", later, ')');
  }
  fail<ValueError>(path_.string(), ": belongs to a run with other options: ", different,
                   "; take the same, or leave out --resume");
}

bool Checkpoints::resume(Parts parts) {
  return resume(parts, 1, [](Index) {});
}

bool Checkpoints::resume(Parts parts, Index stages, const std::function<void(Index stage)>& begin) {
  if (several() ? !distributed::has_checkpoint(*communicator_, path_) : !io::has_checkpoint(path_)) return false;
  const auto check_it = [&](const auto& metadata) {
    check_options(value_of(metadata, "options"));
    begin(stage_of(path_, value_of(metadata, "stage"), stages));
  };
  const io::CheckpointReport report = several() ? distributed::load_checkpoint(*communicator_, path_, parts, check_it)
                                                : io::load_checkpoint(path_, parts, check_it);
  if (!report.damage.empty())
    std::cout << report.damage << "\nThe checkpoint before is taken, " << report.path.string() << '\n';
  if (!report.elsewhere.empty())
    std::cout << "The last bits of the results may differ from those of an unbroken run, since the checkpoint is from "
                 "elsewhere: "
              << report.elsewhere << '\n';
  return true;
}

void Checkpoints::after_step(Parts parts, Index stage) {
  ++steps_;
  offer(parts, stage);
}

void Checkpoints::offer(Parts parts, Index stage) {
  if (several() && communicator_->rank() != 0) return;
  const int signal = Interrupts::signal();
  const bool due = interval_.steps > 0 ? steps_ >= interval_.steps : clock_.seconds() >= interval_.seconds;
  if (!due && signal == 0) return;
  steps_ = 0;
  clock_ = Clock();
  const char* how_to_go_on = "; --resume goes on from there";
  try {
    io::save_checkpoint(path_, parts, {{"options", options_}, {"stage", std::to_string(stage)}});
  } catch (const IoError& error) {
    std::cerr << "No checkpoint: " << error.what() << '\n';
    how_to_go_on = "";
  }
  if (signal != 0) throw Interrupted(signal, message("stopped by ", Interrupts::name(), how_to_go_on));
}

}  // namespace study
