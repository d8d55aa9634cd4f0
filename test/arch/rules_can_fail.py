"""The rules of this folder find what they are there to find: each is given a tree or an object that breaks it."""
import pathlib
import subprocess
import sys
import tempfile

import abi
import hardening
import includes
import man_pages
import symbols


def tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def main(compiler, nm, readelf, strip):
    good = {"src/base/a.h": "#include <cstddef>\n", "src/gemm/g.cc": '#include "base/a.h"\n', "include/x.h": "#include <stddef.h>\n"}
    bad = {
        "upward": {"src/base/b.h": '#include "gemm/g.h"\n'},
        "template": {"src/gemm/t.cc": '#include "kernel/gemm_tile.h"\n', "src/kernel/gemm_tile.h": ""},
        "leaf": {"src/nn/n.cc": '#include "blas/b.h"\n', "src/blas/b.h": ""},
        "test": {"src/gemm/u.cc": '#include "test/support/bits.h"\n'},
        "folder": {"src/odd/o.cc": "\n"},
        "public": {"include/y.h": '#include "base/a.h"\n'},
    }
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        assert includes.check(tree(work / "good", good)) == []
        for name, files in bad.items():
            assert includes.check(tree(work / name, {**good, "src/gemm/g.h": "", **files})), name
        source, obj = work / "f.cc", work / "f.o"
        source.write_text("namespace n { inline int shared() { return 1; } }\n"
                          "namespace avx512 { inline int own() { return 2; } }\n"
                          "int f_avx512() { return n::shared() + avx512::own(); }\n")
        subprocess.run([compiler, "-O0", "-c", str(source), "-o", str(obj)], check=True)
        found = symbols.offences(nm, str(obj), "avx512")
        assert len(found) == 1 and "shared" in found[0], found
        source.write_text("namespace xsimd { struct avx; template <class A> inline int add() { return 1; } }\n"
                          "int f_avx2_avx512() { return xsimd::add<xsimd::avx>(); }\n")
        subprocess.run([compiler, "-O0", "-c", str(source), "-o", str(obj)], check=True)
        assert symbols.offences(nm, str(obj), "avx2") == []
        assert len(symbols.offences(nm, str(obj), "avx512")) == 1
        code = ("int value;\nint* address = &value;\nvoid fill(char* text);\n"
                "int first() { char text[64]; fill(text); return text[0]; }\nvoid fill(char* text) { *text = 1; }\n")
        source.write_text(code)
        library = work / "f.so"
        link = [compiler, "-shared", "-fPIC", str(source), "-o", str(library)]
        hard = ["-fstack-protector", "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"]
        subprocess.run(link + hard, check=True)
        assert hardening.offences(readelf, strip, str(library)) == []
        assert len(hardening.offences(readelf, strip, str(library), max_bytes=100)) == 2
        for soft in ("-Wl,-z,norelro", "-Wl,-z,lazy", "-Wl,-z,execstack", "-fno-stack-protector"):
            subprocess.run(link + hard + [soft], check=True, stderr=subprocess.DEVNULL)
            assert len(hardening.offences(readelf, strip, str(library))) == 1, soft
        for section in ('.patched,\\"a\\",%progbits; .dc.a value', '.both,\\"awx\\",%progbits; .byte 0'):
            source.write_text(f'{code}asm(".pushsection {section}; .popsection");\n')
            subprocess.run(link + hard + ["-Wl,-z,notext"], check=True, stderr=subprocess.DEVNULL)
            assert len(hardening.offences(readelf, strip, str(library))) == 1, section
        source.write_text("#include <unistd.h>\n"
                          "extern const int set_at_load;\n"
                          "const int set_at_load = usleep(2000);\n")
        subprocess.run(link + hard, check=True)
        found = hardening.offences(readelf, strip, str(library), buffers=False)
        assert len(found) == 2 and "_GLOBAL__sub_I_" in found[0] and "ms to load" in found[1], found
        # One field, one enumerator and one argument of another kind: a line each, taken away and added.
        include = work / "include"
        header = ("#pragma once\nenum tsr_e { TSR_A = 1, TSR_B };\ntypedef struct tsr_s { int a, b; } tsr_s;\n"
                  "int tsr_f(tsr_s* s, long n);\n")
        tree(include, {"tessera/tessera.h": header, "tessera/conv_q8.h": "", "tessera/nn.h": ""})
        if "clang" not in pathlib.Path(compiler).resolve().name:  # which prints no types
            cc = [compiler, "-x", "c"]
            written = abi.interface(cc, str(include))
            assert len(written) == 5 and abi.changes(written, written) == [], written
            for old, new, lines in (("int a,", "long a,", 6), ("TSR_A = 1", "TSR_A = 2", 2), ("long n", "int n", 2)):
                tree(include, {"tessera/tessera.h": header.replace(old, new)})
                found = [l for l in abi.changes(written, abi.interface(cc, str(include))) if l[:3] not in ("---", "+++")]
                assert sum(l[0] in "+-" for l in found) == lines, found
    assert man_pages.options_of_page(".Op Fl -quick | Fl -from-trace Ar log") == {"--quick", "--from-trace"}
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
