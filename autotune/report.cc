#include "autotune/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

namespace tessera::tune {
namespace {

using Point = std::vector<int>;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  return out;
}

std::string print(const char* format, double value) {
  char text[40];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string percent(double log_gain) { return print("%+.1f %%", 100 * std::expm1(log_gain)); }

constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#667;--line:#d5d9e0;--back:#fff;--before:#b9c2cf;--after:#2f6fb2}
@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--dim:#98a2b0;--line:#39414c;--back:#15181c;--before:#4b5563;--after:#5aa0e6}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:1080px;margin:2em auto;padding:0 1em}
h1{font-size:1.5em}h2{margin-top:2em;border-bottom:1px solid var(--line)}h3{font-size:1em;margin:1.4em 0 .4em}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.15em .7em;text-align:right;white-space:nowrap}
th{color:var(--dim);font-weight:normal}td:first-child,th:first-child{text-align:left}tr+tr td{border-top:1px solid var(--line)}
.wide{overflow-x:auto}.maps{display:flex;flex-wrap:wrap;gap:2.5em}.dim{color:var(--dim)}code{font-size:.92em}
.map td{border:1px solid var(--back);text-align:center;padding:.3em .5em;min-width:3.2em;color:#111}.map th{padding:.3em .5em}
.map td.none{color:var(--dim);background:none}.map td.best{outline:2px solid var(--ink);outline-offset:-2px;font-weight:bold}
.bar{position:relative;height:.55em;width:16em;background:var(--line)}.bar i{position:absolute;left:0;height:100%;background:var(--before)}
.bar i+i{background:var(--after);height:45%;top:55%}
)css";

// Red below 0, white at 0, green above.
std::string colour(double gain, double least, double most) {
  const double x = gain >= 0 ? (most > 0 ? gain / most : 0) : (least < 0 ? -gain / least : 0);
  const double t = std::clamp(std::abs(x), 0.0, 1.0);
  const auto mix = [t](int to) { return static_cast<int>(245 + (to - 245) * t); };
  char text[40];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", x < 0 ? mix(222) : mix(84), x < 0 ? mix(110) : mix(176),
                x < 0 ? mix(98) : mix(112));
  return text;
}

struct Section {
  Json head;  // kind section
  std::vector<Json> trials, confirmations;
  Json peers = Json::object();

  std::string text(std::size_t dimension, int index) const {
    return head["dimensions"][dimension]["values"][static_cast<std::size_t>(index)].get<std::string>();
  }
  std::string name(std::size_t dimension) const { return head["dimensions"][dimension]["name"].get<std::string>(); }
};

struct Value {
  double gain, noise;
};

// Every point's gain over the seed: that of the incumbent it was compared with and what was measured.
std::map<Point, Value> values_of(const Section& s) {
  std::map<Point, Value> values;
  values[s.head["seed"].get<Point>()] = {0, 0};
  for (const Json& t : s.trials) {
    const auto from = values.find(t["incumbent"].get<Point>());
    if (from == values.end()) continue;
    values[t["point"].get<Point>()] = {from->second.gain + t["gain"].get<double>(), t["noise"].get<double>()};
  }
  return values;
}

Point winner_of(const Section& s) {
  for (auto c = s.confirmations.rbegin(); c != s.confirmations.rend(); ++c)
    if ((*c)["better"].get<bool>()) return (*c)["point"].get<Point>();
  return s.head["seed"].get<Point>();
}

void heat_map(const Section& s, const std::string& row, const std::string& column, std::string& out) {
  const std::size_t count = s.head["dimensions"].size();
  std::size_t r = count, c = count;
  for (std::size_t d = 0; d < count; ++d) {
    if (s.name(d) == row) r = d;
    if (s.name(d) == column) c = d;
  }
  if (r == count || c == count) return;
  const Point best = winner_of(s);
  const std::map<Point, Value> values = values_of(s);
  // Of points that differ elsewhere the best counts: what the pair can reach as far as is known.
  std::map<std::pair<int, int>, Value> cells;
  double least = 0, most = 0;
  for (const auto& [point, value] : values) {
    const std::pair<int, int> at{point[r], point[c]};
    const auto known = cells.find(at);
    if (known == cells.end() || known->second.gain < value.gain) cells[at] = value;
  }
  for (const auto& [at, value] : cells) {
    least = std::min(least, value.gain);
    most = std::max(most, value.gain);
  }
  if (cells.size() < 4) return;
  out += "<div><h3>" + escaped(row) + " &times; " + escaped(column) +
         "</h3><div class=wide><table class=map><tr><th></th>";
  const int rows = static_cast<int>(s.head["dimensions"][r]["values"].size());
  const int columns = static_cast<int>(s.head["dimensions"][c]["values"].size());
  for (int x = 0; x < columns; ++x) out += "<th>" + escaped(s.text(c, x)) + "</th>";
  for (int y = 0; y < rows; ++y) {
    std::string line;
    bool any = false;
    for (int x = 0; x < columns; ++x) {
      const auto cell = cells.find({y, x});
      if (cell == cells.end()) {
        line += "<td class=none>&middot;</td>";
        continue;
      }
      any = true;
      line += std::string("<td class=") + (best[r] == y && best[c] == x ? "best" : "cell") +
              " style=background:" + colour(cell->second.gain, least, most) + " title=\"noise " +
              print("%.2f %%", 100 * cell->second.noise) + "\">" + print("%+.1f", 100 * std::expm1(cell->second.gain)) +
              "</td>";
    }
    if (any) out += "</tr><tr><th>" + escaped(s.text(r, y)) + "</th>" + line;
  }
  out += "</tr></table></div></div>\n";
}

