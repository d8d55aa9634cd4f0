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


# xsimd's AVX2 register is its AVX register, which no object but those of AVX2 has.
ALLOWED = {"avx2": re.compile(r"^_ZNK5xsimd5types13simd_registerI[fd]NS_3avxEEcvDv")}


def offences(nm, obj, isa):
    """Global and weak code symbols of an object that do not carry the ISA's name."""
    found = []
    for line in subprocess.run([nm, obj], text=True, capture_output=True, check=True).stdout.splitlines():
        match = re.match(r"^[0-9a-f]* *([A-Za-z]) (.*)$", line.strip())
        allowed = isa in ALLOWED and match and ALLOWED[isa].match(match[2])
        if match and match[1] in "TWiu" and isa not in match[2] and not allowed:
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
