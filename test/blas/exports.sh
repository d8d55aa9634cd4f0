#!/bin/bash
# exports.sh <library> <symbol list> : the library exports exactly the listed symbols, and needs glibc alone at run time.
# An archive: defines exactly the listed symbols for others.
set -u
library=$1 list=$2 status=0
if [[ $library == *.a ]]; then
  exported=$(nm -g --defined-only "$library" | awk 'NF == 3 && $2 != "V" { print $3 }' | LC_ALL=C sort)
else
  exported=$(nm -D --defined-only "$library" | awk '{ print $3 }' | LC_ALL=C sort)
fi
if ! difference=$(diff "$list" <(echo "$exported")); then
  echo "exports of $library differ from $list (< missing, > not on the list):"
  echo "$difference"
  status=1
fi
[[ $library == *.a ]] && exit $status
# The loader is a part of glibc: thread-local variables bring it in.
needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc\.so\.6|libm\.so\.6|ld-linux[-a-z0-9_]*\.so\.[0-9])$')
if [ -n "$needed" ]; then
  echo "$library needs at run time:" $needed
  status=1
fi
readelf -d "$library" | grep -q 'NODELETE' || { echo "$library can be unloaded under its threads"; status=1; }
readelf -d "$library" | grep -q 'NOW' || { echo "$library is bound lazily"; status=1; }
exit $status
