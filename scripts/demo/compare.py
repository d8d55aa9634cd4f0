"""Runs the same numpy program on the machine's BLAS and on Tessera, in turns, and compares times and results.

usage: compare.py <libblas.so.3> <output folder>
Exits with 1 when results disagree or when a run was not served by the library it should have been.
"""
import glob
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import workload

HERE = os.path.dirname(os.path.abspath(__file__))
MOST_ROUNDS, FEWEST_ROUNDS = 9, 3
SECONDS_PER_THREAD_COUNT = 45
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "MKL_NUM_THREADS",
                    "TESSERA_NUM_THREADS")


def system_libblas():
    listing = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
    for line in listing.splitlines():
        if line.strip().startswith("libblas.so.3 "):
            return os.path.realpath(line.split("=>")[1].strip())
    return None


def reference_lapack():
    """The folder of the LAPACK that works on any BLAS: OpenBLAS's brings its own."""
    found = glob.glob("/usr/lib/*/lapack/liblapack.so.3")
    return os.path.dirname(found[0]) if found else None


def environments(library):
    """How to start the program on either library; for Tessera the mildest way that lets numpy be imported. Both have the
    reference LAPACK, so that only what is under it differs."""
    clean = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "LD_PRELOAD")}
    behind, lapack = system_libblas(), reference_lapack()
    if lapack:
        clean["LD_LIBRARY_PATH"] = lapack
    ours = os.path.dirname(library)
    ways = [("LD_LIBRARY_PATH=" + ours, {"LD_LIBRARY_PATH": f"{ours}:{lapack}" if lapack else ours}),
            ("LD_PRELOAD=" + library, {"LD_PRELOAD": library})]
    if behind:
        ways.append((f"LD_PRELOAD={library}, and behind it {behind} for the routines that LAPACK needs beside these",
                     {"LD_PRELOAD": f"{library}:{behind}"}))
    for description, extra in ways:
        environment = {**clean, **extra}
        if subprocess.run([sys.executable, "-c", "import numpy"], env=environment, capture_output=True).returncode == 0:
            return clean, environment, description
    sys.exit(f"numpy cannot be imported with {library}")


class Worker:
    """The program on one library. It is stopped whenever it has nothing to do: idle threads of some libraries spin for a
    tenth of a second, on the cores where the other library is being measured."""

    def __init__(self, environment, threads):
        environment = {**environment, **{name: str(threads) for name in THREAD_VARIABLES}}
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "worker.py")], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.send_signal(signal.SIGSTOP)

    def ask(self, *words):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        self.process.send_signal(signal.SIGSTOP)
        if not answer:
            sys.exit(f"the program ended during {' '.join(words)}, exit code {self.process.wait()}")
        return json.loads(answer)

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


def difference(name, system, tessera):
    """(largest relative difference, whether it is within rounding, remark)."""
    eps = np.finfo(system.dtype).eps
    if name != "search":
        largest = np.abs(system - tessera).max() / np.abs(system).max()
        return float(largest), bool(largest <= eps * workload.JOBS[name].depth), ""
    indices, scores = system
    other_indices, other_scores = tessera
    largest = float(np.abs(scores - other_scores).max())
    # Two documents may change places when their scores are the same up to rounding.
    same = indices == other_indices
    tied = np.abs(scores - other_scores) <= 4 * np.finfo(np.float32).eps
    remark = f"top {workload.TOP} same for {int(same.all(axis=1).sum())} of {len(same)} queries"
    if not same.all():
        remark += f", {int((~same).sum())} places swapped by ties"
    return largest, bool((same | tied).all()), remark


def compare(threads, clean, environment, library, scratch):
    workers = {"system": Worker(clean, threads), "tessera": Worker(environment, threads)}
    served = {which: worker.ask("library") for which, worker in workers.items()}
    rows = []
    for name, job in workload.JOBS.items():
        paths = {}
        for which, worker in workers.items():
            worker.ask("warm", name)
            paths[which] = os.path.join(scratch, f"{name}_{which}.npy")
            worker.ask("keep", name, paths[which])
        largest, agrees, remark = difference(name, np.load(paths["system"]), np.load(paths["tessera"]))
        rows.append({"job": name, "title": job.title, "threads": threads, "difference": largest, "agrees": agrees,
                     "remark": remark, "system": [], "tessera": []})
    begin = time.monotonic()
    for turn in range(MOST_ROUNDS):
        if turn >= FEWEST_ROUNDS and time.monotonic() - begin > SECONDS_PER_THREAD_COUNT * turn / (turn + 1):
            break
        for row in rows:
            for which in ("system", "tessera")[::1 if turn % 2 == 0 else -1]:
                row[which].append(workers[which].ask("time", row["job"])["seconds"])
        print(f"  round {turn + 1}", end="\r", file=sys.stderr, flush=True)
    for row in rows:
        row["rounds"] = len(row["system"])
        for which in workers:
            row[which] = statistics.median(row[which])
        row["ratio"] = row["system"] / row["tessera"]
    for worker in workers.values():
        worker.close()
    return served, rows


