#include "problem.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tessera::bench {
namespace {

[[noreturn]] void reject(const std::string& why) { throw std::invalid_argument(why); }

template <typename T>
T to_number(const std::string& text) {
  std::istringstream in(text);
  T value{};
  if (!(in >> value) || !in.eof()) reject("'" + text + "' is not a number");
  return value;
}

int leading_dimension(const std::string& text, int minimum) {
  const int value = to_number<int>(text) + (text[0] == '+' ? minimum : 0);
  if (value < minimum) reject("leading dimension " + text + " is below " + std::to_string(minimum));
  return value;
}

std::string trim(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

double Problem::bytes() const {
  const double elements = double(m) * k + double(k) * n + double(m) * n * (beta == 0 ? 1 : 2);
  return elements * element_bytes();
}

double Problem::footprint() const { return (double(m) * k + double(k) * n + double(m) * n) * element_bytes(); }

std::string Problem::line() const {
  std::ostringstream out;
  out << type << "gemm " << op_a << ' ' << op_b << ' ' << m << ' ' << n << ' ' << k;
  const auto pad = [&out](const char* key, int ld, int length) {
    if (ld != std::max(1, length)) out << ' ' << key << '=' << ld;
  };
  pad("lda", lda, a_length());
  pad("ldb", ldb, b_length());
  pad("ldc", ldc, c_length());
  if (alpha != 1) out << " alpha=" << alpha;
  if (beta != 0) out << " beta=" << beta;
  if (!row_major) out << " layout=col";
  return out.str();
}

Problem parse_problem(const std::string& line) {
  Problem p;
  const size_t comment = line.find('#');
  if (comment != std::string::npos) p.name = trim(line.substr(comment + 1));
  std::istringstream in(line.substr(0, comment));

  std::string routine, op_a, op_b, m, n, k;
  if (!(in >> routine >> op_a >> op_b >> m >> n >> k)) reject("expected: sgemm N N m n k [key=value...] [# name]");
  if (routine.size() != 5 || routine.substr(1) != "gemm" || std::string("sdcz").find(routine[0]) == std::string::npos)
    reject("unknown routine '" + routine + "'");
  p.type = routine[0];
  for (const std::string& op : {op_a, op_b})
    if (op != "N" && op != "T" && op != "C") reject("op must be N, T or C, not '" + op + "'");
  p.op_a = op_a[0];
  p.op_b = op_b[0];
  p.m = to_number<int>(m);
  p.n = to_number<int>(n);
  p.k = to_number<int>(k);
  if (p.m < 1 || p.n < 1 || p.k < 1) reject("m, n and k must be positive");

  // The smallest leading dimension depends on the layout, which may come last.
  std::string lda = "+0", ldb = "+0", ldc = "+0";
  for (std::string option; in >> option;) {
    const size_t equals = option.find('=');
    if (equals == std::string::npos) reject("expected key=value, not '" + option + "'");
    const std::string key = option.substr(0, equals), value = option.substr(equals + 1);
    if (key == "lda")
      lda = value;
    else if (key == "ldb")
      ldb = value;
    else if (key == "ldc")
      ldc = value;
    else if (key == "alpha")
      p.alpha = to_number<double>(value);
    else if (key == "beta")
      p.beta = to_number<double>(value);
    else if (key == "layout" && (value == "row" || value == "col"))
      p.row_major = value == "row";
    else
      reject("unknown option '" + option + "'");
  }
  if (std::abs(p.beta) > 1) reject("|beta| > 1 overflows C when the call is repeated");
  p.lda = leading_dimension(lda, p.a_length());
  p.ldb = leading_dimension(ldb, p.b_length());
  p.ldc = leading_dimension(ldc, p.c_length());
  return p;
}

Problem with_type(Problem problem, char type) {
  problem.type = type;
  return problem;
}

std::vector<Problem> read_problems(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<Problem> problems;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (trim(line.substr(0, line.find('#'))).empty()) continue;
    try {
      problems.push_back(parse_problem(line));
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return problems;
}

}  // namespace tessera::bench
