"""Reference LAPACK's own test programs (Debian's liblapack-test).

As a script, one ctest case: lapack.py <libblas.so.3> <program> <input>. Exit code 77: the programs are not installed.
"""
import pathlib
import re
import sys

import on_library

EIGEN = ["nep", "sep", "se2", "svd", "{t}ec", "{t}ed", "{t}gg", "{t}gd", "{t}sb", "{t}sg", "{t}bb",
         "glm", "gqr", "gsv", "csd", "lse"]
PASSED = re.compile(r"passed the threshold \(\s*(\d+) tests run\)")
FAILED = re.compile(r"(\d+) out of\s+(\d+) tests failed to pass the threshold")
# What the programs print when a routine returns what it must not, or an error exit goes unreported.
WRONG = re.compile(r"\*\*\*|returned INFO|Error code|error code|illegal|not detected|NaN")


def programs(folder):
    """(program, input) of everything there is, in all four precisions."""
    for t in "sdcz":
        yield f"xlintst{t}", f"{t}test.in"
        yield f"xlintstrf{t}", f"{t}test_rfp.in"
        for name in EIGEN:
            name = name.format(t=t) + ".in"
            if pathlib.Path(folder, name).exists():
                yield f"xeigtst{t}", name
    yield "xlintstds", "dstest.in"
    yield "xlintstzc", "zctest.in"


def judge(output):
    """(tests, failed, lines that say something is wrong)."""
    passed = sum(int(n) for n in PASSED.findall(output))
    failures = [(int(failed), int(run)) for failed, run in FAILED.findall(output)]
    wrong = [line.strip() for line in output.splitlines() if WRONG.search(line)]
    failed = sum(f for f, _ in failures)
    return passed + sum(run for _, run in failures), failed, wrong


def run(blas, folder, program, given):
    """(tests, failed, complaints, libraries that served)."""
    with open(f"{folder}/{given}") as stdin:
        code, output, served = blas.run([f"{folder}/{program}"], stdin=stdin)
    tests, failed, complaints = judge(output)
    if code != 0:
        complaints.append(f"ended with {code}: {output[-300:]}")
    if "End of tests" not in output:
        complaints.append("did not reach the end of its tests")
    return tests, failed, complaints + blas.misbound(served), served


def main(library, program, given):
    folder = on_library.program_folder("lapack")
    if folder is None or not pathlib.Path(folder, program).exists():
        print(f"SKIPPED: {program} not found; install liblapack-test and liblapack3")
        return 77
    blas = on_library.Blas(library, str(pathlib.Path(folder).parent))
    tests, failed, complaints, served = run(blas, folder, program, given)
    print("\n".join(complaints))
    ours = len(served.get(blas.file, ()))
    print(f"{program} {given}: {tests} tests, {failed} failed; {ours} routines served by {blas.file}")
    return bool(failed or complaints or ours == 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
