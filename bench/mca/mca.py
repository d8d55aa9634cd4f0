#!/usr/bin/python3
"""How near the NEON kernels' inner loops come to what llvm-mca says the multipliers allow.

    bench/mca/mca.py [--mcpu CPU] [--keep DIRECTORY]

The kernels are cross-compiled as an AArch64 Release build does it; --mcpu adds that option to show what tuning for one
processor would change. A kernel's inner loop is then simulated whole, and its multiply-adds alone: cycles per iteration
of the first, against the reciprocal throughput of the second, which is the bound.

Exit status: 0; 1 when a default kernel (the first of its list in src/kernel/tiles_neon.h) is more than 5 % above its
bound on a judged processor, or any listed kernel's loop touches the stack; 77 when a tool is missing, or llvm-mca has no
model of a judged processor (1 with TESSERA_EXPECT_MCA set).
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LANES = {"f32": 4, "f64": 2}
# LLVM 19 has models of both. LLVM 16 takes Cortex-A57 and Neoverse N2 in their place, with half the multipliers, and
# loops that would hold the real ones up look perfect.
JUDGED = {"neoverse-n1": "N1", "neoverse-v1": "V1"}
INFORMATIVE = ["cortex-a76", "cortex-a55"]
TOLERANCE = 1.05
RELEASE = ["-std=c++20", "-O3", "-DNDEBUG", "-fPIC", "-fvisibility=hidden",
           "-fvisibility-inlines-hidden", "-ffp-contract=off"]
KERNEL = re.compile(r"\t\.xword\t(\S*6packedILi(\d+)ELi(\d+)ELi(\d+)E\S*)")
LABEL = re.compile(r"(\.L\w+):")
JUMP = re.compile(r"\t(?:b\.?[a-z]{2}|cbn?z|tbn?z)\t.*?(\.L\w+)$")


def skip(reason):
    print(f"mca: {'failed' if os.environ.get('TESSERA_EXPECT_MCA') else 'skipped'}: {reason}")
    sys.exit(1 if os.environ.get("TESSERA_EXPECT_MCA") else 77)


def find_compiler():
    native = os.uname().machine == "aarch64" and shutil.which("g++")
    return native or shutil.which("aarch64-linux-gnu-g++") or skip(
        "no aarch64-linux-gnu-g++ (Debian: g++-aarch64-linux-gnu)")


def find_mca():
    """The newest: models of processors are added and corrected from one version to the next."""
    versions = [int(m[1]) for folder in os.get_exec_path() if os.path.isdir(folder) for name in os.listdir(folder)
                if (m := re.fullmatch(r"llvm-mca-(\d+)", name))]
    return shutil.which(f"llvm-mca-{max(versions)}" if versions else "llvm-mca") or skip(
        "no llvm-mca (Debian: llvm-19)")


def compile_kernels(compiler, out, extra):
    subprocess.run(["cmake", "-D", f"OUT={out}", "-P", ROOT / "bench/mca/sources.cmake"], check=True)
    flags = RELEASE + (out / "flags.txt").read_text().split() + extra
    includes = [f"-I{folder}" for folder in (ROOT / "src", ROOT / "include", out / "include")]

    def compile_type(real):
        subprocess.run([compiler, *flags, *includes, "-S", out / f"{real}.cc", "-o", out / f"{real}.s"], check=True)
        return (out / f"{real}.s").read_text().splitlines()

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(LANES, pool.map(compile_type, LANES))), flags


def listed_kernels(assembly):
    """(symbol, rows, vectors, unroll) of every descriptor, in the order of the list."""
    begin = next(i for i, line in enumerate(assembly) if line.endswith("8kKernelsE:"))
    for line in assembly[begin + 1:]:
        if LABEL.match(line) or line.startswith("_"):
            return
        if m := KERNEL.match(line):
            yield m[1], int(m[2]), int(m[3]), int(m[4])


def inner_loop(assembly, symbol, multiply_adds):
    """The innermost loop with this many multiply-adds, and how many of its instructions access the stack."""
    begin = assembly.index(f"{symbol}:")
    end = next(i for i in range(begin, len(assembly)) if assembly[i].startswith("\t.size\t"))
    body = assembly[begin + 1:end]
    stack = {"sp"}
    for line in body:
        if m := re.match(r"\t(?:mov|add|sub)\t(x\d+), sp\b", line):
            stack.add(m[1])
    label_at, loops = None, []
    for i, line in enumerate(body):
        if m := LABEL.match(line):
            label_at = (m[1], i)
        elif (m := JUMP.match(line)) and label_at and m[1] == label_at[0]:
            loop = [x for x in body[label_at[1] + 1:i + 1] if re.match(r"\t[a-z]", x)]
            if sum(x.startswith("\tfmla\t") for x in loop) == multiply_adds:
                loops.append(loop)
    if len(loops) != 1:
        sys.exit(f"mca: {symbol}: {len(loops)} loops of {multiply_adds} fmla, expected 1")
    bases = re.compile(r"\[(?:" + "|".join(stack) + r")\b")
    return loops[0], sum(bool(bases.search(x)) for x in loops[0])


def simulate(mca, cpu, instructions, iterations=200):
    command = [mca, "-mtriple=aarch64-linux-gnu", f"-mcpu={cpu}", f"-iterations={iterations}", "-json"]
    result = json.loads(subprocess.run(command, input="\n".join(instructions) + "\n", capture_output=True, text=True,
                                       check=True).stdout)
    model = result["TargetInfo"]["Resources"][0].split("Unit")[0]
    return result["CodeRegions"][0]["SummaryView"], model


def measure(mca, cpu, loop):
    """Cycles per iteration in the steady state, the bound of the multiply-adds, the name of the processor's model."""
    long, model = simulate(mca, cpu, loop, 400)
    short, _ = simulate(mca, cpu, loop, 200)
    bound, _ = simulate(mca, cpu, [x for x in loop if x.startswith("\tfmla\t")])
    return (long["TotalCycles"] - short["TotalCycles"]) / 200, bound["BlockRThroughput"], model


