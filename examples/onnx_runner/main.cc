// Runs an ONNX model: times it, says where the time goes, compares what it computes.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "engine.h"
#include "profile.h"
#ifdef ONNX_RUNNER_READS_PICTURES
#include "support/image.h"
#endif

namespace {

using namespace onnx_runner;

constexpr char kUsage[] =
    "onnx_runner MODEL.onnx [options]\n"
    "  --shape NAME=1x3x224x224   sizes of an input that the model leaves open (1 where nothing is said)\n"
    "  --raw NAME=FILE            an input's elements, as they are in memory; else they are random, the same every "
    "time\n"
    "  --threads N                by default what TESSERA_NUM_THREADS says, or all CPUs\n"
    "  --repeat N                 runs that are timed, after one that is not; by default 10\n"
    "  --profile [FILE.svg]       time, GFLOP/s and share of peak of each layer, and a picture of it\n"
    "  --dump DIR                 writes every output's elements to DIR/NAME.bin\n"
    "  --check DIR                input_0.pb... and output_0.pb... as ONNX's test data has them: runs these and "
    "compares\n"
    "  --no-fuse                  a layer for each node\n"
    "  --measure                  times the algorithms of fp32 convolutions, which a rule chooses among otherwise\n";

struct Arguments {
  std::string model, picture, profile_file, dump, check;
  std::vector<std::pair<std::string, std::string>> shapes, raw;
  Options options;
  int repeat = 10;
};

[[noreturn]] void usage(const std::string& what) {
  std::fprintf(stderr, "onnx_runner: %s\n%s", what.c_str(), kUsage);
  std::exit(2);
}

std::pair<std::string, std::string> named(const std::string& argument) {
  const std::size_t equals = argument.rfind('=');
  if (equals == std::string::npos) usage("'" + argument + "' has no '='");
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

Arguments parse(int argc, char** argv) {
  Arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&] {
      if (i + 1 >= argc) usage(word + " needs something behind it");
      return std::string(argv[++i]);
    };
    const auto number = [&] {
      const int n = std::atoi(next().c_str());
      if (n < 1) usage(word + " needs a number above 0");
      return n;
    };
    if (word == "--threads") {
      a.options.threads = number();
    } else if (word == "--repeat") {
      a.repeat = number();
    } else if (word == "--shape") {
      a.shapes.push_back(named(next()));
    } else if (word == "--input") {
      a.picture = next();
      if (a.picture == "random") a.picture.clear();
    } else if (word == "--raw") {
      a.raw.push_back(named(next()));
    } else if (word == "--dump") {
      a.dump = next();
    } else if (word == "--check") {
      a.check = next();
    } else if (word == "--no-fuse") {
      a.options.fuse = false;
    } else if (word == "--measure") {
      a.options.measure = true;
    } else if (word == "--profile") {
      a.options.profile = true;
      if (i + 1 < argc && std::string(argv[i + 1]).ends_with(".svg")) a.profile_file = argv[++i];
    } else if (word == "--help") {
      std::fputs(kUsage, stdout);
      std::exit(0);
    } else if (word.starts_with("-") || !a.model.empty()) {
      usage("'" + word + "' is not known");
    } else {
      a.model = word;
    }
  }
  if (a.model.empty()) usage("no model");
  return a;
}

Dims parse_dims(const std::string& text) {
  Dims dims;
  for (const char* p = text.c_str(); *p != '\0';) {
    char* end = nullptr;
    dims.push_back(std::strtoll(p, &end, 10));
    if (end == p || dims.back() < 1) usage("'" + text + "' are no sizes");
    p = *end == 'x' ? end + 1 : end;
  }
  return dims;
}

// Numbers in [-1, 1) for f32, small ones for integers.
void fill(Tensor& t) {
  std::uint64_t state = 88172645463325252u;
  const auto next = [&] {  // xorshift64, Marsaglia 2003
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 40;  // 24 bits
  };
  for (Index i = 0; i < t.count(); ++i) {
    if (t.type() == Type::kF32) {
      t.data<float>()[i] = static_cast<float>(next()) / 8388608.0f - 1.0f;
    } else {
      t.bytes()[static_cast<std::size_t>(i) * size_of(t.type())] = static_cast<std::byte>(next() & 1);
    }
  }
}

void read_raw(const std::string& path, Tensor& t) {
  std::ifstream in(path, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(t.bytes()), static_cast<std::streamsize>(t.size_in_bytes())) || in.peek() != EOF)
    throw Error(path + ": not a file of " + std::to_string(t.size_in_bytes()) + " bytes");
}

// Into an f32 image of three channels.
void read_picture(const std::string& path, Tensor& t) {
  const Dims& dims = t.dims();
  if (t.type() != Type::kF32 || dims.size() != 4 || dims[0] != 1 || dims[1] != 3)
    throw Error("the first input, " + to_string(dims) + ", is no picture");
#ifdef ONNX_RUNNER_READS_PICTURES
  support::to_planes(support::read_image(path), static_cast<int>(dims[2]), static_cast<int>(dims[3]),
                     support::kImageNet, t.data<float>());
#else
  throw Error(path + ": built without libpng and libjpeg");
#endif
}

Tensors make_inputs(const Model& model, const Arguments& a) {
  Tensors inputs;
  for (const Port& port : model.inputs()) {
    Dims dims = port.dims;
    for (Index& d : dims) d = d < 0 ? 1 : d;
    for (const auto& [name, text] : a.shapes)
      if (name == port.name) dims = parse_dims(text);
    Tensor t(port.type, dims);
    fill(t);
    if (!a.picture.empty() && &port == &model.inputs().front()) read_picture(a.picture, t);
    for (const auto& [name, file] : a.raw)
      if (name == port.name) read_raw(file, t);
    inputs.emplace(port.name, std::move(t));
  }
  return inputs;
}

