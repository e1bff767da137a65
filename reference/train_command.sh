#!/usr/bin/env bash
# Runs a shipped recipe of commands from its start to a submission, tiny and on the CPU, with the real trainer:
#   bash reference/train_command.sh torchvision|ultralytics|rfdetr [VENV] [SEED]
# The demo is drawn and exported, two trainings follow each other, the model predicts dataset 3, its pseudo-labels are
# merged with dataset 2, both trainings run again, the predictions are scored and made a submission. The first training
# is killed in between and continues. reference/train_command.py checks what each stage has left.
#
# VENV is created if it does not exist. For torchvision it needs Python 3.9 or 3.10 ($HUBDATA_MMDET_PYTHON can name
# one): torch 1.12 is the last whose wheel runs without gigabytes of CUDA next to it. It takes 2.2 GB, and may be the VENV of
# mmdet.sh. The others take the newest packages, and 6 GB. $HUBDATA_TRAINER_PYTHON names a Python that has everything.
# Where the packages cannot be had, the script says so and does not fail.
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
  if [ ! -x "$python" ]; then
    found=
    case $trainer in
    torchvision) candidates=(${HUBDATA_MMDET_PYTHON:+"$HUBDATA_MMDET_PYTHON"} python3.10 python3.9
      "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10.*/bin/python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.9.*/bin/python python3) versions='[(3, 9), (3, 10)]' ;;
    *) candidates=(python3) versions='[sys.version_info[:2]]' ;;
    esac
    for candidate in "${candidates[@]}"; do
      if "$candidate" -c "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in $versions)" 2>/dev/null; then
        found=$candidate
        break
      fi
    done
    [ -n "$found" ] || skip "there is no Python 3.9 or 3.10 here (name one in HUBDATA_MMDET_PYTHON)"
    "$found" -m venv "$venv"
  fi
  case $trainer in
  torchvision) packages=(torch==1.12.1 torchvision==0.13.1 numpy==1.23.5 pillow pycocotools==2.0.10) ;;
  ultralytics) packages=(ultralytics pycocotools) ;;
  rfdetr) packages=('rfdetr[train]' pycocotools) ;;
  esac
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
"$hubdata" train init --quiet "quickstart-$trainer"
"$python" "$OLDPWD/reference/train_command.py" "$trainer" "$hubdata" "$python"
