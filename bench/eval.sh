#!/usr/bin/env bash
# hubdata eval beside pycocotools, from files to numbers:
#   bash bench/eval.sh [VENV] [VENV_OF_OTHERS]
# The second folder, if given, is made with faster-coco-eval, hotcoco,
# ultrafast-pycocotools and vernier, which are then measured too.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r reference/requirements.txt
others=()
if [ -n "${2:-}" ]; then
  if [ ! -x "$2/bin/python" ]; then
    python3 -m venv "$2"
  fi
  "$2/bin/python" -m pip install --quiet --disable-pip-version-check faster-coco-eval hotcoco ultrafast-pycocotools vernier
  others=("$2/bin/python")
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -o "$work/hubdata" ./cmd/hubdata
"$work/hubdata" demo --scale full --predictions 0 --no-convert --quiet "$work/full"
"$venv/bin/python" bench/eval.py "$work" "$work/hubdata" "${others[@]}"
