#!/usr/bin/env bash
# Reads what `hubdata export` writes of whole slides with other programs' readers, compares
# every area, and reads it back:
#   bash reference/slides.sh VENV SEED
# VENV is created if it does not exist. It takes some 400 MB.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1 seed=$2
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
"${pip[@]}" 'shapely==2.2.*' 'geopandas==1.2.*' 'geojson==3.3.*' 'jsonschema==4.26.*' 'dlup==0.9.*'
"${pip[@]}" --no-deps 'girder-large-image-annotation==1.35.*'

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
"$out/hubdata" demo --seed "$seed" --no-convert --predictions 0 --quiet "$out/demo"
"$out/hubdata" export --to qupath --quiet -o "$out/tiles" "$out/demo"
"$out/hubdata" import --from qupath --quiet -o "$out/slides.json" "$out/tiles"
"$out/hubdata" export --to coco --option segmentation=counts --quiet -o "$out/tiles.json" "$out/demo"
for format in qupath asap imagescope dsa; do
  "$out/hubdata" export --to $format --quiet -o "$out/tiles-$format" "$out/demo"
  "$venv/bin/python" reference/slides.py pixels $format "$out/tiles-$format" "$out/tiles.json"
done
"$venv/bin/python" reference/slides.py drawn "$seed" "$out/drawn.json"
for set in slides drawn; do
  for format in qupath asap imagescope ndpa dsa; do
    options=()
    if [ $format = ndpa ]; then
      options=(--option mpp=0.2265,0.227 --option centre=-1234567,34567.5)
    fi
    to=$out/$set-$format
    "$out/hubdata" export --to $format "${options[@]}" --quiet -o "$to" "$out/$set.json"
    "$venv/bin/python" -W ignore reference/slides.py $format "$to" "$out/$set.json"
    "$out/hubdata" import --from $format "${options[@]}" --against "$out/$set.json" --changes "$to.changes.json" \
      -o "$to.json" "$to" | grep "^compared .*; 0 with another class"
    grep -q '"changes":\[\]' "$to.changes.json"
  done
done
