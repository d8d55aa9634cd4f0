#!/bin/bash
# Runs the tests of real programs on Tessera's libblas.so.3: LAPACK's own test programs, numpy.linalg, scipy.linalg,
# Octave's linear algebra, R. For Debian 12 or later; missing packages are installed (as root or with sudo). About five
# minutes. Arguments: the suites to run (lapack numpy scipy octave r), all by default.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/install.sh

phase "Packages"
install_packages cmake ninja-build g++ binutils libblas3 liblapack3 liblapack-test python3-numpy python3-scipy \
  python3-pytest python3-hypothesis octave r-base-core

phase "Build"
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release > build.log 2>&1 || { cat build.log; exit 1; }
rm build.log
cmake --build build/release --target blas -j "$(nproc)"

phase "Programs"
/usr/bin/python3 -B scripts/programs/report.py build/release/lib/libblas.so.3 "$@"
phase ""
