#!/usr/bin/python3
"""Draws what `bench_gemm --compare --json` wrote: one picture per set.

    bench/plot.py run.json [more.json ...] [--out DIRECTORY]

Upper panel: GFLOP/s of every library, and the roof of each problem; its top is the machine's FMA peak.
Lower panel: how many times faster Tessera is than the best peer of each problem, and the geometric mean.
"""
import argparse
import json
import math
import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

COLORS = ["#d62728", "#1f77b4", "#2ca02c", "#ff7f0e", "#9467bd", "#8c564b", "#17becf", "#7f7f7f"]


def label(problem):
    words = problem["line"].split()
    return f"{words[1]}{words[2]} {'x'.join(words[3:6])} {' '.join(words[6:])}".strip()


def draw(run, bench_set, path):
    problems = bench_set["problems"]
    libraries = [library["name"] for library in run["libraries"]]
    xs = range(len(problems))
    figure, (speed, ratio) = plt.subplots(
        2, 1, sharex=True, figsize=(max(8.0, 2 + 0.28 * len(problems)), 9), height_ratios=[2, 1], layout="constrained")

    speed.plot(xs, [p["roof_gflops"] for p in problems], color="black", linestyle="none", marker="_", markersize=9,
               label="roof")
    for color, name in zip(COLORS * 9, libraries):
        values = [p.get("results", {}).get(name, {}).get("gflops", math.nan) for p in problems]
        if all(map(math.isnan, values)):
            continue
        ours = name == "tessera"
        speed.plot(xs, values, color=color, linewidth=2 if ours else 1, marker="o", markersize=5 if ours else 3,
                   label=name, zorder=3 if ours else 2)
    threads = run["run"]["threads"]
    speed.set_ylim(0, bench_set["peak_gflops"])
    speed.set_ylabel(f"GFLOP/s (top: measured FMA peak, {bench_set['peak_gflops']:.0f})")
    isa = f", held to {run['run']['isa']}" if run["run"]["isa"] else ""
    speed.set_title(f"{bench_set['name']}: {bench_set['routine']}, {threads} thread{'s' * (threads > 1)}{isa}, "
                    f"{run['machine']['cpu']}")
    speed.legend(loc="best", fontsize=8)
    speed.grid(axis="y", alpha=0.3)

    with_ratio = [(x, p["ratio"]) for x, p in zip(xs, problems) if "ratio" in p]
    if with_ratio:
        ratio.bar([x for x, _ in with_ratio], [r for _, r in with_ratio],
                  color=["#2ca02c" if r >= 1 else "#d62728" for _, r in with_ratio])
        mean = bench_set["ratio_geomean"]
        ratio.axhline(mean, color="black", linestyle="--", linewidth=1, label=f"geometric mean {mean:.3f}")
        ratio.legend(loc="best", fontsize=8)
    ratio.axhline(1, color="black", linewidth=0.8)
    ratio.set_ylabel("speed / best peer's")
    ratio.grid(axis="y", alpha=0.3)
    ratio.set_xticks(list(xs), [label(p) for p in problems], rotation=90, fontsize=7)
    ratio.set_xlim(-0.7, len(problems) - 0.3)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for file in args.runs:
        run = json.loads(file.read_text())
        for bench_set in run["sets"]:
            path = args.out / f"{file.stem}_{bench_set['name']}_{bench_set['type']}.png"
            draw(run, bench_set, path)
            print(path)


if __name__ == "__main__":
    main()
