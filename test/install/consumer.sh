#!/bin/bash
# consumer.sh <cmake> <build tree> <cc> <c++> : installs the build tree into an empty folder, moves that, and builds programs
# on it in each of the ways that users have: CMake package, pkg-config, FindBLAS by name and through pkg-config. A program
# computes, checks and prints the path of the library that served it.
set -eu
cmake=$1 build=$2
export CC=$3 CXX=$4
unset CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER PKG_CONFIG_LIBDIR LD_PRELOAD LD_LIBRARY_PATH
source=$(readlink -f "$(dirname "$0")")/consumer
work=$(readlink -f "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work/first" > "$work/log" || { cat "$work/log"; exit 1; }
mv "$work/first" "$work/moved"
prefix=$work/moved
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
libdir=$(pkg-config --variable=libdir tessera)
served=0

check() {  # check <program> <library> : the program runs, and on that library
  local path
  path=$("$1") || { echo "$1 failed: $path"; exit 1; }
  [ "$(readlink -f "$path")" = "$(readlink -f "$libdir/$2")" ] || { echo "$1 ran on $path instead of $libdir/$2"; exit 1; }
  served=$((served + 1))
}

for how in package generic pkgconfig; do
  hint=$prefix
  [ $how = pkgconfig ] && hint=  # PKG_CONFIG_PATH alone
  "$cmake" -S "$source" -B "$work/$how" -DHOW=$how -DCMAKE_PREFIX_PATH="$hint" > "$work/log" 2>&1 &&
    "$cmake" --build "$work/$how" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
done
check "$work/package/use_tessera" libtessera.so
check "$work/package/use_blas" libblas.so
check "$work/package/use_blas64" libblas64.so
check "$work/package/use_both" libblas64_.so
check "$work/generic/use_fortran" libblas.so
check "$work/pkgconfig/use_fortran" libblas.so

by_hand() {  # by_hand <source> <pkg-config name> <library>
  local program=$work/$(basename "$1")-$2 compiler=$CC
  case $1 in *.cc) compiler=$CXX ;; esac
  # shellcheck disable=SC2046  # pkg-config's words are words
  $compiler -Wall -Werror "$source/$1" -o "$program" $(pkg-config --cflags --libs "$2") -Wl,-rpath,"$libdir" \
    -Wl,--trace > "$work/log" || { cat "$work/log"; exit 1; }
  xargs readlink -f < "$work/log" | grep -q "^$prefix/.*/$3" || { cat "$work/log"; exit 1; }
  check "$program" "$3"
}
static_by_hand() {  # static_by_hand <source> <pkg-config name> <archive> : the program serves itself
  local program=$work/$(basename "$1")-$2-static
  # shellcheck disable=SC2046
  $CC -Wall -Werror "$source/$1" -o "$program" $(pkg-config --cflags "$2") "$prefix/lib/$3" -lm
  [ "$("$program")" = "$program" ] || { echo "$1 with $3 failed"; exit 1; }
  ! readelf -d "$program" | grep -E 'NEEDED.*(stdc|gcc|blas|tessera)' || exit 1
  served=$((served + 1))
}
static_by_hand use_tessera.c tessera libtessera.a
static_by_hand use_blas.c blas libblas.a
static_by_hand use_blas.c blas64 libblas64.a

by_hand use_tessera.c tessera libtessera.so
by_hand use_blas.c blas libblas.so
by_hand use_blas.c cblas libblas.so
by_hand use_blas.c blas64 libblas64.so
by_hand use_both.cc "blas blas64_" libblas64_.so

"$prefix/bin/tessera-info" > "$work/info"
grep -q '^kernels' "$work/info" || { cat "$work/info"; exit 1; }
[ -s "$prefix/share/man/man1/tessera-info.1" ] || { echo "no manual page of tessera-info"; exit 1; }
echo "$served programs ran on the installed libraries"
