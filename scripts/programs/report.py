"""Runs the tests of programs that use a BLAS on the given libblas.so.3 and prints a table.

report.py <libblas.so.3> [<suite>...]: lapack, numpy, scipy, octave, r; all of them by default.

A suite fails when LAPACK's programs find anything; when a test of another program fails that passes on the reference
BLAS (run again on that only if something failed) and is not in KNOWN; or when a routine that the library exports was
served by another one.
"""
import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile

import lapack
import on_library

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"

# (suite, test) -> (how many may fail, why that says nothing about a BLAS).
KNOWN = {
    ("octave", "svd"): (1, "singular values of two drivers near 2.1 must agree to 6 eps, three units in the last place"),
}


def pytest(blas, packages, on_reference):
    command = [PYTHON, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", "-p", "no:warnings", "--pyargs", *packages]
    with tempfile.TemporaryDirectory() as work:
        _, output, served = blas.run(command, on_reference, cwd=work)
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|error|skipped|xfailed)", output.splitlines()[-1])}
    results = {name: (1, 1) for name in re.findall(r"^(?:FAILED|ERROR) (\S+)", output, re.M)}
    results["(passed)"] = (counts.get("passed", 0), 0)
    return results, served, output


def numpy(blas, on_reference):
    return pytest(blas, ["numpy.linalg", "numpy.core.tests.test_einsum", "numpy.core.tests.test_multiarray"], on_reference)


def scipy(blas, on_reference):
    return pytest(blas, ["scipy.linalg", "scipy.sparse.linalg"], on_reference)


def tested_lines(blas, command, on_reference):
    with tempfile.TemporaryDirectory() as work:
        code, output, served = blas.run(command, on_reference, cwd=work)
    results = {}
    for name, tests, passed, skipped in re.findall(r"^TESTED (.+) (\d+) (\d+) (\d+)$", output, re.M):
        results[name] = (int(tests) - int(skipped), int(tests) - int(skipped) - int(passed))
    if code != 0:
        results[f"(ended with {code})"] = (1, 1)
    return results, served, output


def octave(blas, on_reference):
    return tested_lines(blas, ["octave-cli", "--no-init-file", "--norc", str(HERE / "octave_tests.m")], on_reference)


def r(blas, on_reference):
    return tested_lines(blas, ["R", "--vanilla", "--slave", "-f", str(HERE / "r_tests.R")], on_reference)


SUITES = {"numpy": (numpy, PYTHON), "scipy": (scipy, PYTHON), "octave": (octave, "octave-cli"), "r": (r, "R")}


def row(name, tests, failed, served, blas):
    ours, behind = len(served.get(blas.file, ())), len(served.get(blas.reference, ()))
    print(f"{name:28} {tests:9} {failed:7} {ours:8} {behind:10}", flush=True)


def run_lapack(blas, folder):
    good = True
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as executor:
        todo = list(lapack.programs(folder))
        for (program, given), result in zip(todo, executor.map(lambda p: lapack.run(blas, folder, *p), todo)):
            tests, failed, complaints, served = result
            row(f"{program} {given}", tests, failed, served, blas)
            print("".join(f"    {line}\n" for line in complaints), end="")
            good = good and not failed and not complaints and blas.file in served and tests > 0
    return good


def run_suite(blas, name):
    suite, _ = SUITES[name]
    results, served, output = suite(blas, False)
    tests, failed = (sum(column) for column in zip(*results.values()))
    row(name, tests, failed, served, blas)
    complaints = blas.misbound(served)
    if blas.file not in served:
        complaints.append("it did not use the library")
    if tests == 0:
        complaints.append(f"it tested nothing: {output[-500:]}")
    if failed:
        reference, _, _ = suite(blas, True)
        for test, (_, count) in sorted(results.items()):
            there = reference.get(test, (0, 0))[1]
            allowed, why = KNOWN.get((name, test), (0, ""))
            if count == 0:
                continue
            if count <= there:
                print(f"    {test}: {count} failed, and {there} on the reference BLAS")
            elif count <= there + allowed:
                print(f"    {test}: {count - there} failed more than on the reference BLAS: {why}")
            else:
                complaints.append(f"{test}: {count} failed, {there} on the reference BLAS")
    print("".join(f"    FAILED {line}\n" for line in complaints), end="", flush=True)
    return not complaints


def main(library, *names):
    folder = on_library.program_folder("lapack")
    if folder is None:
        sys.exit("liblapack-test and liblapack3 are not installed")
    blas = on_library.Blas(library, str(pathlib.Path(folder).parent))
    print(f"{blas.file}: {len(blas.routines) - len(blas.missing)} of reference BLAS's {len(blas.routines)} routines;"
          f" the reference serves the others")
    print(f"{'program':28} {'tests':>9} {'failed':>7} {'routines':>8} {'reference':>10}")
    good = True
    for name in names or ("lapack", *SUITES):
        if name == "lapack":
            good &= run_lapack(blas, folder)
        elif on_library.have(SUITES[name][1]):
            good &= run_suite(blas, name)
        else:
            sys.exit(f"{name}: {SUITES[name][1]} is not installed")
    print("all passed" if good else "FAILED")
    return not good


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
