#!/bin/bash
# Builds Tessera with warnings as errors and runs every test. For Debian 12 or later; missing packages are installed
# (as root or with sudo).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/install.sh

phase "Packages"
install_packages cmake ninja-build g++ binutils groff-base python3 python3-numpy libgtest-dev googletest libeigen3-dev \
  libxsimd-dev libbenchmark-dev libcli11-dev nlohmann-json3-dev libblas3 libblas-test libonnx-testdata liblapack3 liblapack-test \
  libblas64-3 libblas64-test libpng-dev libjpeg-dev python3-threadpoolctl pkg-config

phase "Release build with g++"
cmake --preset release > build.log 2>&1 || { cat build.log; exit 1; }
rm build.log
cmake --build --preset release -j "$(nproc)"

phase "Tests"
TESSERA_EXPECT_ISA=$(expected_isa)
export TESSERA_EXPECT_ISA
echo "This CPU must run the kernels of: $TESSERA_EXPECT_ISA"
ctest --preset release -j "$(nproc)" --progress
phase ""
