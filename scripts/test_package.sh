#!/bin/bash
# Builds the Debian packages, installs them, proves that Tessera has become this machine's BLAS, removes them and proves
# that the machine is as it was. For Debian 12 or later, as root (or with sudo).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/install.sh
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"

phase "Packages that this needs"
install_packages cmake ninja-build g++ dpkg-dev file pkg-config python3-numpy libblas3
packages=(libtessera0 libtessera-dev tessera-tools)
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
python=/usr/bin/python3
work=$(mktemp -d)

phase "Build"
cmake --preset debian > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build --preset debian -j "$(nproc)" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
rm -f build/debian/*.deb
(cd build/debian && cpack -G DEB) > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
for package in "${packages[@]}"; do
  dpkg-deb --field "build/debian/${package}_"*.deb Package Version Architecture Depends Provides
done

# What a package may have changed: files, alternatives, dpkg's own list.
machine() {
  find /usr /etc /opt /var/lib/dpkg/alternatives -xdev ! -name '*.pyc' ! -name __pycache__ ! -name ld.so.cache \
    -printf '%p %y %l\n' | sort
  dpkg-query -W -f '${Package}:${Architecture} ${Version} ${db:Status-Abbrev}\n'
  for name in libblas.so.3 libblas64.so.3 libblas.so libblas64.so; do
    update-alternatives --query "$name-$triplet" 2> /dev/null || echo "no $name"
  done
}
machine > "$work/before"
cleanup() {
  dpkg --purge "${packages[@]}" > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

fail() { echo "FAILED: $*"; exit 1; }
# is_ours <path> <file in the package's folder> : the path leads there.
is_ours() { [ "$(readlink -f "$1")" = "/usr/$3/$2" ] || fail "$1 is $(readlink -f "$1"), not /usr/$3/$2"; }

phase "Install"
manual=$(update-alternatives --query "libblas.so.3-$triplet" | sed -n 's/^Status: //p')
[ "$manual" = auto ] || fail "the administrator has chosen a libblas.so.3 by hand: the package will rightly leave that alone"
dpkg -i build/debian/*.deb > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
is_ours "/usr/lib/$triplet/libblas.so.3" libblas.so.3 "lib/$triplet/tessera"
is_ours "/usr/lib/$triplet/libblas64.so.3" libblas64.so.3 "lib/$triplet/tessera"
is_ours "/usr/lib/$triplet/libblas.so" libblas.so.3 "lib/$triplet/tessera"
is_ours "/usr/lib/$triplet/libblas.a" libblas.a "lib/$triplet/tessera"
is_ours "/usr/include/$triplet/cblas.h" cblas.h "include/$triplet/tessera"
is_ours "/usr/lib/$triplet/pkgconfig/blas.pc" blas.pc "lib/$triplet/tessera/pkgconfig"

phase "Programs"
served=$($python - << 'EOF'
import numpy
a = numpy.arange(12.0).reshape(3, 4)
assert (a @ a.T == [[14, 38, 62], [38, 126, 214], [62, 214, 366]]).all()
print({line.split()[-1] for line in open("/proc/self/maps") if "/libblas.so" in line}.pop())
EOF
)
is_ours "$served" libblas.so.3 "lib/$triplet/tessera"
echo "numpy computes on $served"
consumer=test/install/consumer
for build in "use_blas.c -lblas" "use_blas.c $(pkg-config --cflags --libs blas)" "use_tessera.c -ltessera"; do
  # shellcheck disable=SC2086  # a source and its flags
  cc -I"/usr/include/$triplet" "$consumer/"$build -o "$work/program" || fail "cc $build"
  echo "$build: $("$work/program")"
done
tessera-info > "$work/info"
ldconfig -p | grep 'libblas64_\.so\.3' > /dev/null || fail "libblas64_.so.3 is not in the loader's cache"

phase "Upgrade"
dpkg -i build/debian/*.deb > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
is_ours "/usr/lib/$triplet/libblas.so.3" libblas.so.3 "lib/$triplet/tessera"

phase "Remove"
dpkg --purge "${packages[@]}" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
machine > "$work/after"
diff "$work/before" "$work/after" || fail "the machine is not as it was"
$python -c 'import numpy; numpy.ones((2, 2)) @ numpy.ones((2, 2))'
phase ""
echo "== The packages install, serve and leave nothing behind"
