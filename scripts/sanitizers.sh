#!/bin/bash
# sanitizers.sh [asan|tsan|valgrind]... : the tests under the address and undefined behaviour sanitizers, under the thread
# sanitizer, and a sample of them on the baseline instruction set under valgrind; all three without an argument. .ci/run has
# all of asan, and of tsan the tests of runtime and gemm, where threads are made and work is shared out.
#
# What is left out, and why:
#   asan, tsan   arch and install look at libraries as they are shipped, netlib and lapack at programs of the
#                distribution, into which a sanitizer's runtime is not linked; faults replaces malloc, as a sanitizer
#                does; autotune measures speed, which an instrumented build does not have. AVX-512 kernels are the
#                templates that AVX2's are, in wider registers.
#   valgrind     kernels above baseline: it has no AVX-512, and the others are what asan runs. Tests named after threads:
#                it runs one thread at a time, and tsan knows more.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/install.sh
[ $# -gt 0 ] || set -- asan tsan valgrind
left_out='netlib|lapack|arch|install|autotune|faults'

build() {  # build <preset>
  cmake --preset "$1" > /dev/null
  cmake --build --preset "$1" -j "$(nproc)"
}

for what; do
  phase "$what"
  case $what in
    asan | tsan)
      build "$what"
      ctest --preset "$what" -j "$(nproc)" -LE "$left_out"
      ;;
    valgrind)
      install_packages valgrind
      build release
      # Two cases in a hundred. Threads that wait for work when the program ends still have their stacks: only what is
      # definitely lost counts.
      for test in kernel pack gemm quant conv nn blas; do
        echo "-- ${test}_test"
        TESSERA_ISA=baseline TESSERA_TEST_PERCENT=2 valgrind -q --error-exitcode=9 --leak-check=full \
          --show-leak-kinds=definite --errors-for-leak-kinds=definite "build/release/test/$test/${test}_test" \
          --gtest_brief=1 --gtest_filter="-*avx*:*Threads*:*Concurren*"
      done
      ;;
    *)
      sed -n 2,4p "$0"
      exit 2
      ;;
  esac
done
phase ""
