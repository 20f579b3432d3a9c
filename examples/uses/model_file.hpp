#pragma once

#include <filesystem>
#include <map>
#include <string>

// What a saved model says of itself, in the metadata of its safetensors file.

namespace uses {

/// A number so that reading gives the same bits.
std::string exact(double value);

/// A text as UTF-8, which metadata are; names of folders need not be.
std::string utf8(const std::string& text);

/// The metadata of a file. All functions throw IoError, which names the file.
class ModelFile {
 public:
  /// Of a file whose "model" is `kind`, and whose "version" is 1, the only one so far.
  ModelFile(const std::filesystem::path& path, const std::string& kind);

  const std::string& name() const { return name_; }
  bool has(const std::string& key) const { return metadata_.contains(key); }
  const std::string& text(const std::string& key) const;
  /// A text that must be one of some; what it is expected to be is said otherwise.
  const std::string& one_of(const std::string& key, std::initializer_list<const char*> expected) const;
  double number(const std::string& key, double least, double most) const;
  std::ptrdiff_t whole_number(const std::string& key, double least, double most) const;

 private:
  std::string name_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace uses