def print_table(rows, threads):
    print(f"\n{threads} thread{'s' * (threads > 1)}, median of {rows[0]['rounds']} rounds in turns; "
          "ratio above 1: Tessera is faster")
    print(f"{'job':44} {'system BLAS':>12} {'Tessera':>12} {'ratio':>7}  {'difference':>10}  agreement")
    for row in rows:
        verdict = "yes" if row["agrees"] else "NO"
        print(f"{row['title']:44} {row['system'] * 1e3:9.2f} ms {row['tessera'] * 1e3:9.2f} ms {row['ratio']:7.2f}  "
              f"{row['difference']:10.1e}  {verdict}{', ' + row['remark'] if row['remark'] else ''}")
    print(f"{'geometric mean':44} {'':12} {'':12} {statistics.geometric_mean(r['ratio'] for r in rows):7.2f}")


def plot(tables, names, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    titles = [row["title"] for row in next(iter(tables.values()))]
    y = np.arange(len(titles))[::-1]
    figure, axes = plt.subplots(1, len(tables), figsize=(7 + 4.5 * len(tables), 0.42 * len(titles) + 1.9), sharey=True)
    for axis, (threads, rows) in zip(np.atleast_1d(axes), tables.items()):
        axis.barh(y + 0.2, [row["system"] * 1e3 for row in rows], 0.38, color="#8a94a6", label=names[0])
        axis.barh(y - 0.2, [row["tessera"] * 1e3 for row in rows], 0.38, color="#c8553d", label=names[1])
        for at, row in zip(y, rows):
            axis.annotate(f"{row['ratio']:.2f}x", (max(row["system"], row["tessera"]) * 1e3, at), (4, 0),
                          textcoords="offset points", va="center", fontsize=9)
        axis.set_xscale("log")
        axis.set_xlim(right=axis.get_xlim()[1] * 2)
        axis.set_xlabel("time per run, ms (logarithmic)")
        axis.set_yticks(y, titles)
        axis.set_title(f"{threads} thread{'s' * (threads > 1)}")
        axis.grid(axis="x", alpha=0.3)
        axis.set_axisbelow(True)
    handles, labels = np.atleast_1d(axes)[0].get_legend_handles_labels()
    figure.suptitle("The same numpy program on two libraries; at the bars: system time / Tessera time")
    figure.legend(handles, labels, loc="lower center", ncol=2, frameon=False)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    figure.savefig(path, dpi=120)


def show_search(texts, result):
    """What the search found for two of the queries, and how many found the paragraph that they are half of."""
    data = np.load(texts)
    indices = np.load(result)[0].astype(int)
    hits = np.mean([own in row for own, row in zip(data["chosen"], indices)])
    print(f"\nThe search: {len(data['texts'])} paragraphs from {len(set(data['paths']))} files of this machine; "
          f"{hits:.0%} of {len(indices)} half paragraphs found their whole.")
    for q in (len(indices) // 3, 2 * len(indices) // 3):
        print(f"  query  ...{data['asked'][q][:88]}...")
        for rank in range(3):
            document = indices[q][rank]
            print(f"    {rank + 1}. {data['texts'][document][:70]}... ({data['paths'][document]})")


def main():
    library, out = os.path.realpath(sys.argv[1]), sys.argv[2]
    os.makedirs(out, exist_ok=True)
    clean, environment, description = environments(library)
    texts = os.path.join(out, "demo_texts.npz")
    subprocess.run([sys.executable, os.path.join(HERE, "texts.py"), texts], env=clean, check=True)
    for e in (clean, environment):
        e["DEMO_TEXTS"] = texts
    print("Tessera is given to the program by", description)

    cpus = len(os.sched_getaffinity(0))
    tables, failures = {}, []
    with tempfile.TemporaryDirectory() as scratch:
        for threads in sorted({1, cpus}):
            served, tables[threads] = compare(threads, clean, environment, library, scratch)
            print_table(tables[threads], threads)
        show_search(texts, os.path.join(scratch, "search_tessera.npy"))

    print("\nWho served cblas_sgemm, from each process's own /proc/self/maps:")
    for which, answer in served.items():
        print(f"  {which:8} {answer['map']}")
    if os.path.realpath(served["tessera"]["file"]) != library:
        failures.append(f"the Tessera run was served by {served['tessera']['file']}")
    if os.path.realpath(served["system"]["file"]) == library:
        failures.append("the system run was served by Tessera")
    failures += [f"{row['title']}, {row['threads']} threads: results differ by {row['difference']:.1e} {row['remark']}"
                 for rows in tables.values() for row in rows if not row["agrees"]]

    with open(os.path.join(out, "demo.json"), "w") as f:
        json.dump({"served": served, "tables": tables}, f, indent=1)
    plot(tables, (f"system: {served['system']['file']}", "Tessera"), os.path.join(out, "demo.png"))
    print(f"\nWritten: {os.path.join(out, 'demo.png')}, {os.path.join(out, 'demo.json')}")
    for failure in failures:
        print("FAILED:", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
