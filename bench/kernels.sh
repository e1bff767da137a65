#!/usr/bin/env bash
# The kernels of package rle beside pycocotools' C code, built from its source
# distribution with gcc -O3:
#   bash bench/kernels.sh [VENV]
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pip=("$venv/bin/python" -m pip --quiet --disable-pip-version-check)
"${pip[@]}" install setuptools wheel cython numpy # what pip wants for looking at the source
"${pip[@]}" download --no-deps --no-build-isolation --no-binary pycocotools -d "$work" pycocotools==2.0.11
tar -xzf "$work"/pycocotools-*.tar.gz -C "$work" --strip-components 1
gcc -O3 -I "$work/common" bench/maskapi/driver.c "$work/common/maskApi.c" -lm -o "$work/driver"
go run ./cmd/hubdata demo --scale full --predictions 0 --no-convert --quiet "$work/full"
go build -o "$work/kernels" ./bench/kernels
"$work/kernels" "$work/driver" "$work/full/polygons.jsonl" "$work"