void print_output(const std::string& name, const Tensor& t) {
  std::printf("%s: %s %s", name.c_str(), name_of(t.type()), to_string(t.dims()).c_str());
  if (t.type() != Type::kF32 || t.count() == 0) {
    std::printf("\n");
    return;
  }
  const float* const p = t.data<float>();
  double squares = 0;
  for (Index i = 0; i < t.count(); ++i) squares += static_cast<double>(p[i]) * p[i];
  std::printf(", from %.5g to %.5g, root mean square %.5g\n", static_cast<double>(*std::min_element(p, p + t.count())),
              static_cast<double>(*std::max_element(p, p + t.count())),
              std::sqrt(squares / static_cast<double>(t.count())));
  if (t.dims().size() != 2) return;
  std::vector<Index> best(static_cast<std::size_t>(t.dims()[1]));
  for (std::size_t i = 0; i < best.size(); ++i) best[i] = static_cast<Index>(i);
  const std::size_t top = std::min<std::size_t>(best.size(), 5);
  std::partial_sort(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(top), best.end(),
                    [&](Index i, Index j) { return p[i] > p[j]; });
  for (std::size_t i = 0; i < top; ++i)
    std::printf("  class %4lld: %.5g\n", static_cast<long long>(best[i]), static_cast<double>(p[best[i]]));
}

// The largest difference as a share of the largest element, and of how many; more than 1 for another type or shape.
double difference(const Tensor& got, const Tensor& want) {
  if (got.type() != want.type() || got.dims() != want.dims()) return 2;
  if (got.type() != Type::kF32) return std::memcmp(got.bytes(), want.bytes(), got.size_in_bytes()) == 0 ? 0 : 1;
  double largest = 0, off = 0;
  for (Index i = 0; i < want.count(); ++i) {
    const double w = want.data<float>()[i], g = got.data<float>()[i];
    largest = std::max(largest, std::fabs(w));
    if (!(g == w || (std::isnan(g) && std::isnan(w)))) off = std::max(off, std::isnan(g - w) ? 1e30 : std::fabs(g - w));
  }
  return off > 0 ? off / std::max(largest, 1e-30) : 0;
}

int check(Model& model, const std::string& directory) {
  const auto numbered = [&](const char* what, std::size_t i) {
    return directory + "/" + what + "_" + std::to_string(i) + ".pb";
  };
  Tensors inputs;
  for (std::size_t i = 0; i < model.inputs().size(); ++i)
    inputs.emplace(model.inputs()[i].name, read_tensor(numbered("input", i)));
  const Tensors outputs = model.run(inputs);
  constexpr double kTolerance = 1e-3;  // ONNX's own, relative
  bool good = true;
  for (std::size_t i = 0; i < model.outputs().size(); ++i) {
    const std::string& name = model.outputs()[i].name;
    const double off = difference(outputs.at(name), read_tensor(numbered("output", i)));
    std::printf("%s: off by %.2g of the largest element\n", name.c_str(), off);
    good &= off <= kTolerance;
  }
  std::printf("%s\n", good ? "agrees" : "does not agree");
  return good ? 0 : 1;
}

// The most memory this process has had, in MB; 0 where the system does not say.
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atof(line.c_str() + 6) * 1024e-6;
  return 0;
}

int run(const Arguments& a) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  Clock::time_point start = Clock::now();
  Model model(a.model, a.options);
  if (!a.check.empty()) return check(model, a.check);
  const Tensors inputs = make_inputs(model, a);
  const Tensors outputs = model.run(inputs);
  std::printf("read, planned and run once in %.1f ms; activations take %.1f MB\n", since(start) * 1e3,
              static_cast<double>(model.activation_bytes()) * 1e-6);
  for (const auto& [name, t] : outputs) print_output(name, t);
  if (!a.dump.empty()) {
    for (const auto& [name, t] : outputs) {
      std::ofstream file(std::filesystem::path(a.dump) / (name + ".bin"), std::ios::binary);
      file.write(reinterpret_cast<const char*>(t.bytes()), static_cast<std::streamsize>(t.size_in_bytes()));
      if (!file) throw Error(a.dump + ": cannot be written to");
    }
  }
  std::vector<double> seconds;
  for (int i = 0; i < a.repeat; ++i) {
    start = Clock::now();
    model.run(inputs);
    seconds.push_back(since(start));
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("%d runs: median %.3f ms, fastest %.3f ms\n", a.repeat, seconds[seconds.size() / 2] * 1e3,
              seconds[0] * 1e3);
  if (const double memory = peak_memory(); memory > 0) std::printf("peak of memory: %.1f MB\n", memory);
  if (!a.options.profile) return 0;
  const double peak = measure_peak(a.options.threads);
  std::printf("\npeak of tsr_gemm_f32 in cache: %.1f GFLOP/s\n\n%s", peak * 1e-9,
              profile_table(model.profile(), peak).c_str());
  if (!a.profile_file.empty()) {
    std::ofstream file(a.profile_file);
    file << profile_svg(model.profile(), peak, std::filesystem::path(a.model).stem().string());
    if (!file) throw Error(a.profile_file + ": cannot be written");
    std::printf("\n%s written\n", a.profile_file.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  try {
    return run(arguments);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "onnx_runner: %s\n", e.what());
    return 1;
  }
}
