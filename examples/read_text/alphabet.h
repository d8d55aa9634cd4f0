// From the probabilities of a recognition network to text: connectionist temporal classification (CTC; Graves et al.
// 2006), by the best class of each step.
#pragma once

#include <string>
#include <vector>

namespace read_text {

struct Reading {
  std::string text;       // UTF-8
  double confidence = 0;  // mean probability of the classes it was read from; 0 of an empty text
};

constexpr double kSpaceAbove = 0.01;

// What the classes of the network stand for: none (class 0, "blank"), a character for each line of a file, a space.
class Alphabet {
 public:
  // Throws std::runtime_error when the file cannot be read or holds no line.
  explicit Alphabet(const std::string& path);

  int classes() const { return static_cast<int>(characters_.size()); }

  // probabilities[steps][classes()]. What repeats from one step to the next is one character; two alike have a blank
  // between them.
  Reading decode(const float* probabilities, int steps) const;

 private:
  std::vector<std::string> characters_;
};

}  // namespace read_text
