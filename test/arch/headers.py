"""Every header compiles alone: those of include/ as C11 and C++20, those of src/ as C++20 (a register wrapper and what
needs one with the flags of its ISA)."""
import json
import pathlib
import re
import shlex
import subprocess
import sys


def commands(database):
    """Source name -> arguments without the input and output."""
    result = {}
    for entry in json.loads(pathlib.Path(database).read_text()):
        words = shlex.split(entry["command"])
        kept, skip = [], False
        for word in words:
            if skip:
                skip = False
            elif word in ("-o", "-MT", "-MF", "-c"):
                skip = True
            elif word != "-MD":
                kept.append(word)
        result[pathlib.Path(entry["file"]).name] = kept
    return result


def compile_alone(arguments, language, header):
    source = f'#include "{header}"\n#include "{header}"\n'
    run = subprocess.run(arguments + ["-x", language, "-fsyntax-only", "-"], input=source, text=True, capture_output=True)
    return "" if run.returncode == 0 else f"{header} as {language}:\n{run.stderr}"


def main(root, database):
    root, known = pathlib.Path(root), commands(database)
    plain = known["registry.cc"]
    compiler = plain[0]
    errors, count = [], 0
    strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", str(root / "include")]
    for header in sorted((root / "include").rglob("*.h")):
        name = header.relative_to(root / "include")
        errors.append(compile_alone([compiler, "-std=c11"] + strict, "c", name))
        errors.append(compile_alone([compiler, "-std=c++20"] + strict, "c++", name))
        count += 2
    isa_of = re.compile(r"(?:simd/|tiles_)(?:int8_)?(?:registers_)?(\w+)\.h$")
    for header in sorted((root / "src").rglob("*.h")):
        name = str(header.relative_to(root / "src"))
        match = isa_of.search(name)
        arguments = (known.get(f"gemm_f32_{match[1]}.cc") or known.get(f"gemm_int8_{match[1]}.cc")) if match else plain
        if arguments is None:
            continue  # an ISA of another architecture
        errors.append(compile_alone(arguments + ["-Wno-pragma-once-outside-header"], "c++", name))
        count += 1
    errors = [e for e in errors if e]
    print("\n".join(errors), f"\n{count} headers compiled alone, {len(errors)} failed")
    return bool(errors) or count == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
