#!/usr/bin/env bash
# Runs every fuzz target for a while, one after the other, by one worker:
#   bash bench/fuzz.sh [DURATION] [PATTERN]
# DURATION is 10 minutes if not given, as Go writes it (90s, 10m); PATTERN takes the
# targets that it matches. An input that breaks one lands in testdata/fuzz of its package,
# where go test runs it from then on: commit it with the repair.
set -euo pipefail
cd "$(dirname "$0")/.."
duration=${1:-10m}
pattern=${2:-.}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
for pkg in $(go list ./...); do
  for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' | grep -E "$pattern" || true); do
    state=held
    if ! go test -run '^$' -fuzz "^$target\$" -fuzztime "$duration" -fuzzminimizetime 10s -parallel 1 "$pkg" >"$log" 2>&1; then
      state=BROKEN
      failed=1
      cat "$log" >&2
    fi
    # The last line of progress: fuzz: elapsed: 10m0s, execs: 123 (4/sec), new interesting: 5 (total: 6)
    counts=$(grep '^fuzz: elapsed.*execs' "$log" | tail -1 | sed -E 's/^fuzz: elapsed: ([^,]+), execs: ([0-9]+) .*total: ([0-9]+).*/\1\t\2 runs\t\3 seeds/' || true)
    printf '%s\t%s\t%s\t%s\n' "${pkg#*/*/*/}" "$target" "$state" "$counts"
  done
done
exit "$failed"
