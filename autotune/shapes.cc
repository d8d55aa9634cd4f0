#include "autotune/shapes.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace tessera::tune {
namespace {

struct Line {
  Effort least;
  const char* group;
  const char* text;  // "N T 64 3136 576 lda=+16", type letters in front where it is complex
};

constexpr Line kLines[] = {
    {Effort::quick, "large", "N N 768 768 768"},
    {Effort::quick, "large", "N T 1024 1024 1024"},
    {Effort::normal, "large", "N N 1500 1500 1500"},
    {Effort::full, "large", "T N 2048 2048 2048"},
    {Effort::full, "large", "N N 3000 3000 3000"},
    {Effort::quick, "squares", "N N 256 256 256"},
    {Effort::quick, "squares", "N T 320 320 320"},
    {Effort::normal, "squares", "T N 400 400 400"},
    {Effort::full, "squares", "N N 192 192 192"},
    {Effort::full, "squares", "T T 480 480 480"},
    {Effort::quick, "im2col", "N N 64 3136 576"},
    {Effort::quick, "im2col", "N N 256 784 1152"},
    {Effort::normal, "im2col", "N N 512 196 2304"},
    {Effort::full, "im2col", "N N 128 12544 147"},
    {Effort::full, "im2col", "N T 3136 64 576"},
    {Effort::quick, "rows", "N N 160 1500 500"},
    {Effort::normal, "rows", "N N 96 1500 500"},
    {Effort::full, "rows", "N N 224 2000 300"},
    {Effort::quick, "tokens", "N T 32 2048 2048"},
    {Effort::normal, "tokens", "N T 128 2048 2048"},
    {Effort::full, "tokens", "N T 16 4096 4096"},
    {Effort::quick, "streams", "N N 16 4096 2048"},
    {Effort::normal, "streams", "N N 8 4096 4096"},
    {Effort::quick, "small", "N N 40 40 40"},
    {Effort::quick, "small", "N T 56 56 56"},
    {Effort::normal, "small", "T N 64 64 64"},
    {Effort::full, "small", "N T 100 100 100"},
    {Effort::full, "small", "N N 24 24 24"},
    {Effort::normal, "padded", "N N 500 500 500 lda=1024 ldb=1024 ldc=1024"},
    {Effort::full, "padded", "N N 700 700 700 lda=2048 ldb=2048 ldc=2048 beta=1"},
    {Effort::normal, "complex", "complex N N 300 300 300"},
    {Effort::full, "complex", "complex N T 700 700 700"},
};

constexpr Line kThreadedLines[] = {
    {Effort::quick, "threads", "N N 64 64 64"},     {Effort::quick, "threads", "N N 100 100 100"},
    {Effort::quick, "threads", "N N 128 128 128"},  {Effort::quick, "threads", "N N 180 180 180"},
    {Effort::normal, "threads", "N N 256 256 256"}, {Effort::normal, "threads", "N T 8 1024 1024"},
    {Effort::full, "threads", "N N 80 80 80"},      {Effort::full, "threads", "T N 150 150 150"},
};

char complex_of(char type) { return type == 's' ? 'c' : 'z'; }
bool belongs(char type, char to) { return type == to || type == complex_of(to); }

Shape shape_of(const Line& line, char type, bool threaded) {
  std::string text = line.text;
  const std::string complex = "complex ";
  const bool is_complex = text.rfind(complex, 0) == 0;
  if (is_complex) text.erase(0, complex.size());
  return {bench::parse_problem(std::string(1, is_complex ? complex_of(type) : type) + "gemm " + text), line.group, 1,
          threaded};
}

}  // namespace

std::vector<Shape> default_shapes(char type, Effort effort) {
  std::vector<Shape> shapes;
  for (const Line& line : kLines)
    if (line.least <= effort) shapes.push_back(shape_of(line, type, false));
  for (const Line& line : kThreadedLines)
    if (line.least <= effort) shapes.push_back(shape_of(line, type, true));
  return shapes;
}

std::vector<Shape> shapes_of_file(const std::string& path, char type) {
  std::vector<Shape> shapes;
  for (const bench::Problem& problem : bench::read_problems(path))
    if (belongs(problem.type, type)) shapes.push_back({problem, "yours", 1, false});
  return shapes;
}

std::vector<Shape> shapes_of_trace(const std::string& path, char type) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::map<std::string, double> seconds;  // problem line -> time
  double total = 0;
  for (std::string text; std::getline(in, text);) {
    const std::size_t at = text.find("tessera: gemm ");
    if (at == std::string::npos) continue;
    std::istringstream words(text.substr(at));
    std::string word, name;
    words >> word >> word >> name;
    std::map<std::string, std::string> field;
    while (words >> word)
      if (const std::size_t equals = word.find('='); equals != std::string::npos)
        field[word.substr(0, equals)] = word.substr(equals + 1);
    const std::string types = "sdcz", names[] = {"f32", "f64", "c32", "c64"};
    const auto letter = std::find(std::begin(names), std::end(names), name) - std::begin(names);
    // Nothing was multiplied: no peak. A log that was cut off in a line lacks its last fields too.
    if (letter == 4 || field["peak"].empty() || field["us"].empty() || !belongs(types[letter], type)) continue;
    const bool row = field["c"] != "c";
    const auto op = [&](const std::string& layout) {
      const bool across = layout[0] == (row ? 'c' : 'r');
      return !across ? 'N' : layout.back() == '*' ? 'C' : 'T';
    };
    if (field["a"].empty() || field["b"].empty()) continue;
    const std::string line = std::string(1, types[letter]) + "gemm " + op(field["a"]) + ' ' + op(field["b"]) + ' ' +
                             field["m"] + ' ' + field["n"] + ' ' + field["k"] +
                             (field["beta"] == "0" ? "" : " beta=1") + (row ? "" : " layout=col");
    const double time = std::stod(field["us"]) * 1e-6;
    seconds[line] += time;
    total += time;
  }
  std::vector<std::pair<std::string, double>> order(seconds.begin(), seconds.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<Shape> shapes;
  double seen = 0;
  for (const auto& [line, time] : order) {
    if (seen >= 0.9 * total) break;
    seen += time;
    shapes.push_back({bench::parse_problem(line), "traced", time, false});
  }
  return shapes;
}

}  // namespace tessera::tune
