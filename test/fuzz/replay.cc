// replay <corpus file> [<number of random inputs>]: runs each line of the corpus, bytes in hexadecimal up to a '#', and
// random inputs, the same ones on every run. When a case ends the process, its line is printed: it belongs into the
// corpus, and TESSERA_FUZZ_INPUT=<line> runs it alone.
#include <signal.h>
#include <unistd.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "support/random.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

using tessera::test::Random;

std::string current;

void print_current() {
  const std::string line = "\nTESSERA_FUZZ_INPUT=" + current + "\n";
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) _exit(2);
}

void on_signal(int number) {
  print_current();
  signal(number, SIG_DFL);
  raise(number);
}

void run(const std::vector<std::uint8_t>& input) {
  constexpr char kDigits[] = "0123456789abcdef";
  current.clear();
  for (const std::uint8_t byte : input) {
    current += kDigits[byte >> 4];
    current += kDigits[byte & 15];
  }
  // Of exactly this size, so that a sanitizer sees a read beyond it.
  const std::vector<std::uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

bool parse(const std::string& line, std::vector<std::uint8_t>& input) {
  input.clear();
  std::string digits;
  for (const char c : line.substr(0, line.find('#'))) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0) {
      digits += c;
    } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      return false;
    }
  }
  if (digits.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    input.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s <corpus file> [<number of random inputs>]\n", argv[0]);
    return 2;
  }
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE}) signal(number, on_signal);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(print_current);
  std::vector<std::uint8_t> input;
  if (const char* one = std::getenv("TESSERA_FUZZ_INPUT")) {
    if (!parse(one, input)) return 2;
    run(input);
    return 0;
  }
  std::ifstream corpus(argv[1]);
  int lines = 0;
  for (std::string line; std::getline(corpus, line); ++lines) {
    if (!parse(line, input)) {
      std::fprintf(stderr, "%s:%d: no bytes in hexadecimal\n", argv[1], lines + 1);
      return 2;
    }
    run(input);
  }
  if (lines == 0) {
    std::fprintf(stderr, "%s: empty\n", argv[1]);
    return 2;
  }
  const long count = argc > 2 ? tessera::test::scaled_count(std::atol(argv[2])) : 0;
  Random random(tessera::test::test_seed());
  for (long i = 0; i < count; ++i) {
    input.resize(static_cast<std::size_t>(random.integer(0, 96)));
    for (std::uint8_t& byte : input) byte = static_cast<std::uint8_t>(random.next());
    run(input);
  }
  std::printf("%d lines and %ld random inputs\n", lines, count);
  return 0;
}
