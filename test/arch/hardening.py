"""The shared libraries ask the loader for nothing that an attack could use, are small, and are there at once.

Relocations are done at load (BIND_NOW) and then read-only (GNU_RELRO), no stack is executable, no segment is writable and
executable, no code is patched at load (TEXTREL), functions with buffers guard the stack, and what is loaded from the file
stays under a limit, as does the stripped file. No constructor is the library's own, so that loading it reads no file, starts no thread and measures nothing; and
dlopen in a process that never saw the library, but whose kernel has its pages, takes less than a millisecond.

    hardening.py <readelf> <strip> <library>... [--no-buffers <library>...]
"""
import pathlib
import re
import subprocess
import sys
import tempfile

MAX_BYTES = 10_000_000
MAX_LOAD_SECONDS = 1e-3

# Of crtbegin.o, libgcc and the static libstdc++.
RUNTIME_CONSTRUCTORS = {
    "frame_dummy",
    "init_have_lse_atomics",
    "_GLOBAL__sub_I_eh_alloc.cc",
    "_GLOBAL__sub_I_memory_resource.cc",
    "_GLOBAL__sub_I_system_error.cc",
}


def constructors(readelf, library):
    """Names of the functions in .init_array, in order; an address where the symbol table has no name."""

    def read(what):
        return subprocess.run([readelf, "-W", what, library], text=True, capture_output=True, check=True).stdout

    dynamic = read("-d")
    start = re.search(r"\(INIT_ARRAY\) +0x(\w+)", dynamic)
    if not start:
        return []
    first = int(start[1], 16)
    last = first + int(re.search(r"\(INIT_ARRAYSZ\) +(\d+)", dynamic)[1])
    functions = {}
    for address, name in re.findall(r"^ *\d+: (\w+) +\w+ FUNC .* (\S+)$", read("-s"), re.M):
        functions.setdefault(int(address, 16), name)
    found = []
    for offset, target in re.findall(r"^([0-9a-f]{8,16}) .* (\S+)$", read("-r"), re.M):
        if first <= int(offset, 16) < last:
            found.append(functions.get(int(target, 16), target) if re.fullmatch(r"[0-9a-f]+", target) else target)
    assert len(found) * 4 in (last - first, (last - first) // 2), f"constructors that no relocation sets: {library}"
    return found


def load_seconds(library, tries=20):
    """The shortest dlopen(library, RTLD_NOW), each in a process of its own."""
    program = ("import ctypes, sys, time; begin = time.perf_counter(); ctypes.CDLL(sys.argv[1]); "
               "print(time.perf_counter() - begin)")
    return min(
        float(subprocess.run([sys.executable, "-c", program, library], text=True, capture_output=True, check=True).stdout)
        for _ in range(tries))


def stripped_bytes(strip, library):
    with tempfile.TemporaryDirectory() as work:
        copy = pathlib.Path(work) / "stripped.so"
        subprocess.run([strip, "-o", str(copy), library], check=True)
        return copy.stat().st_size


def offences(readelf, strip, library, max_bytes=MAX_BYTES, buffers=True):
    def read(what):
        return subprocess.run([readelf, "-W", what, library], text=True, capture_output=True, check=True).stdout

    segments = re.findall(r"^ +(\w+) +0x\w+ 0x\w+ 0x\w+ (0x\w+) 0x\w+ ([R ])([W ])([E ])", read("-l"), re.M)
    dynamic = read("-d")
    found = []
    if not any(kind == "GNU_RELRO" for kind, *_ in segments):
        found.append("no read-only relocations")
    if not any(kind == "GNU_STACK" and execute == " " for kind, _, _, _, execute in segments):
        found.append("an executable stack")
    if any(kind == "LOAD" and write == "W" and execute == "E" for kind, _, _, write, execute in segments):
        found.append("a segment that is writable and executable")
    if not re.search(r"\(FLAGS(_1)?\).*\b(BIND_)?NOW\b", dynamic):
        found.append("relocations after load")
    if "TEXTREL" in dynamic:
        found.append("code that is patched at load")
    if buffers and "__stack_chk_fail" not in read("--dyn-syms"):
        found.append("a stack that nothing guards")
    loaded = sum(int(size, 16) for kind, size, *_ in segments if kind == "LOAD")
    if not 0 < loaded < max_bytes:
        found.append(f"{loaded} bytes to load, not below {max_bytes}")
    size = stripped_bytes(strip, library)
    if not 0 < size < max_bytes:
        found.append(f"{size} bytes when stripped, not below {max_bytes}")
    for name in constructors(readelf, library):
        if name not in RUNTIME_CONSTRUCTORS:
            found.append(f"the constructor {name}")
    seconds = load_seconds(library)
    if not 0 < seconds < MAX_LOAD_SECONDS:
        found.append(f"{seconds * 1e3:.2f} ms to load, not below {MAX_LOAD_SECONDS * 1e3:g}")
    return found


def main(readelf, strip, *libraries):
    bad, buffers = 0, True
    for library in libraries:
        if library == "--no-buffers":
            buffers = False
            continue
        for offence in offences(readelf, strip, library, buffers=buffers):
            print(f"{library}: {offence}")
            bad += 1
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
