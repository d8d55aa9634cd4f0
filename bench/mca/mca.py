#!/usr/bin/python3
"""How near the NEON kernels' inner loops come to what llvm-mca says the multipliers allow.

    bench/mca/mca.py [--mcpu CPU] [--keep DIRECTORY]

The kernels are cross-compiled as an AArch64 Release build does it; --mcpu adds that option to show what tuning for one
processor would change. A kernel's inner loop is then simulated whole, and its multiplications alone: cycles per iteration
of the first, against the reciprocal throughput of the second, which is the bound, and the fullest pipe with its cycles.

What is judged are the kernels that run: out of order the default of each list (its first line), in order the one made for
that. Exit status: 0; 1 when one of them is further above its bound than the processor's limit, or any listed kernel's loop
touches the stack; 77 when a tool is missing, or llvm-mca has no model of a judged processor (1 with TESSERA_EXPECT_MCA
set).
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
# Every source: lanes of a register of C, what multiplies, what the processor must have beside ARMv8.0.
SOURCES = {
    "f32_neon": (4, ("fmla",), ""),
    "f64_neon": (2, ("fmla",), ""),
    "f32_sve256": (8, ("fmla", "fmad"), "+sve"),
    "f64_sve256": (4, ("fmla", "fmad"), "+sve"),
    "int8_neon": (4, ("smull", "smull2", "sadalp"), ""),
    "int8_neondot": (4, ("sdot",), "+dotprod"),
    "int8_neoni8mm": (4, ("smmla",), "+i8mm"),
}


class Cpu:
    """`model` is the one that llvm-mca must have (None: whichever), `limit` the highest ratio (None: not judged), `has` of
    what sources ask for, `least` the cycles of a multiplication where the model has too few."""

    def __init__(self, model=None, limit=None, has="", in_order=False, least=0):
        self.model, self.limit, self.has, self.in_order, self.least = model, limit, has, in_order, least


# LLVM 19 has models of N1, V1 and A55. It takes the A57, with half the multipliers, for the A72 and A76, and Cyclone for
# the M1. An A55 has one 128-bit multiply-add a cycle (Arm's optimisation guide), where its model has two: hence `least`,
# cycles for each. Its model, and the A53's, let no load end before an earlier multiply-add, which the processors do; on the
# A53, whose multiply-adds take 10 cycles there, nothing else shows, and nothing is judged.
CPUS = {
    "neoverse-n1": Cpu("N1", 1.05, "+dotprod"),
    "neoverse-v1": Cpu("V1", 1.05, "+dotprod+i8mm+sve"),
    "cortex-a72": Cpu("A57", 1.05),
    "cortex-a76": Cpu("A57", 1.05, "+dotprod"),
    "apple-m1": Cpu("Cy", 1.05, "+dotprod"),
    "cortex-a55": Cpu("CortexA55", 1.10, "+dotprod", in_order=True, least=1),
    "cortex-a53": Cpu(None, None, in_order=True, least=1),
}
RELEASE = ["-std=c++20", "-O3", "-DNDEBUG", "-fPIC", "-fvisibility=hidden",
           "-fvisibility-inlines-hidden", "-ffp-contract=off"]
KERNEL = re.compile(r"\t\.xword\t(\S*(?:6packed|15packed_in_order)ILi(\d+)ELi(\d+)E(?:Li(\d+)E)?E\S*)")
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
    """The assembly of every source."""
    subprocess.run(["cmake", "-D", f"OUT={out}", "-P", ROOT / "bench/mca/sources.cmake"], check=True)
    includes = [f"-I{folder}" for folder in (ROOT / "src", ROOT / "include", out / "include")]

    def compile_source(name):
        flags = RELEASE + (out / f"{name}.flags").read_text().split() + extra
        subprocess.run([compiler, *flags, *includes, "-S", out / f"{name}.cc", "-o", out / f"{name}.s"], check=True)
        return (out / f"{name}.s").read_text().splitlines()

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(SOURCES, pool.map(compile_source, SOURCES)))


def listed_kernels(assembly):
    """(symbol, rows, vectors, unroll; 0: made for cores that issue in order) of every descriptor, in the list's order."""
    begin = next(i for i, line in enumerate(assembly) if line.endswith("8kKernelsE:"))
    for line in assembly[begin + 1:]:
        if LABEL.match(line) or line.startswith("_"):
            return
        if m := KERNEL.match(line):
            yield m[1], int(m[2]), int(m[3]), int(m[4] or 0)


def multiplications(loop, mnemonics):
    return [x for x in loop if x.split()[0] in mnemonics]


