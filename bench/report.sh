#!/usr/bin/env bash
# Measures hubdata report on full-size demo sets, without and with the predictions of three models:
#   bash bench/report.sh
# Prints the table in docs/performance.md. Needs Go and GNU time.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -o "$work/hubdata" ./cmd/hubdata
run() { # NAME FOLDER: the median of three by processor time
  local times
  times=$(for _ in 1 2 3; do
    command time -f '%U %S %e %M' "$work/hubdata" report --quiet -o "$work/report.html" "$2" 2>&1
  done | awk '{ printf "%.2f %.2f %d\n", $1 + $2, $3, $4 / 1024 }' | sort -n | sed -n 2p)
  read -r cpu wall memory <<<"$times"
  echo "| $1 | $cpu s | $wall s | $memory MB | $(($(stat -c %s "$work/report.html") / 1000)) kB |"
}
echo "| full-size demo | processor time | wall time | peak memory | report |"
echo "|---|---|---|---|---|"
"$work/hubdata" demo --scale full --predictions 0 --quiet "$work/full"
"$work/hubdata" folds -k 5 --quiet "$work/full"
run "outlines and folds" "$work/full"
"$work/hubdata" demo --scale full --no-convert --quiet "$work/models"
mv "$work/models/predictions" "$work/full"
cp "$work/models/ds3_truth.json" "$work/full"
"$work/hubdata" pseudo --thr 0.5,0.6 --quiet "$work/full"
run "and pseudo-labels, three models of 540,000 predictions" "$work/full"
