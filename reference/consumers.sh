#!/usr/bin/env bash
# Measures what the readers of COCO files do with each fault, with the newest releases:
#   bash reference/consumers.sh [FOLDER]
# It rewrites reference/consumers.json and docs/consumers.md. FOLDER keeps the virtual
# environments, of about 8 GB, and sources of detectron2 and of CVAT's datumaro. MMDetection and detectron2 are measured
# in the environment of reference/mmdet.sh, $HUBDATA_MMDET_VENV, and left out if there is none.
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
source_of() { # a name, the repository, the commit
  if [ ! -d "$folder/$1" ]; then
    git clone --quiet "https://github.com/$2" "$folder/$1"
    git -C "$folder/$1" checkout --quiet "$3"
  fi
}
cvat=8970bb7b13d4856d46cdb80a702772dac93a8041
source_of cvat-source cvat-ai/datumaro "$cvat"
HUBDATA_VERSION="0.3 of cvat-ai, commit ${cvat:0:8}" DATUMARO_HEADLESS=1 measure cvat 'cvat' 'setuptools<70' 'numpy<2' "$folder/cvat-source"
venv=${HUBDATA_MMDET_VENV:-.ci/tools/venv-mmdet}
if [ -d "$venv/mmdet==2.28.2" ]; then
  "$venv/bin/python" reference/consumers.py reference/consumers.json mmdet3
  PYTHONPATH=$venv/mmcv==1.7.0:$venv/mmdet==2.28.2 "$venv/bin/python" reference/consumers.py reference/consumers.json mmdet2
  detectron2=02b5c4e295e990042a714712c21dc79b731e8833
  source_of detectron2-source facebookresearch/detectron2 "$detectron2"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    fvcore iopath portalocker omegaconf yacs tabulate cloudpickle antlr4-python3-runtime==4.9.3 hydra-core
  PYTHONPATH=$folder/detectron2-source HUBDATA_VERSION="0.6, commit ${detectron2:0:8}" \
    "$venv/bin/python" reference/consumers.py reference/consumers.json detectron2
else
  echo "mmdet2, mmdet3 and detectron2 are not measured: bash reference/mmdet.sh makes their environment"
fi
measure labelstudio 'label-studio' label-studio-converter numpy pillow
python3 reference/consumers.py reference/consumers.json --page docs/consumers.md
