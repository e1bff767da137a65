#!/usr/bin/env bash
# Whole runs of hubdata pseudo beside the same recipe in Python, on full-size demo
# data: 5,400 tiles, three models of 100 predictions a tile:
#   bash bench/pseudo.sh [VENV]
# Prints the table that docs/performance.md shows, after comparing the results. Takes
# ten minutes, nearly all of it Python's.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r reference/requirements.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -o "$work/hubdata" ./cmd/hubdata
"$work/hubdata" demo --scale full --predictions 100 --no-convert --quiet "$work/full"
"$venv/bin/python" bench/pseudo.py "$work/hubdata" "$work/full"
