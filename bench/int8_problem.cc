#include "int8_problem.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tessera::bench {

std::string Int8Problem::line() const {
  std::ostringstream out;
  out << (a_signed ? "s8s8 " : "u8s8 ") << m << ' ' << n << ' ' << k << (packed ? " packed" : "");
  return out.str();
}

Int8Problem parse_int8_problem(const std::string& line) {
  std::istringstream words(line.substr(0, line.find('#')));
  std::string types, last;
  Int8Problem p{};
  const bool good =
      (words >> types >> p.m >> p.n >> p.k) && (types == "u8s8" || types == "s8s8") && p.m >= 1 && p.n >= 1 && p.k >= 1;
  if (words >> last) p.packed = last == "packed";
  if (!good || (!last.empty() && !p.packed) || words >> last)
    throw std::invalid_argument("wants: u8s8|s8s8 m n k [packed], not '" + line + "'");
  p.a_signed = types == "s8s8";
  p.text = line;
  return p;
}

std::vector<Int8Problem> read_int8_problems(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<Int8Problem> problems;
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" \t") == std::string::npos || line[0] == '#') continue;
    try {
      problems.push_back(parse_int8_problem(line));
    } catch (const std::exception& error) {
      throw std::runtime_error(path + ": " + error.what());
    }
  }
  return problems;
}

}  // namespace tessera::bench
