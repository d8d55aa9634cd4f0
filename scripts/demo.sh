#!/bin/bash
# Builds Tessera, reads a picture of words with networks that run on it, and runs one numpy program twice, unchanged: on this
# machine's BLAS and on Tessera's libblas.so.3.
# For Debian 12 or later. Missing packages are installed (as root or with sudo). Results go to out/.
set -eu
cd "$(dirname "$0")/.."

missing=
need() {  # need <package> <command that succeeds when it is there>
  eval "$2" > /dev/null 2>&1 || missing="$missing $1"
}
need cmake 'command -v cmake'
need ninja-build 'command -v ninja'
need g++ 'command -v g++'
need python3-numpy '/usr/bin/python3 -c "import numpy"'
need liblapack3 'ls /usr/lib/*/lapack/liblapack.so.3'
need libpng-dev 'ls /usr/include/png.h'
need libjpeg-dev 'ls /usr/include/jpeglib.h'
need python3-pil '/usr/bin/python3 -c "import PIL"'
need fonts-dejavu-core 'ls /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'
need fonts-liberation 'ls /usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf'
need python3-matplotlib '/usr/bin/python3 -c "import matplotlib"'
if [ -n "$missing" ]; then
  echo "== Installing$missing"
  as_root=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || { echo "Not root and no sudo: please install$missing"; exit 1; }
    as_root=sudo
  fi
  $as_root apt-get update -q
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
fi

echo "== Building build/release"
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DTESSERA_BUILD_TESTS=OFF -DTESSERA_BUILD_BENCH=OFF \
  > /dev/null
cmake --build build/release --target blas onnx_runner read_text -j "$(nproc)"

echo "== Reading words in a picture"
scripts/demo/read_words.sh build/release out

echo "== Running the program on both libraries"
exec /usr/bin/python3 -u scripts/demo/compare.py build/release/lib/libblas.so.3 out