def report(compiler, mca, out, extra):
    for cpu, model in JUDGED.items():
        found = simulate(mca, cpu, ["fmla v0.4s, v1.4s, v2.s[0]"])[1]
        if found != model:
            skip(f"{os.path.basename(mca)} has no model of {cpu}, it takes {found} (Debian: llvm-19)")
    kernels, flags = compile_kernels(compiler, out, extra)
    print(f"{os.path.basename(compiler)} {' '.join(flags)}; {os.path.basename(mca)}")
    print(f"{'kernel':24} {'processor':12} {'model':10} {'FMAs':>5} {'cycles':>8} {'bound':>7} {'ratio':>6} {'stack':>6}")
    faults = []
    for real, assembly in kernels.items():
        names = 0
        for symbol, rows, vectors, unroll in listed_kernels(assembly):
            name = f"{real}_{rows}x{vectors * LANES[real]}_u{unroll}" + ("" if names else " default")
            multiply_adds = rows * vectors * unroll
            loop, stack = inner_loop(assembly, symbol, multiply_adds)
            for cpu in [*JUDGED, *([] if names else INFORMATIVE)]:
                cycles, bound, model = measure(mca, cpu, loop)
                print(f"{name:24} {cpu:12} {model:10} {multiply_adds:5} {cycles:8.2f} {bound:7.2f} "
                      f"{cycles / bound:6.3f} {stack:6}")
                if not names and cpu in JUDGED and cycles > TOLERANCE * bound:
                    faults.append(f"{name}: {cycles / bound:.3f} times its bound on {cpu}")
            if stack:
                faults.append(f"{name}: {stack} stack accesses in the inner loop")
            names += 1
        if not names:
            faults.append(f"{real}: no kernels found")
    for fault in faults:
        print(f"FAULT {fault}")
    return 1 if faults else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mcpu", help="compile for this processor, as g++ -mcpu takes it")
    parser.add_argument("--keep", type=pathlib.Path, help="leave the sources and assembly here")
    options = parser.parse_args()
    compiler, mca = find_compiler(), find_mca()
    extra = [f"-mcpu={options.mcpu}"] if options.mcpu else []
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
        return report(compiler, mca, options.keep.resolve(), extra)
    with tempfile.TemporaryDirectory() as out:
        return report(compiler, mca, pathlib.Path(out), extra)


if __name__ == "__main__":
    sys.exit(main())
