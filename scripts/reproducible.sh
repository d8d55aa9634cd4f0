#!/bin/bash
# reproducible.sh [<cmake argument>...] : builds the libraries twice, from copies of this tree in folders of different
# names and lengths, in another order and without a compiler cache, and compares them byte by byte. Of one instruction set
# only, which takes a third of the time: -DTESSERA_ISA_LIST=avx2.
set -euo pipefail
cd "$(dirname "$0")/.."
libraries=(libtessera.so.0 libblas.so.3 libblas64.so.3 libblas64_.so.3 libtessera.a libblas.a libblas64.a)
targets=(tessera blas blas64 blas64_ tessera_static blas_static blas64_static)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build() {  # build <folder> <jobs> <cmake argument>...
  local folder=$work/$1 jobs=$2
  shift 2
  mkdir -p "$folder"
  git ls-files -z | xargs -0 cp --parents -t "$folder"
  env -u CMAKE_C_COMPILER_LAUNCHER -u CMAKE_CXX_COMPILER_LAUNCHER cmake -S "$folder" -B "$folder/build" -G Ninja \
    -DCMAKE_BUILD_TYPE=Release -DTESSERA_BUILD_TESTS=OFF -DTESSERA_BUILD_BENCH=OFF -DTESSERA_BUILD_EXAMPLES=OFF "$@" > /dev/null
  cmake --build "$folder/build" -j "$jobs" --target "${targets[@]}" > "$work/log" || { cat "$work/log"; exit 1; }
}
build one "$(nproc)" "$@"
build another/of/a/longer/name 1 "$@"

failed=0
for library in "${libraries[@]}"; do
  if cmp "$work/one/build/lib/$library" "$work/another/of/a/longer/name/build/lib/$library"; then
    sha256sum "$work/one/build/lib/$library" | sed "s|$work/one/build/lib/||"
  else
    failed=1
  fi
done
exit "$failed"
