#!/usr/bin/python3
"""Draws runs of `bench_gemm --compare --json` as one small picture for a page, as SVG:

    bench/summary.py run.json [more.json ...] > docs/speed.svg

A row for each set. Left, a dot for each shape: its speed over the best other library's for that very shape, on a
logarithmic axis, and a line at the geometric mean. Right, the share of the machine's peak: this library's, and as an
outline the best other's of each shape, geometric means.
"""
import argparse
import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

LABEL, STRIP, SHARE, ROW, TOP, BOTTOM, GAP = 190, 400, 130, 26, 44, 30, 20
LEAST, MOST = 0.5, 4.0  # of the axis; what lies beyond is drawn at its end
GOOD, POOR, PALE = "#2a7f3f", "#c0392b", "#8a8a8a"


def mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def rows(runs):
    """(label, ratios, our share of the peak, the best peers' share) of each set that has ratios."""
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
            yield label, [p["ratio"] for p in compared], mean(ours), mean(best)


def across(ratio):
    inside = min(max(ratio, LEAST), MOST)
    return LABEL + STRIP * math.log(inside / LEAST) / math.log(MOST / LEAST)


def text(x, y, words, anchor="start", color="#333"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{color}">{escape(words)}</text>'


def draw(sets, machine):
    width, height = LABEL + STRIP + GAP + SHARE + 50, TOP + ROW * len(sets) + BOTTOM
    share_at = LABEL + STRIP + GAP
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
           f'font-size="11">', f'<rect width="{width}" height="{height}" fill="white"/>',
           text(LABEL, 16, "speed / the best other library's, a dot for each shape"), text(share_at, 16, "share of peak"),
           text(8, height - 8, machine, color=PALE)]
    for ratio in (0.5, 0.7, 1, 1.4, 2, 3, 4):
        x, strong = across(ratio), ratio == 1
        svg.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{height - BOTTOM}" '
                   f'stroke="{"#333" if strong else "#ddd"}"/>')
        svg.append(text(x, TOP - 12, f"{ratio:g}", "middle", "#333" if strong else PALE))
    for i, (label, ratios, ours, best) in enumerate(sets):
        y = TOP + ROW * i + ROW / 2
        svg.append(text(LABEL - 10, y + 4, label, "end"))
        for ratio in sorted(ratios):
            svg.append(f'<circle cx="{across(ratio):.1f}" cy="{y:.1f}" r="2.5" fill="{GOOD if ratio >= 1 else POOR}" '
                       f'fill-opacity="0.5"/>')
        x = across(mean(ratios))
        svg.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 9:.1f}" y2="{y + 9:.1f}" stroke="black" stroke-width="2"/>')
        if not math.isnan(ours):
            svg.append(f'<rect x="{share_at}" y="{y - 6:.1f}" width="{SHARE * ours:.1f}" height="12" fill="{GOOD}" '
                       f'fill-opacity="0.7"/>')
            svg.append(text(share_at + SHARE + 6, y + 4, f"{100 * ours:.0f} %"))
        if not math.isnan(best):
            svg.append(f'<rect x="{share_at}" y="{y - 6:.1f}" width="{SHARE * best:.1f}" height="12" fill="none" '
                       f'stroke="#333"/>')
    svg.append(f'<rect x="{share_at}" y="{TOP - 8}" width="{SHARE}" height="{height - BOTTOM - TOP + 8}" fill="none" '
               f'stroke="#ddd"/>')
    svg.append("</svg>")
    return "\n".join(svg)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=pathlib.Path)
    runs = [json.loads(file.read_text()) for file in parser.parse_args().runs]
    sets = list(rows(runs))
    if not sets:
        sys.exit("no set in which another library took part")
    print(draw(sets, runs[0]["machine"]["cpu"]))


if __name__ == "__main__":
    main()
