// What other programs say.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

namespace tessera::test {

struct Output {
  std::vector<std::string> lines;  // of its standard output
  std::string errors;              // where somebody caught them
  int status = -1;                 // -1: it did not end by itself
};

// Runs a line of shell.
inline Output run_shell(const std::string& line) {
  Output out;
  std::FILE* const pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) return out;
  std::string text;
  char chunk[4096];
  for (std::size_t n; (n = std::fread(chunk, 1, sizeof chunk, pipe)) > 0;) text.append(chunk, n);
  const int status = pclose(pipe);
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::istringstream stream(text);
  for (std::string l; std::getline(stream, l);) out.lines.push_back(l);
  return out;
}

}  // namespace tessera::test
