"""Objects with the flags of an ISA define no symbol that another object could define too.

The linker keeps one copy of an inline function. If an object compiled for AVX-512 emits a function that other objects
emit as well, its copy may become everybody's and stop an older CPU. So every weak or unique symbol that is code must
carry its ISA's name, and every strong one too. Objects are compiled without optimisation: then all inline functions that
are used are emitted.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile


def isa_objects(database, isas):
    """(isa, source, arguments) of the sources written for an ISA."""
    for entry in json.loads(pathlib.Path(database).read_text()):
        stem = pathlib.Path(entry["file"]).stem
        for isa in isas:
            if isa != "baseline" and stem.endswith("_" + isa):
                yield isa, entry["file"], shlex.split(entry["command"])


# xsimd builds its AVX2 registers on those it names for AVX. AVX2 objects alone may carry that name: in one compiled for
# AVX-512 the same function would be an offence. Its name for 32-bit NEON is another than ours.
ALSO = {"avx2": re.compile(r"5xsimd.*3avxE"), "neon32": re.compile(r"5xsimd.*4neonE")}


def offences(nm, obj, isa):
    """Global and weak code symbols of an object that do not carry the ISA's name."""
    found = []
    for line in subprocess.run([nm, obj], text=True, capture_output=True, check=True).stdout.splitlines():
        match = re.match(r"^[0-9a-f]* *([A-Za-z]) (.*)$", line.strip())
        if not match or match[1] not in "TWiu" or isa in match[2]:
            continue
        if not (isa in ALSO and ALSO[isa].search(match[2])):
            found.append(match[2])
    return found


def compile_plain(arguments, source, obj):
    kept, skip = [], False
    for word in arguments:
        if skip:
            skip = False
        elif word in ("-o", "-MT", "-MF"):
            skip = True
        elif word not in ("-MD", "-c", source) and not re.match(r"^-O\w*$|^-fsanitize", word):
            kept.append(word)
    subprocess.run(kept + ["-O0", "-w", "-c", source, "-o", obj], check=True)


def main(database, nm, *isas):
    with tempfile.TemporaryDirectory() as work:
        def check(number, isa, source, arguments):
            obj = str(pathlib.Path(work) / f"{number}.o")
            compile_plain(arguments, source, obj)
            return [f"{pathlib.Path(source).name}: {name}" for name in offences(nm, obj, isa)]

        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            running = [pool.submit(check, i, *job) for i, job in enumerate(isa_objects(database, isas))]
        errors = [error for job in running for error in job.result()]
        count = len(running)
    if errors:
        text = subprocess.run(["c++filt"], input="\n".join(errors), text=True, capture_output=True).stdout
        print(text)
    print(f"{count} objects, {len(errors)} symbols without their ISA's name")
    return bool(errors) or (count == 0 and len(isas) > 1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
