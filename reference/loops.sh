#!/usr/bin/env bash
# Scores with hubdata inside the validation loops of the real MMDetection and ultralytics, as
# docs/python.md shows it (reference/loops.py), on the CPU:
#   bash reference/loops.sh [VENV]
# It takes gigabytes: VENV-ultralytics is created here, and VENV-mmdet is that of
# reference/mmdet.sh (run it first; without it MMDetection is skipped). A package that pip
# cannot install is skipped, with a message.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv}
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TARGETS=$(go env GOHOSTOS)/$(go env GOHOSTARCH) bash release/wheels.sh "$work/wheels"

loop() { # NAME PYTHON
  "$2" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$work/wheels" --target "$work/$1" hubdata
  PYTHONPATH=$work/$1 "$2" -m hubdata demo --quiet "$work/demo-$1"
  PYTHONPATH=$work/$1 "$2" reference/loops.py "$1" "$work/demo-$1" | tail -n 1
}

if [ -x "$venv-mmdet/bin/python" ]; then
  loop mmdet "$venv-mmdet/bin/python"
else
  echo "MMDetection's loop is skipped: run reference/mmdet.sh $venv-mmdet first"
fi
if [ ! -x "$venv-ultralytics/bin/python" ]; then
  python3 -m venv "$venv-ultralytics"
fi
if "$venv-ultralytics/bin/python" -m pip install --quiet --disable-pip-version-check ultralytics pycocotools; then
  loop ultralytics "$venv-ultralytics/bin/python"
else
  echo "ultralytics' loop is skipped: pip could not install it"
fi
