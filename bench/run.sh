#!/usr/bin/env bash
# Whole commands side by side with the Python reference, on full-size demo data:
#   bash bench/run.sh [VENV]
# Prints the table that docs/performance.md shows. Needs Go and Python with pip.
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
CGO_ENABLED=0 go build -o "$work/load" ./bench/load
"$work/hubdata" demo --scale full --predictions 0 --no-convert --quiet "$work/full"
"$venv/bin/python" bench/tenfold.py "$work/full" "$work/tenfold"
"$venv/bin/python" bench/compare.py "$work" "$venv/bin/python"
