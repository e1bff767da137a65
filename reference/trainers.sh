#!/usr/bin/env bash
# Reads exports with the code of RF-DETR, Mask2Former (transformers), nnU-Net and Cellpose, and imports what Cellpose
# writes (reference/trainers.py):
#   bash reference/trainers.sh VENV SEED
# VENV is created if it does not exist. It takes some 6 GB, most of it torch. $HUBDATA_TRAINERS names some of them:
# 'rfdetr mask2former'. $HUBDATA_OFFLINE=1 installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1 seed=$2
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
if [ -z "${HUBDATA_OFFLINE:-}" ]; then
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check rfdetr transformers nnunetv2 cellpose pycocotools tifffile
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
hubdata=$out/hubdata
"$hubdata" demo --seed "$seed" --no-convert --predictions 0 --quiet "$out/demo"
"$hubdata" folds -k 3 --method kfold --buffer 0 --quiet -o "$out/plan.csv" "$out/demo"
"$hubdata" export --to coco --dataset 1,2 --option segmentation=polygon --quiet -o "$out/all.json" "$out/demo"
"$hubdata" export --to coco --dataset 1 --option segmentation=polygon --quiet -o "$out/planned.json" "$out/demo"
for work in ${HUBDATA_TRAINERS:-rfdetr mask2former nnunet cellpose}; do
  run() { HF_HUB_OFFLINE=1 nnUNet_raw=$out nnUNet_preprocessed=$out nnUNet_results=$out "$venv/bin/python" reference/trainers.py "$work" "$@" 2>"$out/err" | tail -n 1 || { cat "$out/err" >&2; exit 1; }; }
  case $work in
  rfdetr)
    "$hubdata" export --to coco --option layout=roboflow --folds "$out/plan.csv" --fold 1 --image-dir "$out/demo/train" --quiet -o "$out/rfdetr" "$out/planned.json"
    run "$out/rfdetr" "$out/planned.json"
    ;;
  mask2former)
    "$hubdata" export --to labels --image-dir "$out/demo/train" --quiet -o "$out/labels" "$out/all.json" || [ $? = 4 ]
    run "$out/labels" "$out/all.json"
    ;;
  nnunet)
    "$hubdata" export --to masks --option layout=nnunet --folds "$out/plan.csv" --fold 1 --image-dir "$out/demo/train" --quiet -o "$out/Dataset001_demo" "$out/planned.json" || [ $? = 4 ]
    run "$out/Dataset001_demo" "$out/planned.json"
    ;;
  cellpose)
    rm -rf "$out/labels"
    "$hubdata" export --to labels --image-dir "$out/demo/train" --quiet -o "$out/labels" "$out/all.json" || [ $? = 4 ]
    run "$out/labels" "$out/all.json" "$out/cellpose"
    "$hubdata" import --from labels --quiet -o "$out/labels.json" "$out/labels"
    "$hubdata" import --from cellpose --quiet -o "$out/seg.json" "$out/cellpose/seg"
    "$hubdata" import --from labels --option class=cell --image-dir "$out/cellpose/cp" --quiet -o "$out/cp.json" "$out/cellpose/cp/masks"
    python3 - "$out/labels.json" "$out/seg.json" "$out/cp.json" <<'PY'
import json, os, sys

def masks(path):
    d = json.load(open(path))
    names = {i["id"]: os.path.basename(i["file_name"])[:12] for i in d["images"]}
    return sorted((names[a["image_id"]], json.dumps(a["segmentation"])) for a in d["annotations"])

expected, *others = map(masks, sys.argv[1:])
assert expected and all(expected == other for other in others)
print(f"imported of _seg.npy and _cp_masks.tif: {len(expected)} instances equal")
PY
    ;;
  esac
done
