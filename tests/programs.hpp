#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

struct Outcome {
  int status;
  std::string output;
};

/// Runs a program of the build, its two outputs together; `before` is for the shell that starts it.
inline Outcome run(const std::string& command, const std::string& before = {}, const std::string& outputs = " 2>&1") {
  const std::string line = before + LATENT_PROGRAMS + "/" + command + outputs;
  std::FILE* pipe = ::popen(line.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), got);
  return {WEXITSTATUS(::pclose(pipe)), output};
}

/// Runs a program that gets SIGTERM as soon as a condition of the shell holds; what it has printed is in the file $log.
inline Outcome stop_when(const std::string& condition, const std::string& command) {
  return run(command, "log=$(mktemp); ",
             " >$log 2>&1 & pid=$!; until " + condition +
                 " || ! kill -0 $pid; do sleep 0.01; done 2>/dev/null; kill -TERM $pid; wait $pid; status=$?; "
                 "cat $log; rm $log; exit $status");
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline long lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

/// A PNG, and more than a few pixels.
inline bool is_png(const std::string& content) { return content.starts_with("\x89PNG") && content.size() > 1000; }
