#!/usr/bin/env bash
# Reads what `hubdata export` writes with the real tools, and compares every mask and box:
#   bash reference/export.sh VENV SEED
# VENV and VENV-datumaro are created if they do not exist. Both take some 1.5 GB.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1 seed=$2
for v in "$venv" "$venv-datumaro"; do
  if [ ! -x "$v/bin/python" ]; then
    python3 -m venv "$v"
  fi
done
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'datasets==5.2.*' 'transformers==5.24.*' pillow pycocotools
"$venv-datumaro/bin/python" -m pip install --quiet --disable-pip-version-check 'datumaro==1.13.*'

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
"$out/hubdata" demo --seed "$seed" --no-convert --predictions 0 --quiet "$out/demo"
"$out/hubdata" folds -k 3 --quiet -o "$out/plan.csv" "$out/demo"
"$out/hubdata" export --to coco --quiet -o "$out/truth.json" "$out/demo"
for form in polygon counts; do
  "$out/hubdata" export --to hf --option segmentation=$form --folds "$out/plan.csv" --fold 1 --quiet -o "$out/hf-$form" "$out/demo"
  "$venv/bin/python" reference/export_hf.py "$out/hf-$form" "$out/truth.json"
done
"$out/hubdata" export --to coco --option layout=datumaro --option segmentation=polygon --folds "$out/plan.csv" --fold 1 --quiet -o "$out/datumaro" "$out/demo"
"$venv-datumaro/bin/python" reference/export_datumaro.py "$out/datumaro" "$out/again"
"$out/hubdata" import --image-dir "$out/demo/train" --quiet -o "$out/again.json" "$out/again"
