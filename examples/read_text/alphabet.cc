#include "alphabet.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <stdexcept>

namespace read_text {

Alphabet::Alphabet(const std::string& path) : characters_(1) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    characters_.push_back(line);
  }
  if (characters_.size() == 1) throw std::runtime_error(path + ": no characters in it");
  characters_.push_back(" ");
}

Reading Alphabet::decode(const float* probabilities, int steps) const {
  const std::ptrdiff_t space = classes() - 1;
  Reading reading;
  std::ptrdiff_t before = 0;
  double sum = 0, space_sum = 0;
  int count = 0;
  for (int step = 0; step < steps; ++step, probabilities += classes()) {
    const float* best = std::max_element(probabilities, probabilities + classes());
    const std::ptrdiff_t character = best - probabilities;
    if (character != 0 && character != space && character != before) {
      if (count > 0 && space_sum > kSpaceAbove) reading.text += characters_.back();
      space_sum = 0;
      reading.text += characters_[static_cast<std::size_t>(character)];
      sum += static_cast<double>(*best);
      ++count;
    } else {
      space_sum += static_cast<double>(probabilities[space]);
    }
    before = character;
  }
  if (count > 0) reading.confidence = sum / count;
  return reading;
}

}  // namespace read_text
