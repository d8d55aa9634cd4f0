#include "profile.h"

#include <tessera/gemm.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

namespace onnx_runner {
namespace {

double median(std::vector<double> seconds) {
  if (seconds.empty()) return 0;
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

double total_of(const std::vector<LayerProfile>& layers) {
  double total = 0;
  for (const LayerProfile& p : layers) total += median(p.runs);
  return total;
}

// "Conv+Relu" of "Conv+BatchNormalization+Relu": norms and scales have gone into weights.
std::string short_op(const LayerProfile& p, std::size_t width) {
  return p.op.size() <= width ? p.op : p.op.substr(0, width - 1) + "~";
}

template <class... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  char line[512];
  std::snprintf(line, sizeof line, pattern, arguments...);
  return line;
}

std::string escaped(const std::string& s) {
  std::string e;
  for (const char c : s) {
    if (c == '<') {
      e += "&lt;";
    } else if (c == '>') {
      e += "&gt;";
    } else if (c == '&') {
      e += "&amp;";
    } else {
      e += c;
    }
  }
  return e;
}

}  // namespace

double measure_peak(int threads) {
  constexpr Index kSize = 384;  // A, B and C are 1.7 MB
  Tensor a(Type::kF32, {kSize, kSize}), b(Type::kF32, {kSize, kSize}), c(Type::kF32, {kSize, kSize});
  std::fill_n(a.data<float>(), a.count(), 0.5f);
  std::fill_n(b.data<float>(), b.count(), 0.25f);
  tsr_context* context = nullptr;
  if (tsr_context_create(&context) != TSR_OK || tsr_context_set_num_threads(context, threads) != TSR_OK) return 0;
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    tsr_gemm_f32(context, kSize, kSize, kSize, 1, a.data<float>(), kSize, 1, b.data<float>(), kSize, 1, 0,
                 c.data<float>(), kSize, 1);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 2.0 * kSize * kSize * kSize / seconds);
  }
  tsr_context_destroy(context);
  return best;
}

std::string profile_table(const std::vector<LayerProfile>& layers, double peak) {
  const double total = total_of(layers);
  std::string table = format("%-34s %-16s %-12s %10s %6s %9s %8s %6s\n", "layer", "output", "algorithm", "ms", "share",
                             "GFLOP/s", "of peak", "GB/s");
  double operations = 0;
  for (const LayerProfile& p : layers) {
    const double seconds = median(p.runs), rate = seconds > 0 ? p.operations / seconds : 0;
    operations += p.operations;
    table += format("%-34s %-16s %-12s %10.3f %5.1f%%", short_op(p, 34).c_str(), p.shape.c_str(), p.algorithm.c_str(),
                    seconds * 1e3, total > 0 ? 100 * seconds / total : 0);
    table += p.operations > 0 ? format(" %9.1f %7.0f%%", rate * 1e-9, peak > 0 ? 100 * rate / peak : 0)
                              : format(" %9s %8s", "", "");
    table += format(" %6.1f\n", seconds > 0 ? static_cast<double>(p.bytes) / seconds * 1e-9 : 0);
  }
  table +=
      format("%-34s %-16s %-12s %10.3f %6s %9.1f %7.0f%%\n", "all layers", "", "", total * 1e3, "",
             total > 0 ? operations / total * 1e-9 : 0, total > 0 && peak > 0 ? 100 * operations / total / peak : 0);

  // What kinds of layers cost.
  std::map<std::string, std::pair<int, double>> kinds;
  for (const LayerProfile& p : layers) {
    auto& [count, seconds] = kinds[p.op.substr(0, p.op.find('+')) + (p.algorithm.empty() ? "" : " " + p.algorithm)];
    count += 1;
    seconds += median(p.runs);
  }
  std::vector<std::pair<std::string, std::pair<int, double>>> sorted(kinds.begin(), kinds.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.second > b.second.second; });
  table += "\n";
  for (const auto& [kind, cost] : sorted)
    table += format("%4d x %-28s %10.3f ms %5.1f%%\n", cost.first, kind.c_str(), cost.second * 1e3,
                    total > 0 ? 100 * cost.second / total : 0);
  return table;
}

std::string profile_svg(const std::vector<LayerProfile>& layers, double peak, const std::string& title) {
  constexpr int kRow = 16, kTop = 56, kLeft = 360, kBars = 520, kWidth = kLeft + kBars + 110;
  const double total = total_of(layers);
  double longest = 0;
  for (const LayerProfile& p : layers) longest = std::max(longest, median(p.runs));
  const int height = kTop + kRow * static_cast<int>(layers.size()) + 16;
  std::string svg = format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
      "font-size=\"11\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
      kWidth, height);
  svg += format("<text x=\"10\" y=\"20\" font-size=\"15\">%s: %.2f ms</text>\n", escaped(title).c_str(), total * 1e3);
  svg += format(
      "<text x=\"10\" y=\"40\" fill=\"#555\">time of each layer; dark: near the peak of %.0f GFLOP/s; grey: moves "
      "data</text>\n",
      peak * 1e-9);
  int y = kTop;
  for (const LayerProfile& p : layers) {
    const double seconds = median(p.runs), share = seconds > 0 && peak > 0 ? p.operations / seconds / peak : 0;
    const double fill = std::clamp(share, 0.0, 1.0);
    const auto mix = [&](int light, int dark) { return static_cast<int>(light + (dark - light) * fill); };
    const std::string colour =
        p.operations > 0 ? format("rgb(%d,%d,%d)", mix(205, 20), mix(225, 70), mix(245, 140)) : std::string("#bbb");
    svg +=
        format("<text x=\"10\" y=\"%d\">%s</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#555\">%s</text>\n",
               y + 12, escaped(short_op(p, 30)).c_str(), kLeft - 8, y + 12, (p.shape + " " + p.algorithm).c_str());
    const double width = longest > 0 ? kBars * seconds / longest : 0;
    svg += format("<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>", kLeft, y + 2, width, kRow - 4,
                  colour.c_str());
    svg += format("<text x=\"%.1f\" y=\"%d\">%.3f ms", kLeft + width + 4, y + 12, seconds * 1e3);
    if (p.operations > 0) svg += format(", %.0f %%", 100 * share);
    svg += "</text>\n";
    y += kRow;
  }
  return svg + "</svg>\n";
}

}  // namespace onnx_runner
