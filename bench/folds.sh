#!/usr/bin/env bash
# Measures folds: writing ten sets compared with one conversion, on the full-size demo, and
# splitting COCO files of increasing size, with the peak memory.
#   bash bench/folds.sh [IMAGES]
set -euo pipefail
cd "$(dirname "$0")/.."
images=${1:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -o "$work/hubdata" ./cmd/hubdata
"$work/hubdata" demo --scale full --predictions 0 --no-convert --quiet "$work/full"
measure() { /usr/bin/time -f "%e s, %M KB: $*" "$@"; }
cd "$work"
for _ in 1 2 3 4 5; do
  measure ./hubdata convert --dataset 1 --quiet -o converted full
  measure ./hubdata folds -k 5 --quiet -o folds full
done
rm -rf converted folds
for n in $((images / 10)) "$images"; do
  python3 "$OLDPWD/bench/folds.py" any.json "$n"
  ls -l any.json | awk -v n="$n" '{ print n " images, " $5 " bytes" }'
  measure ./hubdata folds --coco any.json --group-by patient --fold 1 --quiet -o split
  measure ./hubdata folds --coco any.json --group-by patient --quiet -o split
  rm -rf split
done
