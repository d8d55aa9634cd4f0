"""The binary interface of the C API is the one that was written down: abi.txt.

What a compiled program relies on, as the compiler sees it: each function's type, each structure's size and the place of its
fields, each enumerator's value. After an intended change (docs/versioning.md says which may be)

    test/arch/abi.py cc include test/arch/abi.txt --write

A dump by libabigail says the same of an ABI and needs the whole library compiled with debug information.
"""
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile


def preprocessed(compiler, include):
    source = "#include <tessera/tessera.h>\n#include <tessera/conv_q8.h>\n#include <tessera/nn.h>\n"
    text = subprocess.run([*compiler, "-E", "-I", include, "-"], input=source, text=True, capture_output=True,
                          check=True).stdout
    # What stands in the project's own headers.
    own, lines = False, []
    for line in text.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            own = "/tessera/" in marker[1]
        elif own:
            lines.append(line)
    return source, "\n".join(lines)


def members(body):
    """(name, type) of each field."""
    for declaration in filter(None, (part.strip() for part in body.split(";"))):
        first, *others = declaration.split(",")
        kind, name, dimension = re.fullmatch(r"(.*?[\s*])(\w+)\s*(\[.*\])?", first, re.S).groups()
        kind = " ".join(kind.split()).replace(" *", "*")
        yield name, kind + (dimension or "")
        for other in others:
            name, dimension = re.fullmatch(r"\s*(\w+)\s*(\[.*\])?", other).groups()
            yield name, kind + (dimension or "")


def interface(compiler, include):
    source, text = preprocessed(compiler, include)
    program = [source, "#include <stdio.h>\n#include <stddef.h>\nint main(void) {"]
    for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\} \1;", text, re.S):
        program.append(f'printf("struct {name}: %zu bytes\\n", sizeof({name}));')
        for field, kind in members(body):
            program.append(f'printf("  at %zu: {kind} {field}, %zu bytes\\n", offsetof({name}, {field}), '
                           f"sizeof((({name}*)0)->{field}));")
    for name, body in re.findall(r"enum (\w+) \{(.*?)\}", text, re.S):
        program.append(f'printf("enum {name}:");')
        for enumerator in re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", body.strip()):
            program.append(f'printf(" {enumerator} = %lld", (long long){enumerator});')
        program.append('printf("\\n");')
    program.append("return 0; }")
    with tempfile.TemporaryDirectory() as work:
        file, binary, types = (pathlib.Path(work) / name for name in ("abi.c", "abi", "types"))
        file.write_text("\n".join(program))
        subprocess.run([*compiler, "-I", include, "-aux-info", str(types), str(file), "-o", str(binary)], check=True)
        lines = subprocess.run([str(binary)], text=True, capture_output=True, check=True).stdout.splitlines()
        functions = re.findall(r"^/\* \S*/tessera/.*? \*/ extern (.*?);", types.read_text(), re.M)
    return lines + sorted(functions, key=lambda f: re.search(r"(\w+) \(", f)[1])


def changes(expected, found):
    return list(difflib.unified_diff(expected, found, "as written down", "as it is", lineterm="", n=0))


def main(compiler, include, expected, write=None):
    found = interface([compiler], include)
    if write:
        pathlib.Path(expected).write_text("\n".join(found) + "\n")
        return 0
    different = changes(pathlib.Path(expected).read_text().splitlines(), found)
    print("\n".join(different))
    return different != []


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
