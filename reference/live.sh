#!/usr/bin/env bash
# Compares hubdata with the real reference tools on fresh random cases:
#   bash reference/live.sh [VENV] [SEED]
# VENV is created if it does not exist. SEED defaults to the date, so that every day tries
# other cases and a failure can be reproduced. HUBDATA_MMDET=1 also loads sets with MMDetection,
# which takes 2.3 GB and a few more minutes; HUBDATA_EXPORT=1 reads exports with datasets, transformers and datumaro, 1.5 GB.
# As root on Debian, it installs Slurm and torch, 0.6 GB.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv}
seed=${2:-$(date +%Y%m%d)}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r reference/requirements.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r reference/tidecv.txt lvis==0.5.3

case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
export HUBDATA_PYTHON=$venv/bin/python # some tests call the tools directly
if [ -z "${HUBDATA_REAL:-}" ] && [ -d ../shared/data ]; then
  HUBDATA_REAL=$(cd ../shared/data && pwd)
  export HUBDATA_REAL
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for script in fill setops morph coco convert submission deflate folds eval lvis_rules tide confusion hubmap stats pseudo images jpegs pyramids rasters; do
  extra=()
  if [ "$script" = fill ] && [ -n "${HUBDATA_REAL:-}" ]; then
    extra=(--polygons "$HUBDATA_REAL/hubmap/polygons.jsonl")
  fi
  echo "reference/$script.py --seed $seed"
  "$HUBDATA_PYTHON" "reference/$script.py" --out "$out" --seed "$seed" "${extra[@]}"
done
HUBDATA_GOLDEN="$out" go test -count 1 -run Golden ./internal/deflate ./internal/imagefile/... ./rle ./coco/... ./wsi ./folds/... ./formats/cellpose ./formats/hovernet ./formats/labels ./pseudo

if [ -n "${HUBDATA_REAL:-}" ]; then
  go test -count 1 -run 'RealHuBMAP|RealSubmissions' ./coco/eval ./wsi
  echo "reference/convert.py --data, on the real folder"
  mkdir "$out/real"
  "$HUBDATA_PYTHON" reference/convert.py --data "$HUBDATA_REAL/hubmap" --out "$out/real"
  HUBDATA_GOLDEN="$out/real" go test -count 1 -run ConvertGolden ./wsi
fi

echo "bench/pseudo.py, on a small demo: the 3rd place's pseudo-labels, made in Python too"
CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
"$out/hubdata" demo --seed "$seed" --no-convert --quiet "$out/demo"
"$HUBDATA_PYTHON" bench/pseudo.py "$out/hubdata" "$out/demo"

echo "bench/strangers/walk.py --seed $seed: a study that is not HuBMAP's, through all commands"
"$HUBDATA_PYTHON" bench/strangers/walk.py "$out/hubdata" --seed "$seed"

# Read hubdata's configs with MMDetection's config readers. mmcv 1.x is built here, which
# needs an older setuptools; mmdet's wheels are only read, for their configs and transforms.
mm=$venv-config
if [ ! -x "$mm/bin/python" ]; then
  python3 -m venv "$mm"
fi
"$mm/bin/python" -m pip install --quiet --disable-pip-version-check 'setuptools<81' wheel 'mmengine-lite==0.10.*'
"$mm/bin/python" -m pip install --quiet --disable-pip-version-check --no-build-isolation 'mmcv==1.7.*'
for version in 2.28.2 3.3.0; do
  wheel=$mm/wheels/mmdet${version%%.*}
  if [ ! -d "$wheel" ]; then
    "$mm/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$wheel" "mmdet==$version"
  fi
done
echo "reference/overlay.py"
"$mm/bin/python" reference/overlay.py "$out/hubdata" --wheels "$mm/wheels"

if [ "${HUBDATA_MMDET:-}" = 1 ]; then # gigabytes
  bash reference/mmdet.sh "$(dirname "$venv")/venv-mmdet" "$seed"
fi

if [ "${HUBDATA_EXPORT:-}" = 1 ]; then # gigabytes
  bash reference/export.sh "$(dirname "$venv")/venv-export" "$seed"
  bash reference/slides.sh "$(dirname "$venv")/venv-slides" "$seed"
fi

# Most of the time of these two is waiting.
bash reference/slurm.sh >"$out/slurm.log" 2>&1 &
slurm=$!
under_torchrun=0
bash reference/torchrun.sh || under_torchrun=$?
in_slurm=0
wait "$slurm" || in_slurm=$?
cat "$out/slurm.log"
[ "$under_torchrun$in_slurm" = 00 ] || exit 1

echo "reference/arrays.py --seed $seed"
"$HUBDATA_PYTHON" reference/arrays.py "$out/hubdata" --seed "$seed"

echo "reference/check.py --seed $seed"
"$HUBDATA_PYTHON" reference/check.py "$out/hubdata" --seed "$seed"

echo "reference/wholes.py --seed $seed"
"$HUBDATA_PYTHON" reference/wholes.py "$out/hubdata" --seed "$seed"

echo "reference/tile.py --seed $seed"
"$HUBDATA_PYTHON" reference/tile.py "$out/hubdata" --seed "$seed"

echo "reference/forms.py --seed $seed"
"$HUBDATA_PYTHON" reference/forms.py "$out/hubdata" --seed "$seed"

# Open reports and the page of view in a real browser, if there is one.
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -n "$chromium" ]; then
  browser=$venv-browser # playwright needs 45 MB; its own browsers are not downloaded
  if [ ! -x "$browser/bin/python" ]; then
    python3 -m venv "$browser"
  fi
  "$browser/bin/python" -m pip install --quiet --disable-pip-version-check -r reference/report.txt
  data=()
  if [ -n "${HUBDATA_REAL:-}" ]; then
    data=(--truth "$HUBDATA_REAL/hubmap/fold0_val_gt.json" --data "$HUBDATA_REAL/hubmap")
  fi
  echo "reference/report.py, with $chromium"
  "$browser/bin/python" reference/report.py "$out/hubdata" "$chromium" "${data[@]}"
  "$browser/bin/python" -m pip install --quiet --disable-pip-version-check -r reference/view.txt
  echo "reference/view.py --seed $seed, with $chromium"
  "$browser/bin/python" reference/view.py "$out/hubdata" "$chromium" --seed "$seed"
else
  echo "reference/report.py, reference/view.py: no Chromium here, neither a report nor the page of view is opened in a browser"
fi
