#include "uses/output_tree.hpp"

#include <utility>

#include "study/training/options.hpp"

namespace uses {

namespace fs = std::filesystem;

OutputTree::OutputTree(fs::path root) : root_(std::move(root)) { *this / "."; }

OutputTree::~OutputTree() {
  folders_.clear();
  std::error_code ignored;  // what has files is not removed
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) fs::remove(*folder, ignored);
}

fs::path OutputTree::operator/(const fs::path& name) {
  const fs::path relative = name.parent_path().lexically_normal();
  auto found = folders_.find(relative);
  if (found == folders_.end()) {
    fs::path folder = root_ / relative, missing;
    std::error_code ignored;
    for (const fs::path& part : folder) {
      missing /= part;
      if (!part.empty() && !fs::exists(missing, ignored)) made_.push_back(missing);
    }
    study::prepare_folder(folder);
    found = folders_.emplace(relative, std::make_unique<latent::io::StagedFiles>(folder)).first;
  }
  return *found->second / name.filename().string();
}

void OutputTree::publish(const std::vector<std::string>& last) {
  for (const auto& [folder, files] : folders_)
    if (!folder.empty()) files->publish();
  folders_.at({})->publish(last);
}

}  // namespace uses
