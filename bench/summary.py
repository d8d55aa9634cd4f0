#!/usr/bin/python3
"""Sums up runs of `bench_gemm --compare --json`: a table in Markdown on standard output, and a picture for the page.

    bench/summary.py run.json [more.json ...] [--svg docs/speed.svg]

A row for each set. Left in the picture, a dot for each shape: its speed over the best other library's for that very
shape, on a logarithmic axis, and a line at the geometric mean. Right, the share of the machine's peak: this library's, and
as an outline the best other's of each shape, geometric means. Its colours are those of the reader's light or dark page.
"""
import argparse
import json
import math
import pathlib
import re
import sys
from xml.sax.saxutils import escape

LABEL, STRIP, SHARE, ROW, TOP, BOTTOM, GAP = 190, 400, 130, 26, 44, 30, 20
LEAST, MOST = 0.5, 4.0  # of the axis; what lies beyond is drawn at its end
STYLE = """<style>
.page { fill: #fff } .ink { fill: #333 } .pale { fill: #767676 } .line { stroke: #333 } .grid { stroke: #ddd }
.good { fill: #2a7f3f } .poor { fill: #c0392b } .mean { stroke: #000; stroke-width: 2 } .none { fill: none }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117 } .ink { fill: #ccc } .pale { fill: #8b949e } .line { stroke: #ccc } .grid { stroke: #30363d }
.good { fill: #3fb950 } .poor { fill: #f85149 } .mean { stroke: #fff } }
</style>"""


def mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def rows(runs):
    """(label, set, ratios, our share of the peak, the best peers' share) of each set that has ratios."""
    for run in runs:
        threads, isa = run["run"]["threads"], run["run"]["isa"]
        for bench_set in run["sets"]:
            compared = [p for p in bench_set["problems"] if "ratio" in p]
            if not compared:
                continue
            ours = [p["results"]["tessera"]["of_peak"] for p in compared if "of_peak" in p["results"]["tessera"]]
            best = [p["results"][p["best_peer"]]["of_peak"] for p in compared
                    if "of_peak" in p["results"][p["best_peer"]]]
            label = f"{bench_set['routine']} {bench_set['name']}"
            label += f", {threads} threads" if threads > 1 else ""
            label += f", {isa}" if isa else ""
            yield label, bench_set["name"], [p["ratio"] for p in compared], mean(ours), mean(best)


def describe(name):
    """What the first line of a set's file says of it, up to the details."""
    file = pathlib.Path(__file__).parent / "problems" / f"{name}.txt"
    said = re.match(r"# ([^:.]*)", file.read_text()) if file.exists() else None
    return f": {said[1][0].lower()}{said[1][1:]}" if said else ""


def table(sets):
    lines = ["| set (shapes) | ratio | lowest | share of peak, ours and the best others' |", "|---|---|---|---|"]
    for label, name, ratios, ours, best in sets:
        share = "" if math.isnan(ours) or math.isnan(best) else f"{100 * ours:.0f} %, {100 * best:.0f} %"
        lines.append(f"| {label}{describe(name)} ({len(ratios)}) | {mean(ratios):.2f} | {min(ratios):.2f} | {share} |")
    return "\n".join(lines)


def across(ratio):
    inside = min(max(ratio, LEAST), MOST)
    return LABEL + STRIP * math.log(inside / LEAST) / math.log(MOST / LEAST)


def text(x, y, words, anchor="start", kind="ink"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'


def draw(sets, machine):
    width, height = LABEL + STRIP + GAP + SHARE + 50, TOP + ROW * len(sets) + BOTTOM
    share_at = LABEL + STRIP + GAP
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
           f'font-family="sans-serif" font-size="11">', STYLE, f'<rect width="{width}" height="{height}" class="page"/>',
           text(LABEL, 16, "speed / the best other library's, a dot for each shape"), text(share_at, 16, "share of peak"),
           text(8, height - 8, machine, kind="pale")]
    for ratio in (0.5, 0.7, 1, 1.4, 2, 3, 4):
        x, strong = across(ratio), ratio == 1
        svg.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{height - BOTTOM}" '
                   f'class="{"line" if strong else "grid"}"/>')
        svg.append(text(x, TOP - 12, f"{ratio:g}", "middle", "ink" if strong else "pale"))
    for i, (label, _, ratios, ours, best) in enumerate(sets):
        y = TOP + ROW * i + ROW / 2
        svg.append(text(LABEL - 10, y + 4, label, "end"))
        for ratio in sorted(ratios):
            svg.append(f'<circle cx="{across(ratio):.1f}" cy="{y:.1f}" r="2.5" class="{"good" if ratio >= 1 else "poor"}" '
                       f'fill-opacity="0.5"/>')
        x = across(mean(ratios))
        svg.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 9:.1f}" y2="{y + 9:.1f}" class="mean"/>')
        if not math.isnan(ours):
            svg.append(f'<rect x="{share_at}" y="{y - 6:.1f}" width="{SHARE * ours:.1f}" height="12" class="good" '
                       f'fill-opacity="0.7"/>')
            svg.append(text(share_at + SHARE + 6, y + 4, f"{100 * ours:.0f} %"))
        if not math.isnan(best):
            svg.append(f'<rect x="{share_at}" y="{y - 6:.1f}" width="{SHARE * best:.1f}" height="12" class="none line"/>')
    svg.append(f'<rect x="{share_at}" y="{TOP - 8}" width="{SHARE}" height="{height - BOTTOM - TOP + 8}" class="none grid"/>')
    svg.append("</svg>")
    return "\n".join(svg) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    given = parser.parse_args()
    runs = [json.loads(file.read_text()) for file in given.runs]
    sets = list(rows(runs))
    if not sets:
        sys.exit("no set in which another library took part")
    print(table(sets))
    if given.svg:
        given.svg.write_text(draw(sets, runs[0]["machine"]["cpu"]))


if __name__ == "__main__":
    main()