void shapes_table(const Section& s, std::string& out) {
  if (s.confirmations.empty()) return;
  const Json& record = s.confirmations.back();
  const double peak = s.head["peak"].get<double>();
  std::set<std::string> peers;
  if (s.peers.contains("peers"))
    for (const auto& [name, times] : s.peers["peers"].items()) peers.insert(name);
  out +=
      "<div class=wide><table><tr><th>shape</th><th>group</th><th>before</th><th>after</th><th>gain</th><th>noise</th>"
      "<th>of peak</th><th>before and after, of peak</th>";
  for (const std::string& peer : peers) out += "<th>" + escaped(peer) + "</th>";
  out += "</tr>\n";
  for (const Json& shape : record["shapes"]) {
    const double flops = shape["flops"].get<double>(), before = flops / shape["before"].get<double>() * 1e-9,
                 after = flops / shape["after"].get<double>() * 1e-9, whole = peak * shape["threads"].get<int>(),
                 width = whole > 0 ? 100 / whole : 0;
    const std::string line = shape["line"].get<std::string>();
    const double gain = shape["gain"].get<double>();
    out += "<tr title=\"" + escaped(shape["plan"].get<std::string>()) + "\"><td><code>" + escaped(line) +
           "</code></td><td>" + escaped(shape["group"].get<std::string>()) + "</td><td>" + print("%.1f", before) +
           "</td><td>" + print("%.1f", after) + "</td><td>" + (gain == 0 ? "same plan" : percent(gain)) + "</td><td>" +
           (shape.contains("noise") ? print("%.1f %%", 100 * shape["noise"].get<double>()) : "") + "</td><td>" +
           (whole > 0 ? print("%.0f %%", 100 * after / whole) : "") +
           "</td><td><div class=bar><i style=width:" + print("%.1f%%", std::min(100.0, before * width)) +
           "></i><i style=width:" + print("%.1f%%", std::min(100.0, after * width)) + "></i></div></td>";
    for (const std::string& peer : peers) {
      const Json& times = s.peers["peers"][peer];
      out += "<td>" + (times.contains(line) ? print("%.2f", times[line].get<double>()) : "") + "</td>";
    }
    out += "</tr>\n";
  }
  out +=
      "</table></div><p class=dim>Before and after in GFLOP/s; peak is one core's measured on panels in its first "
      "cache, times the threads. Calls on several threads are half of them calls that find the workers asleep. A "
      "library's column is its time over Tessera's after tuning: above 1 Tessera is "
      "faster. A row's plan is shown when the pointer rests on it.</p>\n";
}

void chosen(const Section& s, std::string& out) {
  const Point seed = s.head["seed"].get<Point>(), best = winner_of(s);
  const std::map<Point, Value> values = values_of(s);
  std::string rows;
  for (std::size_t d = 0; d < seed.size(); ++d) {
    if (seed[d] == best[d]) continue;
    // What the comparison that moved this coordinate said, and how the neighbours did.
    std::string why, others;
    for (const Json& t : s.trials) {
      const Point from = t["incumbent"].get<Point>(), to = t["point"].get<Point>();
      if (!t["better"].get<bool>() || from[d] == to[d] || to[d] != best[d]) continue;
      why = percent(t["gain"].get<double>()) + " over " + s.text(d, from[d]) + " (noise " +
            print("%.1f %%", 100 * t["noise"].get<double>()) + ", " + std::to_string(t["rounds"].get<int>()) +
            " rounds)";
    }
    for (int v = 0; v < static_cast<int>(s.head["dimensions"][d]["values"].size()); ++v) {
      Point p = best;
      p[d] = v;
      const auto known = values.find(p);
      if (v == best[d] || known == values.end()) continue;
      others += (others.empty() ? "" : ", ") + s.text(d, v) + ' ' + percent(known->second.gain - values.at(best).gain);
    }
    rows += "<tr><td>" + escaped(s.name(d)) + "</td><td>" + escaped(s.text(d, seed[d])) + "</td><td>" +
            escaped(s.text(d, best[d])) + "</td><td>" + escaped(why) + "</td><td>" + escaped(others) + "</td></tr>\n";
  }
  if (rows.empty()) {
    out += "<p>Nothing was confirmed to be better than the defaults: they stay.</p>\n";
    return;
  }
  out +=
      "<div class=wide><table><tr><th>field</th><th>was</th><th>is</th><th>when it was chosen</th><th>against it, at "
      "the "
      "end</th></tr>\n" +
      rows + "</table></div>\n";
}

}  // namespace

