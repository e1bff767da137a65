#!/usr/bin/env bash
# Loads files written by hubdata with the real MMDetection, on the CPU:
#   bash reference/mmdet.sh [VENV] [SEED]
# VENV (2.3 GB) is created if it does not exist. It needs Python 3.9 or 3.10, which
# $HUBDATA_MMDET_PYTHON can name. Without such a Python or a matching wheel, nothing is compared:
# the script says so and does not fail.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv-mmdet}
seed=${2:-$(date +%Y%m%d)}

skip() {
  echo "MMDetection is not compared: $1"
  exit 0
}

if [ ! -x "$venv/bin/python" ]; then
  python=
  for candidate in ${HUBDATA_MMDET_PYTHON:+"$HUBDATA_MMDET_PYTHON"} python3.10 python3.9 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10.*/bin/python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.9.*/bin/python python3; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in [(3, 9), (3, 10)])' 2>/dev/null; then
      python=$candidate
      break
    fi
  done
  [ -n "$python" ] || skip "there is no Python 3.9 or 3.10 here (name one in HUBDATA_MMDET_PYTHON)"
  "$python" -m venv "$venv"
fi
script=$PWD/reference/mmdet_load.py
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac

pip() { "$venv/bin/python" -m pip --disable-pip-version-check install --quiet "$@"; }

# 3.x and its mmcv are installed in the environment itself, 2.x and its mmcv in folders
# that precede it in the path. If there is a wheel of mmcv with compiled operators, it is used;
# otherwise mmcv is installed without them (mmdet_load.py has a stand-in). mmcv 1.x is installed
# from source.
pip --only-binary :all: -r reference/mmdet.txt || skip "pip could not install reference/mmdet.txt"
if ! "$venv/bin/python" -c 'import mmcv' 2>/dev/null; then
  pip --only-binary :all: --no-deps mmcv==2.1.0 2>/dev/null ||
    pip --no-deps mmcv-lite==2.1.0 || skip "pip could not install mmcv 2.1.0"
fi
pip --no-deps mmdet==3.3.0 || skip "pip could not install mmdet 3.3.0"
for package in mmcv==1.7.0 mmdet==2.25.3 mmdet==2.28.2; do
  if [ ! -d "$venv/$package" ]; then
    rm -rf "$venv/part"
    MMCV_WITH_OPS=0 pip --no-deps --no-build-isolation --target "$venv/part" "$package" || skip "pip could not install $package"
    mv "$venv/part" "$venv/$package"
  fi
done

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
data=$out/demo
"$out/hubdata" demo --seed "$seed" --no-convert --quiet "$data"
for segmentation in rle counts polygon; do
  for ids in int tile; do
    for start in 0 1; do
      "$out/hubdata" convert --quiet --segmentation "$segmentation" --image-id "$ids" --category-start "$start" --per tier \
        -o "$out/convert-$segmentation-$ids-$start" "$data"
    done
  done
done
"$out/hubdata" convert --quiet -o "$out/coco" "$data"
"$out/hubdata" convert --quiet --class all --per none -o "$out/all_classes.json" "$data"
"$out/hubdata" convert --quiet --fill coco --segmentation polygon --per none -o "$out/fill_coco.json" "$data"
"$out/hubdata" convert --quiet --dataset 1 --image-id tile --category-start 0 --segmentation counts --rings first --per none \
  -o "$out/winner.json" "$data"
"$out/hubdata" convert --quiet --dataset 3 --per none -o "$out/unlabelled.json" "$data"
"$out/hubdata" folds --quiet --full --always-train 2 -o "$out/folds" "$data"
"$out/hubdata" folds --quiet --image-id tile --category-start 0 --segmentation polygon --fold 1 -o "$out/folds-polygon" "$data"
"$out/hubdata" pseudo --quiet --thr 0.5,0.6 --merge "$out/coco/ds2.json" -o "$out/pseudo" "$data"
"$out/hubdata" pseudo --quiet --ignore-band 0.3 --segmentation counts -o "$out/pseudo_band.json" "$data"
models=()
for file in "$data"/predictions/*; do # category_id is read according to --category-start
  name=$(basename "$file" .segm.json)
  sed 's/"category_id": *1/"category_id":0/g' "$file" >"$out/$name.results"
  models+=(--model "$name=$out/$name.results")
done
"$out/hubdata" pseudo --quiet --preset winner --image-id tile --category-start 0 --drop-empty "${models[@]}" -o "$out/pseudo_winner.json" "$data"
"$out/hubdata" merge --quiet -o "$out/merged.json" "$out/coco/ds1.json" "$out/coco/ds2.json" "$out/pseudo_band.json"
"$out/hubdata" filter --quiet --wsi 2 -o "$out/filtered.json" "$out/merged.json"


if [ -n "${HUBDATA_REAL:-}" ] && [ -d "$HUBDATA_REAL/hubmap/train" ]; then # those whose image exists
  mkdir "$out/real"
  for segmentation in rle polygon; do
    "$out/hubdata" convert --quiet --class all --segmentation "$segmentation" --per none -o "$out/all.real" "$HUBDATA_REAL/hubmap"
    for picture in "$HUBDATA_REAL"/hubmap/train/*.tif; do
      tile=$(basename "$picture" .tif)
      if grep -q "$tile" "$out/all.real"; then
        echo "$tile"
      fi
    done >"$out/real.txt"
    "$out/hubdata" filter --quiet --force --images-from "$out/real.txt" -o "$out/real/$segmentation.json" "$out/all.real"
  done
fi

cd "$out"
files=$(find . \( -path ./demo -o -path ./real \) -prune -o -name '*.json' ! -name 'folds*.json' -print | sed 's|^\./||' | sort)
# What hubdata's own check predicts for each file: a recipe with one training per file.
touch config.py
for dialect in mmdet2 mmdet3; do
  {
    printf 'version: 1\nname: gate\ndialect: %s\nclasses: [blood_vessel]\n' "$dialect"
    printf 'roots: {source: ., images: demo/train, data: ., configs: ., work: work}\ntool: {python: python, root: .}\ndatasets:\n'
    k=0
    for file in $files; do
      k=$((k + 1))
      printf '  d%d: {coco: %s}\n' "$k" "$file"
    done
    echo 'stages:'
    for n in $(seq "$k"); do
      printf '  - {id: s%d, kind: train, config: config.py, train: d%d, seed: 1, epochs: 1, batch_per_gpu: 2}\n' "$n" "$n"
    done
  } >"$dialect.yaml"
  "$out/hubdata" train check --json --no-images --no-tool "$dialect.yaml" >"$dialect.check" || [ $? = 3 ] # a file without annotations is a fault
done
for version in 3.3.0 2.25.3 2.28.2; do
  path=
  if [ "$version" != 3.3.0 ]; then
    path=$venv/mmcv==1.7.0:$venv/mmdet==$version
  fi
  echo "reference/mmdet_load.py, MMDetection $version"
  PYTHONPATH=$path "$venv/bin/python" "$script" --rules --images demo/train --gate "mmdet${version%%.*}.check" $files # names without spaces
  if [ -d real ]; then
    PYTHONPATH=$path "$venv/bin/python" "$script" --images "$HUBDATA_REAL/hubmap/train" real/*.json
  fi
done
