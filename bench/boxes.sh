#!/usr/bin/env bash
# BoxFuser beside ensemble-boxes:
#   bash bench/boxes.sh [VENV]
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r reference/requirements.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -o "$work/boxes" ./bench/boxes
"$venv/bin/python" bench/boxes.py "$work" "$work/boxes"
