#!/usr/bin/env bash
# Measures what the readers of COCO files do with each fault, with the newest releases:
#   bash reference/consumers.sh [FOLDER]
# It rewrites reference/consumers.json and docs/consumers.md. FOLDER keeps the virtual
# environments, of about 8 GB.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-.ci/tools/consumers}
mkdir -p "$folder"
measure() { # the name of an environment, its consumers, then its packages
  local venv=$folder/$1 consumers=$2
  shift 2
  if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
  fi
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "$@"
  # shellcheck disable=SC2086 # the names are words
  YOLO_CONFIG_DIR=$venv YOLO_OFFLINE=1 HF_HUB_OFFLINE=1 "$venv/bin/python" reference/consumers.py reference/consumers.json $consumers
}
measure light 'pycocotools sahi supervision' pycocotools sahi supervision opencv-python-headless pillow
measure torch 'yolo torchvision transformers rtdetr rfdetr' torch torchvision transformers ultralytics faster-coco-eval rfdetr pycocotools scipy
measure datumaro 'datumaro' datumaro
measure labelstudio 'label-studio' label-studio-converter numpy pillow
python3 reference/consumers.py reference/consumers.json --page docs/consumers.md
