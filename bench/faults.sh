#!/usr/bin/env bash
# Injects the faults whose figures are in docs/reliability.md:
#   bash bench/faults.sh [SEED] [KILLS]
# Builds hubdata, kills it KILLS times (1000, runs of trainings not counted), fills disks, changes inputs and causes
# other faults, at moments and in ways that SEED (1) decides. Prints a table, and exits with 1 if a result is wrong.
# Full disks need root. BIG=4.1 also reads a results file of 4.1 GB, which takes 15 minutes and 12 GB of disk.
set -euo pipefail
cd "$(dirname "$0")/.."
seed=${1:-1}
kills=${2:-1000}
work=$(mktemp -d)
chmod 755 "$work" # some runs are by another user
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -o "$work/hubdata" ./cmd/hubdata
CGO_ENABLED=0 go build -o "$work/faults" ./bench/faults
mkdir "$work/full" "$work/small"
failed=0
# A quarter of the kills hit runs on data of the competition's size. The other faults do not depend on the size.
"$work/faults" -seed "$seed" -kills $((kills / 4)) -only kill "$work/hubdata" "$work/full" || failed=1
"$work/faults" -seed "$seed" -kills $((kills * 3 / 4)) -scale small "$work/hubdata" "$work/small" | tail -n +3 || failed=1
if [ -n "${BIG:-}" ]; then
  "$work/faults" -scale small -only big -big "$BIG" "$work/hubdata" "$work/small" | tail -n +3 || failed=1
fi
# hubdata train has a test of its own: 200 kills and signals in chains of twelve trainings.
if text=$(HUBDATA_LONG=1 HUBDATA_SEED="$seed" go test -count=1 -v -run TestTrainKilled ./cmd/hubdata/internal/traincmd 2>&1); then
  n=$(grep -oE '[0-9]+ kills' <<<"$text" | grep -oE '[0-9]+')
  echo "| SIGKILL and SIGTERM to hubdata, SIGKILL to the training, at random moments | train run | $n | the chain of twelve came to the end of an undisturbed one; no epoch that was safe was trained again, no two trained in one folder, no lock and no unfinished file was left |"
else
  echo "$text" >&2
  failed=1
fi
exit "$failed"
