"""Runs a program on a BLAS and finds out from the loader's report which library served which routine."""
import collections
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

BINDING = re.compile(r"binding file (\S+) \[\d+\] to (\S+) \[\d+\]: normal symbol `([^']+)'")


def exports(library):
    listed = subprocess.run(["nm", "-D", "--defined-only", library], text=True, capture_output=True, check=True).stdout
    return {line.split()[-1].split("@")[0] for line in listed.splitlines() if line.split()[1] in "TWiV"}


class Blas:
    """The library under test, the reference BLAS behind it for what it lacks, and the reference LAPACK on top."""

    def __init__(self, library, folder):
        self.file = os.path.realpath(library)
        self.reference = os.path.realpath(f"{folder}/blas/libblas.so.3")
        self.lapack = f"{folder}/lapack"
        standard = {name for name in exports(self.reference) if re.match(r"^[a-z].*_$|^cblas_", name)}
        self.routines = {name for name in standard if "xerbla" not in name}
        self.missing = sorted(self.routines - exports(self.file))

    def environment(self, on_reference=False):
        preload = [self.reference]
        if not on_reference:
            preload = [self.file] + (preload if self.missing else [])
        return {**os.environ, "LD_PRELOAD": ":".join(preload), "LD_LIBRARY_PATH": self.lapack}

    def run(self, command, on_reference=False, **options):
        """(return code, output, {library: routines it served to others})."""
        with tempfile.TemporaryDirectory() as reports:
            environment = self.environment(on_reference)
            environment.update(options.pop("env", {}), LD_DEBUG="bindings", LD_DEBUG_OUTPUT=f"{reports}/loader")
            run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 errors="replace", **options)
            served = collections.defaultdict(set)
            for report in pathlib.Path(reports).iterdir():
                with report.open(errors="replace") as lines:
                    for line in lines:
                        match = BINDING.search(line)
                        if match and match[3] in self.routines:
                            user, server = os.path.realpath(match[1]), os.path.realpath(match[2])
                            if user != server:
                                served[server].add(match[3])
        return run.returncode, run.stdout, served

    def misbound(self, served):
        """Routines that the library has and another one served; libraries other than the two that served any."""
        wrong = []
        for server, names in served.items():
            if server != self.file:
                wrong += [f"{name} by {server}" for name in names if server != self.reference or name not in self.missing]
        return sorted(wrong)


def program_folder(name):
    """Where Debian puts a folder of that name for this architecture, or None."""
    found = sorted(pathlib.Path("/usr/lib").glob(f"*/{name}"))
    return str(found[0]) if found else None


def have(program):
    return shutil.which(program) is not None
