#!/usr/bin/python3
"""Instructions that a whole call executes, Tessera's beside those of Debian's OpenBLAS, BLIS and XNNPACK for AArch64.

    bench/instructions/instructions.py [--build build/aarch64] [--cpu neoverse-n1] [M N K ...]

Every program runs on one thread under qemu's user mode with the plugin count.c. What is counted is the third call less the
second, so loading, choosing kernels and packing weights are not in it. The table has instructions for each multiply-add of
four floats, the least that a product can need with vectors of 128 bits: 1.00 for floats, 0.25 for bytes with dot products.

Wants the library (preset aarch64, targets tessera and blas), Debian's cross compiler (g++-aarch64-linux-gnu), qemu-user and
apt-get, which loads the peers' arm64 packages into the build folder and installs nothing. Exit status 77: something is
missing.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SYSTEM = pathlib.Path("/usr/aarch64-linux-gnu")
PACKAGES = ["libopenblas0-pthread", "libblis4-pthread", "libxnnpack0", "libpthreadpool0", "libcpuinfo0", "libgfortran5",
            "libgomp1"]
# Squares and, of ResNet-50 and MobileNetV1 as matrix products (bench/problems/im2col.txt), one of each kind.
PROBLEMS = [(64, 64, 64), (128, 128, 128), (256, 256, 256), (64, 3136, 64), (64, 3136, 576), (256, 3136, 64),
            (128, 784, 1152), (512, 784, 128), (256, 196, 1024), (1024, 196, 256), (512, 49, 2048), (64, 12544, 32)]
# Column, library, routine of call.c.
COLUMNS = [("sgemm", "tessera_blas", "sgemm"), ("OpenBLAS", "openblas", "sgemm"), ("BLIS", "blis", "sgemm"),
           ("packed", "tessera", "f32"), ("XNNPACK", "xnnpack", "xnn_f32"), ("int8", "tessera", "q8"),
           ("XNNPACK8", "xnnpack", "xnn_qs8")]


def skip(reason):
    print(f"instructions: skipped: {reason}")
    sys.exit(77)


def fetch_peers(folder):
    """Unpacks Debian's packages in `folder`/root, with lists and a cache of their own."""
    root = folder / "root"
    if root.exists():
        return root
    for part in ("lists/partial", "cache/archives/partial", "debs"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    apt = ["apt-get", "-qq", "-o", "APT::Architecture=arm64", "-o", f"Dir::State::lists={folder / 'lists'}",
           "-o", f"Dir::Cache={folder / 'cache'}", "-o", "Dir::State::status=/dev/null", "-o", "Debug::NoLocking=1"]
    if subprocess.run(apt + ["update"]).returncode or subprocess.run(apt + ["download"] + PACKAGES,
                                                                    cwd=folder / "debs").returncode:
        skip("apt-get could not load the arm64 packages of the other libraries")
    unpacked = folder / "unpacked"
    for package in sorted((folder / "debs").glob("*.deb")):
        subprocess.run(["dpkg", "-x", package, unpacked], check=True)
    unpacked.rename(root)
    return root


def build(out):
    """The plugin for this machine, the program for AArch64."""
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", HERE / "count.c", "-o", out / "count.so"],
                   check=True)
    subprocess.run(["aarch64-linux-gnu-gcc", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'include'}", HERE / "call.c",
                    "-o", out / "call", "-ldl"], check=True)


class Counter:
    def __init__(self, out, libraries, cpu, search):
        self.out, self.libraries, self.cpu, self.search = out, libraries, cpu, search

    def run(self, library, routine, problem, times):
        with tempfile.NamedTemporaryFile(dir=self.out) as result:
            guest = {"LD_LIBRARY_PATH": self.search, "OPENBLAS_NUM_THREADS": "1", "BLIS_NUM_THREADS": "1",
                     "TESSERA_NUM_THREADS": "1"}
            command = ["qemu-aarch64", "-cpu", self.cpu, "-L", SYSTEM, "-plugin", f"{self.out / 'count.so'},out={result.name}"]
            for name, value in guest.items():
                command += ["-E", f"{name}={value}"]
            # A coretype that the host has set for its own library is none of AArch64's.
            environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
            subprocess.run(command + [self.out / "call", self.libraries[library], routine, *map(str, problem), str(times)],
                           check=True, env=environment)
            return int(pathlib.Path(result.name).read_text())

    def per_call(self, library, routine, problem):
        return self.run(library, routine, problem, 3) - self.run(library, routine, problem, 2)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--build", default=ROOT / "build/aarch64", type=pathlib.Path)
    arguments.add_argument("--cpu", default="neoverse-n1", help="qemu's name of it")
    arguments.add_argument("sizes", nargs="*", type=int, metavar="M N K")
    given = arguments.parse_args()
    if len(given.sizes) % 3:
        arguments.error("sizes come in threes")
    problems = list(zip(*[iter(given.sizes)] * 3)) or PROBLEMS
    for tool in ("cc", "aarch64-linux-gnu-gcc", "qemu-aarch64", "apt-get", "dpkg"):
        shutil.which(tool) or skip(f"no {tool}")
    out = given.build.resolve() / "instructions"
    library = given.build.resolve() / "lib"
    if not (library / "libtessera.so").exists() or not (library / "libblas.so.3").exists():
        skip(f"{library} has no libtessera.so and libblas.so.3: build the targets tessera and blas of the preset aarch64")
    out.mkdir(exist_ok=True)
    peers = fetch_peers(out) / "usr/lib/aarch64-linux-gnu"
    build(out)
    libraries = {"tessera": library / "libtessera.so", "tessera_blas": library / "libblas.so.3",
                 "openblas": peers / "openblas-pthread/libopenblas.so.0", "blis": peers / "blis-pthread/libblis.so.4",
                 "xnnpack": peers / "libXNNPACK.so.0"}
    counter = Counter(out, libraries, given.cpu, f"{peers}:{peers / 'blis-pthread'}")

    print(f"instructions / (m n k / 4), {given.cpu}")
    print(f"{'m':>5} {'n':>6} {'k':>5} " + " ".join(f"{name:>9}" for name, _, _ in COLUMNS) + f" {'int8/sgemm':>11}")
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        rows = [(problem, [pool.submit(counter.per_call, which, routine, problem) for _, which, routine in COLUMNS])
                for problem in problems]
        for (m, n, k), counts in rows:
            work = m * n * k / 4
            values = [count.result() / work for count in counts]
            print(f"{m:5} {n:6} {k:5} " + " ".join(f"{value:9.2f}" for value in values) + f" {values[5] / values[0]:11.2f}",
                  flush=True)


if __name__ == "__main__":
    main()
