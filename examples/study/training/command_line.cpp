#include "study/training/command_line.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <latent/core/check.hpp>
#include <latent/core/parallel.hpp>
#include <latent/distributed/threads_per_process.hpp>
#include <latent/kernels/matmul_precision.hpp>
#include <new>
#include <system_error>
#include <thread>
#include <type_traits>

#include "study/training/interrupts.hpp"
#include "study/training/interval.hpp"
#include "study/training/processes.hpp"

namespace study {

namespace {

/// Accepts decimal numbers of a range only, which NaN is not. CLI11 would take 010 for octal, and -1 for a large
/// unsigned number.
template <class T>
CLI::Validator within(Range range) {
  return CLI::Validator(
      [range](std::string& text) {
        T value{};
        const char* const last = text.data() + text.size();
        const auto [end, error] = std::from_chars(text.data(), last, value);
        const bool octal = std::is_integral_v<T> && text.size() > 1 && text[0] == '0';
        const bool ok = error == std::errc() && end == last && !octal && static_cast<double>(value) >= range.least &&
                        static_cast<double>(value) <= range.most;
        std::ostringstream message;
        message.precision(12);
        if (!ok) message << text << " is not a number from " << range.least << " to " << range.most;
        return message.str();
      },
      "");
}

/// Closed streams are opened, so that no file that is written takes their place; printing there fails.
void open_standard_streams() {
  while (true) {
    const int file = ::open("/dev/null", O_RDONLY);
    if (file > STDERR_FILENO) ::close(file);
    if (file < 0 || file > STDERR_FILENO) return;
  }
}

/// Error if something could not be printed.
void check_printed() {
  errno = 0;
  std::cout.flush();
  const bool flushed = std::fflush(stdout) == 0;
  const std::string reason = errno != 0 ? std::string(": ") + std::strerror(errno) : "";
  latent::check<latent::Error>(flushed && std::cout.good() && std::ferror(stdout) == 0, "the results cannot be printed",
                               reason);
}

}  // namespace

CommandLine::CommandLine(const std::string& description) : app_(std::make_unique<CLI::App>(description)) {
  app_->option_defaults()->always_capture_default();
}

CommandLine::~CommandLine() = default;

template <class T>
void CommandLine::number(const std::string& name, T& value, const std::string& help, Range range) {
  app_->add_option(name, value, help)->check(within<T>(range));
}
template void CommandLine::number(const std::string&, double&, const std::string&, Range);
template void CommandLine::number(const std::string&, int&, const std::string&, Range);
template void CommandLine::number(const std::string&, latent::Index&, const std::string&, Range);

void CommandLine::seed(const std::string& name, std::uint64_t& value, const std::string& help) {
  app_->add_option(name, value, help)->check(within<std::uint64_t>({0, 0x1p64}));
}

void CommandLine::interval(const std::string& name, Interval& value, const std::string& help) {
  const auto read = [&value](const std::string& text) {
    latent::Index number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    const std::string_view unit(end, static_cast<std::size_t>(last - end));
    const bool ok = error == std::errc() && number >= 1 && text[0] != '0' && (unit.empty() || unit == "s");
    if (!ok) throw CLI::ValidationError(text + " is neither a number of steps nor one of seconds, as 500 and 60s are");
    value = unit.empty() ? Interval{.steps = number} : Interval{.seconds = static_cast<double>(number)};
  };
  app_->add_option_function<std::string>(name, read, help)
      ->default_str(value.steps > 0 ? std::to_string(value.steps) : latent::message(value.seconds, 's'));
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

void CommandLine::matmul_precision(std::string& value) {
  const auto set = [&value](const std::string& text) {
    value = text;
    latent::set_matmul_precision(text == "bfloat16" ? latent::MatmulPrecision::bfloat16
                                                    : latent::MatmulPrecision::float32);
  };
  app_->add_option_function<std::string>("--matmul-precision", set,
                                         "what the operands of products are rounded to: float32, which is not at all, "
                                         "or bfloat16, faster where the processor has AVX512-BF16")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->default_str(value);
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
  open_standard_streams();
  latent::distributed::SingleProcess alone;
  return run(argc, argv, alone, [&] {
    latent::set_threads(threads);
    work();
  });
}

int CommandLine::run(int argc, char** argv, const int& threads,
                     const std::function<void(latent::distributed::Communicator&)>& work) {
  open_standard_streams();
  const auto communicator = start_processes();
  if (communicator->rank() != 0 && !std::freopen("/dev/null", "w", stdout)) communicator->abort("/dev/null: not there");
  return run(argc, argv, *communicator, [&] {
    const bool shares = threads == 0 && communicator->size() > 1;
    latent::set_threads(shares ? latent::distributed::threads_per_process(*communicator) : threads);
    work(*communicator);
  });
}

int CommandLine::run(int argc, char** argv, latent::distributed::Communicator& communicator,
                     const std::function<void()>& work) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error, which writing reports
  std::string failure;
  int status = 1;
  try {
    try {
      app_->parse(argc, argv);
      work();
    } catch (const CLI::CallForHelp& help) {
      app_->exit(help);
    }
    check_printed();
    return 0;
  } catch (const Interrupted& error) {
    failure = error.what();
    status = 128 + error.signal;
  } catch (const latent::OutOfMemory& error) {
    failure = error.what() + std::string("; a smaller --batch takes less");
  } catch (const std::bad_alloc&) {
    failure = "out of memory";
  } catch (const std::exception& error) {
    failure = error.what();
  }
  failure = std::filesystem::path(argv[0]).filename().string() + ": " + failure;
  if (communicator.size() > 1) {
    // Most mistakes are made by all: the others wait for rank 0, which then has ended them with the only message.
    if (communicator.rank() != 0) std::this_thread::sleep_for(std::chrono::seconds(1));
    communicator.abort(failure, status);
  }
  std::cerr << failure << '\n';
  return status;
}

}  // namespace study
