#!/usr/bin/env bash
# hubdata show beside matplotlib, on 100 drawn tiles:
#   bash bench/show.sh [VENV]
# Prints the table that docs/performance.md shows. Needs Go and Python with pip.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r reference/requirements.txt -r bench/show.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -o "$work/hubdata" ./cmd/hubdata
"$work/hubdata" demo --predictions 0 --quiet "$work/demo"
"$venv/bin/python" bench/show.py "$work/hubdata" "$work/demo" 5