std::string html_report(const std::vector<Json>& records) {
  Json head = Json::object(), end;
  std::vector<std::string> order;
  std::map<std::string, Section> sections;
  for (const Json& r : records) {
    const std::string kind = r["kind"].get<std::string>();
    if (kind == "begin") head = r;
    if (kind == "end") end = r;
    if (!r.contains("section")) continue;
    const std::string name = r["section"].get<std::string>();
    Section& s = sections[name];
    if (kind == "section") {
      if (s.head.is_null()) order.push_back(name);
      s.head = r;
    }
    if (kind == "trial") s.trials.push_back(r);
    if (kind == "confirm") s.confirmations.push_back(r);
    if (kind == "peers") s.peers = r;
  }
  std::string out =
      "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">"
      "<title>Tessera tuning report</title><style>" +
      std::string(kStyle) + "</style>\n<h1>Tessera tuning report</h1>\n";
  if (head.contains("head")) {
    const Json& h = head["head"];
    const Json& cpu = h["cpu"];
    const auto kib = [&](const char* level) { return print("%.0f KiB", cpu[level].get<double>() / 1024); };
    out += "<p>" + escaped(cpu["name"].get<std::string>()) + " <span class=dim>(" +
           escaped(cpu["vendor"].get<std::string>()) + " family " + std::to_string(cpu["family"].get<int>()) +
           " model " + std::to_string(cpu["model"].get<int>()) + ")</span>, L1 " + kib("l1d") + ", L2 " + kib("l2") +
           ", L3 " + kib("l3") + ", " + std::to_string(h["threads"].get<int>()) + " threads. Tessera " +
           escaped(h["library"].get<std::string>()) + ", begun " + escaped(head["created"].get<std::string>());
    if (!end.is_null())
      out += ", " + print("%.0f s", end["seconds"].get<double>()) +
             (end["interrupted"].get<bool>() ? ", interrupted" : "");
    out += ".</p>\n";
  }
  for (const std::string& name : order) {
    const Section& s = sections[name];
    out += "<h2>" + escaped(name) + "</h2>\n<p>";
    if (!s.confirmations.empty()) {
      const Json& c = s.confirmations.back();
      out += c["better"].get<bool>() ? "<b>" + percent(c["gain"].get<double>()) + "</b> on the whole, noise " +
                                           print("%.2f %%", 100 * c["noise"].get<double>()) + ", measured anew in " +
                                           std::to_string(c["rounds"].get<int>()) + " rounds. "
                                     : "The defaults stay. ";
    }
    out += std::to_string(s.trials.size()) + " comparisons";
    if (s.head.contains("derived")) {
      out += "; derived from the caches:";
      for (const auto& [block, size] : s.head["derived"].items())
        out += ' ' + block + ' ' + std::to_string(size.get<long long>());
    }
    if (s.head["peak"].get<double>() > 0)
      out += "; peak of a core " + print("%.1f GFLOP/s", s.head["peak"].get<double>());
    if (!s.confirmations.empty() && s.confirmations.back()["disturbed"].get<int>() > 0)
      out += "; " + std::to_string(s.confirmations.back()["disturbed"].get<int>()) +
             " times the machine was found busy or throttled";
    out += ".</p>\n<h3>What was chosen</h3>\n";
    chosen(s, out);
    out += "<h3>Shapes</h3>\n";
    shapes_table(s, out);
    std::string maps;
    heat_map(s, "kc", "mc", maps);
    heat_map(s, "kernel", "prefetch_a", maps);
    heat_map(s, "serial_below", "small_madds", maps);
    heat_map(s, "winograd_share", "transform", maps);
    if (!maps.empty())
      out +=
          "<p class=dim>Gain over the start in per cent, at the best known choice of the rest. Framed: chosen. A dot: "
          "not tried.</p><div class=maps>" +
          maps + "</div>\n";
  }
  return out + "</html>\n";
}

}  // namespace tessera::tune
