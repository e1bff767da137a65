#!/usr/bin/env bash
# Runs a shipped recipe of commands from its start to a submission, tiny and on the CPU, with the real trainer:
#   bash reference/train_command.sh torchvision|ultralytics|rfdetr|2026|onedl [VENV] [SEED]
# The demo is drawn and exported, two trainings follow each other, the model predicts dataset 3, its pseudo-labels are
# merged with dataset 2, both trainings run again, the predictions are scored and made a submission. The first training
# is killed in between and continues. reference/train_command.py checks what each stage has left.
#
# VENV is created if it does not exist. For torchvision it uses Debian's packages, where there is apt-get: they have no
# CUDA and take 0.6 GB. Otherwise it takes the newest packages from PyPI, 6 GB. $HUBDATA_TRAINER_PYTHON names a Python
# that has everything. Where the packages cannot be had, the script says so and does not fail.
set -euo pipefail
cd "$(dirname "$0")/.."
trainer=$1 venv=${2:-.ci/tools/venv-$1} seed=${3:-$(date +%Y%m%d)}

skip() {
  echo "$trainer is not trained: $1"
  exit 0
}

python=${HUBDATA_TRAINER_PYTHON:-}
if [ -z "$python" ]; then
  case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
  python=$venv/bin/python
  base=python3 options=() packages=()
  case $trainer in
  torchvision) packages=(torch torchvision pillow pycocotools) ;;
  ultralytics) packages=(ultralytics pycocotools) ;;
  rfdetr) packages=('rfdetr[train]' pycocotools) ;;
  2026) packages=('rfdetr[train]' ultralytics pycocotools) ;;
  onedl) # Of mmcv and MMDetection only sources are on PyPI. Built so, mmcv has no operators: reference/mmcv_ops stands in.
    packages=(--no-binary 'onedl-mmcv,onedl-mmdetection' torch torchvision onedl-mmcv onedl-mmdetection pycocotools albumentations==1.4.24) ;;
  esac
  if [ "$trainer" = torchvision ] && command -v apt-get >/dev/null; then
    if ! /usr/bin/python3 -c 'import torch, torchvision, venv, ensurepip' 2>/dev/null; then
      [ "$(id -u)" = 0 ] || skip "apt-get install python3-torchvision python3-venv needs root"
      { apt-get update -q && apt-get install -y -q --no-install-recommends python3-torchvision python3-venv; } >/dev/null 2>&1 ||
        skip "apt-get could not install python3-torchvision"
    fi
    base=/usr/bin/python3 options=(--system-site-packages) packages=('numpy<2' pycocotools)
  fi
  [ -x "$python" ] || "$base" -m venv "${options[@]}" "$venv"
  "$python" -m pip --disable-pip-version-check install --quiet --only-binary :all: "${packages[@]}" || skip "pip could not install ${packages[*]}"
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
hubdata=${HUBDATA:-}
if [ -z "$hubdata" ]; then
  CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
  hubdata=$out/hubdata
fi
"$hubdata" demo --seed "$seed" --no-convert --predictions 0 --quiet "$out/demo"
cd "$out/demo"
case $trainer in
2026) recipe=hubmap-3rd-2026 ;;
onedl) recipe=quickstart-mmdet3 ;;
*) recipe=quickstart-$trainer ;;
esac
"$hubdata" train init --quiet "$recipe"
"$python" "$OLDPWD/reference/train_command.py" "$trainer" "$hubdata" "$python"