def inner_loop(assembly, symbol, mnemonics):
    """The innermost loop that multiplies most, and how many of its instructions access the stack."""
    begin = assembly.index(f"{symbol}:")
    end = next(i for i in range(begin, len(assembly)) if assembly[i].startswith("\t.size\t"))
    body = assembly[begin + 1:end]
    stack = {"sp"}
    for line in body:
        if m := re.match(r"\t(?:mov|add|sub|addvl|addpl)\t(x\d+), sp\b", line):
            stack.add(m[1])
    label_at, loops = None, []
    for i, line in enumerate(body):
        if m := LABEL.match(line):
            label_at = (m[1], i)
        elif (m := JUMP.match(line)) and label_at and m[1] == label_at[0]:
            loops.append([x for x in body[label_at[1] + 1:i + 1] if re.match(r"\t[a-z]", x)])
    if not loops:
        sys.exit(f"mca: {symbol}: no inner loop")
    loop = max(loops, key=lambda x: len(multiplications(x, mnemonics)))
    bases = re.compile(r"\[(?:" + "|".join(stack) + r")\b")
    return loop, sum(bool(bases.search(x)) for x in loop)


def simulate(mca, cpu, instructions, iterations=200):
    command = [mca, "-mtriple=aarch64-linux-gnu", f"-mcpu={cpu}", "-mattr=+dotprod,+i8mm,+sve", f"-iterations={iterations}",
               "-json"]
    return json.loads(subprocess.run(command, input="\n".join(instructions) + "\n", capture_output=True, text=True,
                                     check=True).stdout)


def model_of(result):
    return result["TargetInfo"]["Resources"][0].split("Unit")[0]


def cycles_of(result):
    return result["CodeRegions"][0]["SummaryView"]["TotalCycles"]


def fullest_pipe(result, instructions):
    """Name of the pipe that is busiest, and for how many cycles of an iteration."""
    names = result["TargetInfo"]["Resources"]
    total = {x["ResourceIndex"]: x["ResourceUsage"]
             for x in result["CodeRegions"][0]["ResourcePressureView"]["ResourcePressureInfo"]
             if x["InstructionIndex"] == instructions}
    index, usage = max(total.items(), key=lambda x: x[1])
    return re.sub(r"\W", "", names[index].split("Unit")[-1]), usage


def judge(mca, name, cpu, loop, mnemonics):
    """Prints how the loop fares on a processor; the ratio of its cycles to the bound."""
    long, short = simulate(mca, cpu, loop, 400), simulate(mca, cpu, loop, 200)
    cycles = (cycles_of(long) - cycles_of(short)) / 200
    work = multiplications(loop, mnemonics)
    bound = simulate(mca, cpu, work)["CodeRegions"][0]["SummaryView"]["BlockRThroughput"]
    bound = max(bound, CPUS[cpu].least * len(work))
    pipe, usage = fullest_pipe(long, len(loop))
    print(f"{name:26} {cpu:12} {model_of(long):10} {len(work):5} {cycles:8.2f} {bound:7.2f} {cycles / bound:6.3f} "
          f"{pipe:>12} {usage:7.2f}")
    return cycles / bound


def report(compiler, mca, out, extra):
    for cpu, processor in CPUS.items():
        found = model_of(simulate(mca, cpu, ["fmla v0.4s, v1.4s, v2.s[0]"]))
        if processor.model not in (None, found):
            skip(f"{os.path.basename(mca)} has no model of {cpu}, it takes {found} (Debian: llvm-19)")
    kernels = compile_kernels(compiler, out, extra)
    print(f"{os.path.basename(compiler)} {' '.join(RELEASE + extra)}; {os.path.basename(mca)}")
    print(f"{'kernel':26} {'processor':12} {'model':10} {'mults':>5} {'cycles':>8} {'bound':>7} {'ratio':>6} "
          f"{'fullest pipe':>12} {'cycles':>7}")
    faults = []
    for source, assembly in kernels.items():
        lanes, mnemonics, needs = SOURCES[source]
        listed = list(listed_kernels(assembly))
        for i, (symbol, rows, vectors, unroll) in enumerate(listed):
            in_order = unroll == 0
            name = f"{source}_{rows}x{vectors * lanes}_" + ("inorder" if in_order else f"u{unroll}")
            loop, stack = inner_loop(assembly, symbol, mnemonics)
            if stack:
                faults.append(f"{name}: {stack} stack accesses in the inner loop")
            for cpu, processor in CPUS.items():
                if needs not in processor.has or (i != 0 and not in_order):
                    continue
                ratio = judge(mca, name, cpu, loop, mnemonics)
                runs = in_order == processor.in_order
                if runs and processor.limit and ratio > processor.limit:
                    faults.append(f"{name}: {ratio:.3f} times its bound on {cpu}")
        if not listed:
            faults.append(f"{source}: no kernels found")
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
