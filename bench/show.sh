#!/usr/bin/env bash
# Compares hubdata show with matplotlib, on 100 synthetic tiles:
#   bash bench/show.sh [VENV]
# Prints the table in docs/performance.md. Needs Go and Python with pip.
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
