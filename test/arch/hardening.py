"""The shared libraries ask the loader for nothing that an attack could use, and are small.

Relocations are done at load (BIND_NOW) and then read-only (GNU_RELRO), no stack is executable, no segment is writable and
executable, no code is patched at load (TEXTREL), and what is loaded from the file stays under a limit.
"""
import re
import subprocess
import sys

MAX_BYTES = 10_000_000


def offences(readelf, library, max_bytes=MAX_BYTES):
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
    loaded = sum(int(size, 16) for kind, size, *_ in segments if kind == "LOAD")
    if not 0 < loaded < max_bytes:
        found.append(f"{loaded} bytes to load, not below {max_bytes}")
    return found


def main(readelf, *libraries):
    bad = 0
    for library in libraries:
        for offence in offences(readelf, library):
            print(f"{library}: {offence}")
            bad += 1
    return bad != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
