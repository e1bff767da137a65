#!/usr/bin/env bash
# Runs every fuzz target for a while with one worker each, JOBS (1) of them at a time:
#   bash bench/fuzz.sh [DURATION] [PATTERN]
# DURATION (10m) is in Go's form, such as 90s; PATTERN selects the targets whose names match. Prints package,
# target, outcome, time, inputs and seeds, separated by tabs. An input that breaks a target is written to
# testdata/fuzz of its package, where every go test runs it: commit it with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."
export duration=${1:-10m}
pattern=${2:-.}

one() { # PACKAGE TARGET
  local log state=held status=0
  log=$(mktemp)
  if ! go test -run '^$' -fuzz "^$2\$" -fuzztime "$duration" -fuzzminimizetime 10s -parallel 1 "$1" >"$log" 2>&1; then
    state=BROKEN status=1
    cat "$log" >&2
  fi
  # The last line of progress: fuzz: elapsed: 10m0s, execs: 123 (4/sec), new interesting: 5 (total: 6)
  counts=$(grep '^fuzz: elapsed.*execs' "$log" | tail -1 | sed -E 's/^fuzz: elapsed: ([^,]+), execs: ([0-9]+) .*total: ([0-9]+).*/\1\t\2\t\3/' || true)
  printf '%s\t%s\t%s\t%s\n' "${1#*/*/*/}" "$2" "$state" "$counts"
  rm -f "$log"
  return "$status"
}
export -f one

for pkg in $(go list ./...); do
  go test -list '^Fuzz' "$pkg" | grep '^Fuzz' | grep -E "$pattern" | sed "s|^|$pkg |" || true
done | xargs -r -P "${JOBS:-1}" -L 1 bash -c 'one "$@"' one
