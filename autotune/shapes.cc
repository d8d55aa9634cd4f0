#include "autotune/shapes.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "conv_problem.h"
#include "int8_problem.h"
#include "problem.h"

namespace tessera::tune {
namespace {

struct Line {
  Effort least;
  const char* group;
  const char* text;  // of products of real numbers: without type and routine; "complex " stands for the complex type
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

// Layers of networks with weights that are packed once, plain products, language models, small ones.
constexpr Line kInt8Lines[] = {
    {Effort::quick, "layers", "u8s8 3136 64 576 packed"},
    {Effort::quick, "layers", "u8s8 784 512 128 packed"},
    {Effort::normal, "layers", "u8s8 196 256 2304 packed"},
    {Effort::normal, "layers", "u8s8 49 2048 512 packed"},
    {Effort::full, "layers", "u8s8 12544 64 147 packed"},
    {Effort::full, "layers", "u8s8 3136 256 64 packed"},
    {Effort::full, "layers", "u8s8 784 128 1152 packed"},
    {Effort::quick, "large", "u8s8 1024 1024 1024"},
    {Effort::normal, "large", "u8s8 2048 2048 2048 packed"},
    {Effort::full, "large", "s8s8 1024 1024 1024"},
    {Effort::quick, "middle", "u8s8 512 512 512"},
    {Effort::normal, "middle", "u8s8 784 256 256 packed"},
    {Effort::full, "middle", "u8s8 255 257 253"},
    {Effort::quick, "tokens", "u8s8 1 4096 4096 packed"},
    {Effort::quick, "tokens", "u8s8 32 2048 2048 packed"},
    {Effort::normal, "tokens", "u8s8 8 4096 4096 packed"},
    {Effort::normal, "tokens", "u8s8 128 4096 4096 packed"},
    {Effort::full, "tokens", "u8s8 16 11008 4096 packed"},
    {Effort::quick, "unpacked", "u8s8 16 2048 2048"},
    {Effort::normal, "unpacked", "u8s8 196 1024 256"},
    {Effort::full, "unpacked", "u8s8 128 4096 4096"},
    {Effort::quick, "small", "u8s8 64 64 64"},
    {Effort::normal, "small", "u8s8 128 128 128 packed"},
    {Effort::full, "small", "u8s8 31 37 41"},
};

constexpr Line kInt8ThreadedLines[] = {
    {Effort::quick, "threads", "u8s8 128 128 128"},         {Effort::quick, "threads", "u8s8 196 196 196"},
    {Effort::quick, "threads", "u8s8 256 256 256"},         {Effort::normal, "threads", "u8s8 49 512 512 packed"},
    {Effort::normal, "threads", "u8s8 784 128 128 packed"}, {Effort::full, "threads", "u8s8 320 320 320"},
    {Effort::full, "threads", "u8s8 784 512 512 packed"},
};

// Layers of ResNet-50, SqueezeNet, MobileNets and tiny-YOLO; each is tuned for in both layouts.
constexpr Line kConvLines[] = {
    {Effort::quick, "first", "conv 3 224 224 64 7 2 pad=3"},
    {Effort::normal, "first", "conv 3 224 224 32 3 2 pad=1"},
    {Effort::full, "first", "conv 3 416 416 16 3 1 pad=1"},
    {Effort::quick, "3x3", "conv 64 56 56 64 3 1 pad=1"},
    {Effort::quick, "3x3", "conv 512 7 7 512 3 1 pad=1"},
    {Effort::normal, "3x3", "conv 128 28 28 128 3 1 pad=1"},
    {Effort::normal, "3x3", "conv 256 14 14 256 3 1 pad=1"},
    {Effort::quick, "few channels", "conv 16 55 55 64 3 1 pad=1"},
    {Effort::normal, "few channels", "conv 32 27 27 128 3 1 pad=1"},
    {Effort::normal, "few channels", "conv 48 13 13 192 3 1 pad=1"},
    {Effort::normal, "few channels", "conv 16 208 208 32 3 1 pad=1"},
    {Effort::full, "few channels", "conv 32 104 104 64 3 1 pad=1"},
    {Effort::quick, "stride", "conv 128 56 56 128 3 2 pad=1"},
    {Effort::full, "stride", "conv 256 56 56 512 1 2"},
    {Effort::quick, "1x1", "conv 64 56 56 256 1 1"},
    {Effort::normal, "1x1", "conv 512 14 14 512 1 1"},
    {Effort::normal, "1x1", "conv 16 112 112 96 1 1"},
    {Effort::full, "1x1", "conv 64 55 55 16 1 1"},
    {Effort::full, "1x1", "conv 2048 7 7 512 1 1"},
    {Effort::normal, "depthwise", "conv 144 56 56 144 3 1 pad=1 groups=144"},
    {Effort::full, "depthwise", "conv 512 14 14 512 3 1 pad=1 groups=512"},
};

constexpr Line kThreadPartLines[] = {
    {Effort::quick, "level1", "ddot 40000"},       {Effort::quick, "level1", "ddot 100000"},
    {Effort::normal, "level1", "ddot 60000"},      {Effort::normal, "level1", "ddot 200000"},
    {Effort::full, "level1", "sdot 120000"},       {Effort::quick, "level2", "dgemv N 300 300"},
    {Effort::quick, "level2", "dgemv T 600 600"},  {Effort::normal, "level2", "dgemv T 420 420"},
    {Effort::normal, "level2", "dgemv N 850 850"}, {Effort::full, "level2", "sgemv N 600 600"},
};

char letter_of(Part part) { return part == Part::f64 ? 'd' : 's'; }
char complex_of(char type) { return type == 's' ? 'c' : 'z'; }

std::string text_of(const Line& line, Part part) {
  if (part != Part::f32 && part != Part::f64) return line.text;
  const char type = letter_of(part);
  std::string text = line.text;
  const std::string complex = "complex ";
  const bool is_complex = text.rfind(complex, 0) == 0;
  if (is_complex) text.erase(0, complex.size());
  return std::string(1, is_complex ? complex_of(type) : type) + "gemm " + text;
}

}  // namespace

Part parse_line(std::string& line) {
  line = line.substr(0, line.find('#'));
  std::istringstream words(line);
  std::string first;
  words >> first;
  if (first == "u8s8" || first == "s8s8") {
    line = bench::parse_int8_problem(line).line();
    return Part::int8;
  }
  if (first == "conv") {
    const std::string option = " layout=";
    const std::size_t at = line.find(option);
    const std::string layout = at == std::string::npos ? "nchw" : line.substr(at + option.size(), 4);
    if (layout != "nchw" && layout != "nhwc") throw std::invalid_argument("a layout is nchw or nhwc");
    if (at != std::string::npos) line.erase(at, option.size() + layout.size());
    bench::ConvProblem p = bench::parse_conv_problem(line);
    p.count = 1;
    line = p.line() + option + layout;
    return Part::conv;
  }
  const std::string routine = first.empty() ? "" : first.substr(1);
  if (routine == "dot" || routine == "gemv") {
    const bool real = first[0] == 's' || first[0] == 'd';
    std::string op, rest;
    long m = 1, n = 0;
    if (routine == "gemv") words >> op >> m;
    const bool good =
        real && (routine == "dot" || op == "N" || op == "T") && words >> n && m > 0 && n > 0 && !(words >> rest);
    if (!good) throw std::invalid_argument("wants: {s,d}dot n, {s,d}gemv N|T m n, not '" + line + "'");
    line = first + (routine == "gemv" ? ' ' + op + ' ' + std::to_string(m) : "") + ' ' + std::to_string(n);
    return Part::threads;
  }
  const bench::Problem problem = bench::parse_problem(line);
  line = problem.line();
  return problem.is_single() ? Part::f32 : Part::f64;
}

std::vector<Shape> default_shapes(Part part, Effort effort) {
  std::vector<Shape> shapes;
  const auto add = [&](const auto& lines, bool threaded) {
    for (const Line& given : lines) {
      if (given.least > effort) continue;
      for (const char* layout : {" layout=nchw", " layout=nhwc"}) {
        std::string line = text_of(given, part) + (part == Part::conv ? layout : "");
        parse_line(line);
        shapes.push_back({line, given.group, 1, threaded});
        if (part != Part::conv) break;
      }
    }
  };
  if (part == Part::int8) {
    add(kInt8Lines, false);
    add(kInt8ThreadedLines, true);
  } else if (part == Part::conv) {
    add(kConvLines, false);
  } else if (part == Part::threads) {
    add(kThreadPartLines, true);
  } else {
    add(kLines, false);
    add(kThreadedLines, true);
  }
  return shapes;
}

std::vector<Shape> shapes_of_file(const std::string& path, Part part) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<Shape> shapes;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      if (parse_line(line) == part) shapes.push_back({line, "yours", 1, part == Part::threads});
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return shapes;
}

namespace {

// The fields of one line of the log; "" for what it lacks.
using Fields = std::map<std::string, std::string>;

// The problem that a line tells of: empty when it is none of these, or the line was cut off.
std::string line_of_gemm(const std::string& type, Fields& field) {
  const std::string types[] = {"f32", "f64", "c32", "c64"};
  const auto letter = std::find(std::begin(types), std::end(types), type) - std::begin(types);
  // Where nothing was multiplied there is no rate.
  if (field["a"].empty() || field["b"].empty() || field["gflops"].empty()) return {};
  if (type == "s32")
    return "u8s8 " + field["m"] + ' ' + field["n"] + ' ' + field["k"] + (field["b"] == "p" ? " packed" : "");
  if (letter == 4) return {};
  const bool row = field["c"] != "c";
  const auto op = [&](const std::string& layout) {
    const bool across = layout[0] == (row ? 'c' : 'r');
    return !across ? 'N' : layout.back() == '*' ? 'C' : 'T';
  };
  return std::string(1, "sdcz"[letter]) + "gemm " + op(field["a"]) + ' ' + op(field["b"]) + ' ' + field["m"] + ' ' +
         field["n"] + ' ' + field["k"] + (field["beta"] == "0" ? "" : " beta=1") + (row ? "" : " layout=col");
}

// Square kernels and strides alone, as the lines have them, of one image.
std::string line_of_conv(const std::string& type, Fields& field) {
  const auto square = [&](const char* name, int& value) {
    int other = 0;
    return std::sscanf(field[name].c_str(), "%dx%d", &value, &other) == 2 && (value == other || name[0] == 'o');
  };
  int kernel = 0, stride = 0, out = 0;
  if (type != "f32" || !square("kernel", kernel) || !square("stride", stride) || !square("out", out)) return {};
  if (!field["dilation"].empty() || !field["transposed"].empty()) return {};
  const int missing = (out - 1) * stride + kernel - std::atoi(field["h"].c_str());
  return "conv " + field["c"] + ' ' + field["h"] + ' ' + field["w"] + ' ' + field["k"] + ' ' + std::to_string(kernel) +
         ' ' + std::to_string(stride) + (missing > 0 ? " pad=" + std::to_string((missing + 1) / 2) : "") +
         (field["groups"].empty() ? "" : " groups=" + field["groups"]) + " layout=" + field["layout"];
}

}  // namespace

std::vector<Shape> shapes_of_trace(const std::string& path, Part part) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::map<std::string, double> seconds;  // by line
  double total = 0;
  for (std::string text; std::getline(in, text);) {
    const std::size_t at = text.find("tessera: ");
    if (at == std::string::npos) continue;
    std::istringstream words(text.substr(at));
    std::string word, what, type;
    words >> word >> what >> type;
    Fields field;
    while (words >> word)
      if (const std::size_t equals = word.find('='); equals != std::string::npos)
        field[word.substr(0, equals)] = word.substr(equals + 1);
    if (field["us"].empty()) continue;
    std::string line = what == "gemm" ? line_of_gemm(type, field) : what == "conv" ? line_of_conv(type, field) : "";
    if (line.empty() || parse_line(line) != part) continue;
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
    shapes.push_back({line, "traced", time, false});
  }
  return shapes;
}

}  // namespace tessera::tune
