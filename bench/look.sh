#!/usr/bin/env bash
# Compares the commands that inspect data with Python doing the same, on the full-size demo:
#   bash bench/look.sh [VENV] [PART...]
# Parts: check, stats; default: all. Each first compares the results, then prints a
# table of docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv}
if [ $# -gt 0 ]; then
  shift
fi
parts=("$@")
if [ ${#parts[@]} -eq 0 ]; then
  parts=(check stats)
fi
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r reference/requirements.txt pandas
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -o "$work/hubdata" ./cmd/hubdata
"$work/hubdata" demo --scale full --predictions 0 --no-convert --quiet "$work/full"
"$work/hubdata" convert --class all --per none --quiet -o "$work/runs.json" "$work/full"
"$work/hubdata" convert --class all --per none --segmentation polygon --quiet -o "$work/polygons.json" "$work/full"
for part in "${parts[@]}"; do
  "$venv/bin/python" bench/look.py "$part" "$work/hubdata" "$work"
done
