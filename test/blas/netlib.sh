#!/bin/bash
# netlib.sh <library> <symbol list> <program> [input] : runs one of netlib's BLAS test programs on the given libblas.so.3
# or libblas64.so.3 (Debian's libblas-test, libblas64-test).
#
# The programs bind every routine of their level when they start. Routines that the library does not export come from
# the machine's own libblas, which stands behind it; the loader's report of bindings must show that every routine on the
# symbol list was bound to the given library. Exit code 77: the test programs are not installed.
set -u
library=$(readlink -f "$1") symbols=$(readlink -f "$2") program=$3 input=${4:-}

soname=$(basename "$1")
name=${soname%.so.3} name=${name#lib}  # blas, blas64: also the name of Debian's folder
dir=
for candidate in /usr/lib/*/"$name" /usr/lib/"$name"; do
  [ -x "$candidate/$program" ] && dir=$candidate && break
done
if [ -z "$dir" ]; then
  echo "SKIPPED: $program not found; install the Debian package lib$name-test"
  exit 77
fi
behind=$(ldconfig -p 2>/dev/null | awk -v soname="$soname" '$1 == soname { print $NF; exit }')
[ -e "$dir/$soname" ] && behind=$dir/$soname

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

LD_PRELOAD=$library${behind:+:$behind} LD_DEBUG=bindings LD_DEBUG_OUTPUT=$work/loader \
  timeout 300 "$dir/$program" < "${input:+$dir/}${input:-/dev/null}" > output 2>&1
code=$?
cat ./*.out >> output 2>/dev/null
grep -E 'PASS|FAIL|\*\*\*|undefined' output

[ $code -eq 0 ] || { echo "$program ended with $code"; tail -20 output; exit 1; }
if grep -qE 'FAIL|\*\*\*\*\*|FATAL|undefined symbol' output; then echo "$program reports failures"; exit 1; fi
grep -q PASS output || { echo "$program says of nothing that it passed"; exit 1; }

# "binding file <program> [0] to <library> [0]: normal symbol `<name>'"
awk -v library="$library" -v program="$dir/$program" '
  NR == FNR { ours[$1] = 1; next }
  /binding file / {
    line = $0
    sub(/.*binding file /, "", line)
    split(line, word, " ")
    name = line; sub(/.*symbol `/, "", name); sub(/'"'"'.*/, "", name)
    if (word[1] != program || !(name in ours)) next
    if (word[4] == program || name ~ /xerbla/) next          # its own error handler
    if (word[4] != library) { print name " was served by " word[4]; bad = 1; next }
    served++
  }
  END {
    print served + 0 " routines of " program " served by " library
    exit bad || served == 0
  }' "$symbols" "$work"/loader.*
