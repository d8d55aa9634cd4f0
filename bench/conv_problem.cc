#include "conv_problem.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tessera::bench {

ConvProblem parse_conv_problem(const std::string& line) {
  ConvProblem p;
  const size_t hash = line.find('#');
  if (hash != std::string::npos && hash + 2 <= line.size()) p.name = line.substr(hash + 2);
  std::istringstream text(line.substr(0, hash));
  std::string word;
  if (!(text >> word) || word != "conv" || !(text >> p.c >> p.h >> p.w >> p.k >> p.kernel >> p.stride))
    throw std::invalid_argument("wants: conv C H W K kernel stride");
  while (text >> word) {
    const size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    int* const to = key == "pad" ? &p.pad : key == "groups" ? &p.groups : key == "count" ? &p.count : nullptr;
    if (to == nullptr || equals == std::string::npos) throw std::invalid_argument("unknown option " + word);
    *to = std::stoi(word.substr(equals + 1));
  }
  if (p.c < 1 || p.k < 1 || p.kernel < 1 || p.stride < 1 || p.groups < 1 || p.c % p.groups || p.k % p.groups ||
      p.count < 1 || p.h + 2 * p.pad < p.kernel || p.w + 2 * p.pad < p.kernel)
    throw std::invalid_argument("no such layer");
  return p;
}

std::string ConvProblem::line() const {
  std::ostringstream text;
  text << "conv " << c << ' ' << h << ' ' << w << ' ' << k << ' ' << kernel << ' ' << stride;
  if (pad) text << " pad=" << pad;
  if (groups != 1) text << " groups=" << groups;
  if (count != 1) text << " count=" << count;
  return text.str();
}

std::vector<ConvProblem> read_conv_problems(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<ConvProblem> problems;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    try {
      problems.push_back(parse_conv_problem(line));
    } catch (const std::exception& error) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return problems;
}

}  // namespace tessera::bench
