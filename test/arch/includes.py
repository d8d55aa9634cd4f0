"""Which folder of src may include which.

  base <- kernel <- pack <- runtime <- gemm <- quant <- conv, nn, blas

A folder sees itself and what stands left of it, with these exceptions: a register wrapper, a list of tiles and the
kernel and pack templates belong to the objects of one ISA, and only kernel, pack and base may name them. Public headers
include public headers and the C library; src includes nothing of test, bench, autotune, tools or examples.
"""
import pathlib
import re
import sys

ORDER = ["base", "kernel", "pack", "runtime", "gemm", "quant"]
SEES = {folder: set(ORDER[: i + 1]) for i, folder in enumerate(ORDER)}
for leaf in ("conv", "nn", "blas"):
    SEES[leaf] = set(ORDER) | {leaf}
TEMPLATES = re.compile(
    r"^(base/simd/.*|kernel/((block_q8|depthwise|direct|finish|gemm|int8|narrow|sweep|triangle|winograd)_tile|matvec_columns|vector_loops|nn_loops|requantize|shape|"
    r"(int8_)?tiles_\w+)\.h|"
    r"pack/(pack|gather|int8)_panel\.h)$")
TEMPLATES_SEEN_BY = {"base", "kernel", "pack"}
PUBLIC_SYSTEM = {"stddef.h", "stdint.h", "stdbool.h", "complex.h"}
OUTSIDE = ("test/", "bench/", "autotune/", "tools/", "examples/")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def includes(path):
    return [(bracket, name) for bracket, name in INCLUDE.findall(path.read_text())]


def check(root):
    errors = []
    src, public = root / "src", root / "include"
    for path in sorted(p for p in src.rglob("*") if p.suffix in (".h", ".cc", ".c", ".in") and p.is_file()):
        where = path.relative_to(src)
        if len(where.parts) < 2:
            errors.append(f"{path}: a source outside the folders")
            continue
        folder = where.parts[0]
        if folder not in SEES:
            errors.append(f"{path}: folder {folder} is not in the table")
            continue
        for bracket, name in includes(path):
            if name.startswith(OUTSIDE) or "../" in name:
                errors.append(f"{path}: includes {name}")
            target = name.split("/")[0] if "/" in name else None
            if bracket == '"' and (path.parent / name).exists() and target not in SEES:
                target = folder
            if target in SEES and (src / name.split("@")[0]).parent.exists():
                if target not in SEES[folder]:
                    errors.append(f"{path}: {folder} may not include {name}")
                elif TEMPLATES.match(name) and folder not in TEMPLATES_SEEN_BY:
                    errors.append(f"{path}: {name} is for the objects of one ISA")
    for path in sorted(public.rglob("*.h")):
        for _, name in includes(path):
            if name not in PUBLIC_SYSTEM and not (public / name).exists():
                errors.append(f"{path}: a public header includes {name}")
    return errors


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1]))
    print("\n".join(found))
    sys.exit(bool(found))
