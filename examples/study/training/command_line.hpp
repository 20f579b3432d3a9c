#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI
namespace latent::distributed {
class Communicator;
}  // namespace latent::distributed

namespace study {

struct Interval;

/// Numbers that an option takes, both ends included.
struct Range {
  double least, most;
};

/// The options of a program. They are read by CLI11, which is slow to compile; so only command_line.cpp includes it.
class CommandLine {
 public:
  explicit CommandLine(const std::string& description);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// A number; T: double, int or Index. What `value` has now is the default.
  template <class T>
  void number(const std::string& name, T& value, const std::string& help, Range range);
  /// Any whole number that is a std::uint64_t.
  void seed(const std::string& name, std::uint64_t& value, const std::string& help);
  /// A number of steps, or of seconds with an s behind it; at least 1.
  void interval(const std::string& name, Interval& value, const std::string& help);
  void text(const std::string& name, std::string& value, const std::string& help);
  void path(const std::string& name, std::filesystem::path& value, const std::string& help);
  void flag(const std::string& name, bool& value, const std::string& help);
  /// One of some texts.
  void choice(const std::string& name, std::string& value, const std::string& help,
              const std::vector<std::string>& choices);
  /// --matmul-precision, which is that of the program as soon as it is read.
  void matmul_precision(std::string& value);
  /// Texts with commas between; any, if there are no choices.
  void list(const std::string& name, std::vector<std::string>& value, const std::string& help,
            const std::vector<std::string>& choices = {});

  /// An option makes no sense beside another, or without another.
  void excludes(const std::string& name, const std::string& other);
  void needs(const std::string& name, const std::string& other);

  /// The main function: reads the options, limits the threads if that is not 0, and calls `work`. Whatever goes wrong
  /// is one line and exit status 1, also if results cannot be printed; 128 + signal if a signal stopped it.
  int run(int argc, char** argv, const int& threads, const std::function<void()>& work);

  /// The same for a program that mpirun may start as several processes. Each has its share of the machine's processors
  /// as threads, if `threads` is 0; rank 0 alone prints, and what goes wrong in one of them ends all.
  int run(int argc, char** argv, const int& threads,
          const std::function<void(latent::distributed::Communicator&)>& work);

 private:
  int run(int argc, char** argv, latent::distributed::Communicator& communicator, const std::function<void()>& work);

  std::unique_ptr<CLI::App> app_;
};

}  // namespace study
