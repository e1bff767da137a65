#!/usr/bin/env bash
# Compares the recipe hubmap-3rd with the winner's own repository:
#   bash reference/winner.sh CHECKOUT [VENV]
# CHECKOUT is a checkout or a git directory of https://github.com/Nischaydnk/HubMap-2023-3rd-Place-Solution. Nothing of it
# is copied here: it is read, and its notebook's functions run, where it is. VENV and VENV-config are those of live.sh.
# $HUBDATA_REAL/hubmap is the competition's folder, or a part of it; without it, the data are drawn.
set -euo pipefail
checkout=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
venv=${2:-.ci/tools/venv}
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
if [ ! -d "$checkout/all_configs" ]; then
  mkdir "$out/checkout"
  git -C "$checkout" archive HEAD all_configs configs split train.py test.py | tar -x -C "$out/checkout"
  checkout=$out/checkout
fi
pip() { "$@" -m pip install --quiet --disable-pip-version-check "${packages[@]}"; }
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv"; fi
packages=(-r reference/requirements.txt); pip "$venv/bin/python"
if [ ! -x "$venv-config/bin/python" ]; then python3 -m venv "$venv-config"; fi
packages=('setuptools<81' wheel 'yapf<0.40.2'); pip "$venv-config/bin/python"
packages=(--no-build-isolation 'mmcv==1.7.*'); pip "$venv-config/bin/python"

hubdata=${HUBDATA:-}
if [ -z "$hubdata" ]; then
  CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
  hubdata=$out/hubdata
fi
mkdir "$out/hubmap"
if [ -n "${HUBDATA_REAL:-}" ] && [ -d "$HUBDATA_REAL/hubmap" ]; then
  cp "$HUBDATA_REAL"/hubmap/{tile_meta.csv,polygons.jsonl} "$out/hubmap/"
else
  "$hubdata" demo --no-convert --quiet "$out/demo"
  cp "$out"/demo/{tile_meta.csv,polygons.jsonl} "$out/hubmap/"
fi
ln -s "$checkout" "$out/hubmap/solution"
here=$PWD
cd "$out/hubmap"
"$hubdata" train init --quiet hubmap-3rd
"$venv-config/bin/python" "$here/reference/winner.py" configs "$hubdata" solution
"$venv/bin/python" "$here/reference/winner.py" data "$hubdata" solution
"$venv/bin/python" "$here/reference/winner.py" logs "$hubdata" solution
