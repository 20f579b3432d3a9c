#pragma once

#include <filesystem>
#include <latent/io/staged_files.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace uses {

/// io::StagedFiles for a folder and folders in it: nothing takes its place before all is written.
class OutputTree {
 public:
  explicit OutputTree(std::filesystem::path root);
  /// Removes what was not published, and the folders that were made for it.
  ~OutputTree();
  OutputTree(const OutputTree&) = delete;
  OutputTree& operator=(const OutputTree&) = delete;

  /// Where to write a file that is to have this name, relative to the folder. IoError if nothing can be written there.
  std::filesystem::path operator/(const std::filesystem::path& name);

  /// Puts all files into their places, those of the folder itself at the end, as StagedFiles::publish() does.
  void publish(const std::vector<std::string>& last);

 private:
  std::filesystem::path root_;
  std::vector<std::filesystem::path> made_;
  std::map<std::filesystem::path, std::unique_ptr<latent::io::StagedFiles>> folders_;
};

}  // namespace uses
