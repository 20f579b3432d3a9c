#include "study/training/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <latent/core/parallel.hpp>

namespace study {

namespace {

/// Accepts numbers of a range only, which NaN is not.
CLI::Validator within(Range range) {
  return CLI::Validator(
      [range](std::string& text) {
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        const bool ok = !text.empty() && *end == '\0' && value >= range.least && value <= range.most;
        std::ostringstream message;
        message.precision(12);
        if (!ok) message << text << " is not a number from " << range.least << " to " << range.most;
        return message.str();
      },
      "");
}

}  // namespace

CommandLine::CommandLine(const std::string& description) : app_(std::make_unique<CLI::App>(description)) {
  app_->option_defaults()->always_capture_default();
}

CommandLine::~CommandLine() = default;

template <class T>
void CommandLine::number(const std::string& name, T& value, const std::string& help, Range range) {
  app_->add_option(name, value, help)->check(within(range));
}
template void CommandLine::number(const std::string&, double&, const std::string&, Range);
template void CommandLine::number(const std::string&, int&, const std::string&, Range);
template void CommandLine::number(const std::string&, latent::Index&, const std::string&, Range);

void CommandLine::seed(const std::string& name, std::uint64_t& value, const std::string& help) {
  app_->add_option(name, value, help);
}

void CommandLine::text(const std::string& name, std::string& value, const std::string& help) {
  app_->add_option(name, value, help);
}

void CommandLine::path(const std::string& name, std::filesystem::path& value, const std::string& help) {
  app_->add_option(name, value, help);
}

void CommandLine::flag(const std::string& name, bool& value, const std::string& help) {
  app_->add_flag(name, value, help);
}

void CommandLine::choice(const std::string& name, std::string& value, const std::string& help,
                         const std::vector<std::string>& choices) {
  app_->add_option(name, value, help)->check(CLI::IsMember(choices));
}

void CommandLine::list(const std::string& name, std::vector<std::string>& value, const std::string& help,
                       const std::vector<std::string>& choices) {
  CLI::Option* const option = app_->add_option(name, value, help)->delimiter(',');
  if (!choices.empty()) option->check(CLI::IsMember(choices));
}

void CommandLine::excludes(const std::string& name, const std::string& other) {
  app_->get_option(name)->excludes(app_->get_option(other));
}

void CommandLine::needs(const std::string& name, const std::string& other) {
  app_->get_option(name)->needs(app_->get_option(other));
}

int CommandLine::run(int argc, char** argv, const int& threads, const std::function<void()>& work) {
  const std::string program = std::filesystem::path(argv[0]).filename().string();
  try {
    app_->parse(argc, argv);
    latent::set_threads(threads);
    work();
    return 0;
  } catch (const CLI::CallForHelp& help) {
    return app_->exit(help);
  } catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << '\n';
    return 1;
  }
}

}  // namespace study
