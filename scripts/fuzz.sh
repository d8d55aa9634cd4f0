#!/bin/bash
# fuzz.sh <seconds> [<target>...] : runs each target of test/fuzz, or those named, for so many seconds under libFuzzer with
# the address and undefined behaviour sanitizers. Inputs that reach new code are kept in build/fuzz/corpus/<target>; one that
# ends a target is printed as a line for test/fuzz/corpus/<target>.txt, where every build replays it. Needs Clang 16.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ ${1:-} =~ ^[0-9]+$ ]] || { sed -n 2,4p "$0"; exit 2; }
seconds=$1
shift
if [ $# -eq 0 ]; then
  # shellcheck disable=SC2046
  set -- $(cd test/fuzz/corpus && ls | sed 's/\.txt$//')
fi

cmake --preset fuzz > /dev/null
cmake --build --preset fuzz -j "$(nproc)" --target "${@/#/fuzz_}"
ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer-16 || command -v llvm-symbolizer || true)
export ASAN_SYMBOLIZER_PATH

# The checked-in lines as files, which is how libFuzzer reads a corpus.
seeds() {  # seeds <target> <folder>
  local number=0 line
  while IFS= read -r line; do
    printf '%b' "$(sed -E 's/#.*//; s/[[:space:]]//g; s/../\\x&/g' <<< "$line")" > "$2/$((number += 1))"
  done < "test/fuzz/corpus/$1.txt"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for target; do
  kept=build/fuzz/corpus/$target
  mkdir -p "$kept" "$work/$target"
  seeds "$target" "$work/$target"
  if nice "build/fuzz/test/fuzz/fuzz_$target" "$kept" "$work/$target" -max_total_time="$seconds" -max_len=256 -len_control=0 \
    -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix="$work/found-$target-" > "$work/log" 2>&1; then
    printf '%-8s %9d inputs, %5d kept, %6s s\n' "$target" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")" "$(ls "$kept" | wc -l)" "$seconds"
    continue
  fi
  failed=1
  grep -vE '^(#|INFO|\s*NEW_FUNC)' "$work/log" | head -60
  for found in "$work/found-$target-"*; do
    [ -e "$found" ] && printf '%s: a line for test/fuzz/corpus/%s.txt:\n%s\n' "$target" "$target" "$(od -An -v -tx1 "$found" | tr -d ' \n')"
  done
done
exit "$failed"
