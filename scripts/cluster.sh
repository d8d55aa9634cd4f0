#!/bin/bash
# HPL (in Debian's hpcc) and ScaLAPACK's test programs over OpenMPI with Tessera's libblas.so.3 in every rank: residuals are
# checked, and each rank must have computed with the library. For Debian 12 or later; missing packages are installed (as
# root or with sudo).
#
#   scripts/cluster.sh [ranks]             on this machine; 2 ranks by default
#   HOSTS=a:2,b:2 scripts/cluster.sh 4     on several machines, which see this folder under the same path
#   N=20000 NB=384                         HPL's order and block size; 2000 and 192 by default
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/install.sh
ranks=${1:-2} n=${N:-2000} nb=${NB:-192}

phase "Packages"
install_packages cmake ninja-build g++ libblas3 liblapack3 openmpi-bin hpcc scalapack-mpi-test

phase "Build"
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release > build.log 2>&1 || { cat build.log; exit 1; }
rm build.log
cmake --build build/release --target blas -j "$(nproc)"

library=$(readlink -f build/release/lib/libblas.so.3)
system=$(dirname "$(ldconfig -p | awk '$1 == "libblas.so.3" { print $NF; exit }')")
system=$(cd "$system" && pwd -P)
# The reference LAPACK, because OpenBLAS's has a BLAS of its own; behind the library, for routines that it lacks, the
# reference BLAS.
lapack=$system/lapack
preload=$library:$system/blas/libblas.so.3
work=$(mktemp -d -p "$PWD/build")
trap 'rm -rf "$work"' EXIT

# grid <ranks> : the most nearly square P x Q.
grid() {
  local p q
  for ((p = 1, q = $1; p * p <= $1; ++p)); do (($1 % p == 0)) && q=$p; done
  echo "$q $(($1 / q))"
}
read -r p q < <(grid "$ranks")

# on_ranks <program> : one thread per rank; every GEMM of every rank writes a line to the folder's log.<rank>.
cat > "$work/rank" << 'EOF'
#!/bin/bash
export LD_PRELOAD=$TESSERA_CLUSTER_PRELOAD TESSERA_NUM_THREADS=1 TESSERA_VERBOSE=1
exec "$@" 2>> "log.$OMPI_COMM_WORLD_RANK"
EOF
chmod +x "$work/rank"
on_ranks() {
  local root=() hosts=()
  [ "$(id -u)" = 0 ] && root=(--allow-run-as-root)
  [ -n "${HOSTS:-}" ] && hosts=(--host "$HOSTS")
  rm -f log.*
  mpirun ${root[@]+"${root[@]}"} ${hosts[@]+"${hosts[@]}"} --oversubscribe -np "$ranks" -x LD_LIBRARY_PATH="$lapack" \
    -x TESSERA_CLUSTER_PRELOAD="$preload" --wdir "$PWD" "$work/rank" "$@"
}
# The ranks that computed with the library.
ranks_served() { grep -lc '^tessera: gemm' log.* 2> /dev/null | wc -l; }
fail() { echo "FAILED: $*"; exit 1; }

phase "HPL"
mkdir "$work/hpl" && cd "$work/hpl"
cat > hpccinf.txt << EOF
HPLinpack benchmark input file
Tessera
HPL.out      output file name
8            device out
1            # of problems sizes (N)
$n           Ns
1            # of NBs
$nb          NBs
0            PMAP process mapping
1            # of process grids (P x Q)
$p           Ps
$q           Qs
16.0         threshold
1            # of panel fact
2            PFACTs
1            # of recursive stopping criterium
4            NBMINs
1            # of panels in recursion
2            NDIVs
1            # of recursive panel fact.
1            RFACTs
1            # of broadcast
1            BCASTs
1            # of lookahead depth
1            DEPTHs
2            SWAP
64           swapping threshold
0            L1 in
0            U  in
1            Equilibration
8            memory alignment in double
##### HPCC's own settings follow
0            additional problem sizes for PTRANS
1200         values of N
0            additional blocking sizes for PTRANS
40           values of NB
EOF
on_ranks hpcc > output || { tail output hpccoutf.txt; fail "hpcc"; }
grep -E '^(T/V|W[RC])' hpccoutf.txt
grep '||Ax-b||' hpccoutf.txt | grep -q PASSED || { grep '||Ax-b||' hpccoutf.txt; fail "HPL's residual"; }
! grep -q FAILED hpccoutf.txt || { grep FAILED hpccoutf.txt; fail "hpcc"; }
grep '||Ax-b||' hpccoutf.txt
[ "$(ranks_served)" = "$ranks" ] || fail "$(ranks_served) of $ranks ranks computed with $library"

phase "ScaLAPACK"
tests=$(ls -d /usr/lib/*/scalapack/openmpi-tests)
passed=0 served=0
# summary <output> : "<passed> <failed>" of a program that ends with one; PBLAS's testers count in a table.
summary() {
  awk '/tests completed and passed/ { good += $1 } /tests completed and failed/ { bad += $1 }
       /tests completed without checking/ { good += $1 }
       $1 == "|" && $2 ~ /^P[SDCZ]/ { good += $4; bad += $5 }  # name, total, passed, failed, skipped
       /check:.*FAILED/ { ++bad }
       END { print good + 0, bad + 0 }' "$1"
}
run() {  # run <folder below the tests> <program> <input>
  mkdir -p "$work/$2" && cd "$work/$2"
  cp "$tests/$1"*.dat .
  on_ranks "$tests/$1$2" > output || { tail output; fail "$2"; }
  local good bad
  read -r good bad < <(summary output)
  printf '%-10s %6d passed %4d failed\n' "$2" "$good" "$bad"
  [ "$bad" = 0 ] && [ "$good" -gt 0 ] || { grep -iE 'fail|\*\*\*' output | head; fail "$2"; }
  passed=$((passed + good))
  [ "$(ranks_served)" = 0 ] || served=$((served + 1))
}
# Not the singular values: Debian's input for them wants four ranks.
for type in s d c z; do
  for name in lu llt qr ls inv trd brd hrd nep; do run "" "x$type$name"; done
done
for type in s d c z; do
  for level in 1 2 3; do run PBLAS/ "${type}pb${level}tst"; done
done
[ "$served" -gt 0 ] || fail "no program computed with $library"
phase ""
echo "== $passed ScaLAPACK tests passed on $ranks ranks; gemm of $served programs came from $library"
