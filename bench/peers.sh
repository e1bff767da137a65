#!/usr/bin/env bash
# Compares hubdata with its peers: the same work on the same files on this machine, in one table.
#   bash bench/peers.sh [--quick] [--rounds N] [--only SECTION,...] [--work DIR] [--out FILE.json]
# Needs Go, a C compiler, and Python with pip. Peers go into .ci/tools/peers, each at its newest
# version, ultralytics only with HUBDATA_BENCH_ULTRALYTICS=1. Peers that cannot be installed are named
# and skipped. --quick uses small data and one
# round, to check that everything runs; --work keeps the data for another run. Without --quick it
# takes forty minutes, most of it for pycocotools and Python.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD venvs=$PWD/.ci/tools/peers work='' args=()
while [ $# -gt 0 ]; do
  case $1 in
  --work) work=$2 && shift 2 ;;
  *) args+=("$1") && shift ;;
  esac
done
if [ -z "$work" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work/bin" "$venvs"

# install VENV PACKAGE...: installs the newest of each separately, so that failures are independent.
install() {
  local venv=$venvs/$1
  shift
  if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
  fi
  for package in "$@"; do
    if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "$package" 2>"$work/pip.log"; then
      echo "$package does not install and is left out: $(tail -1 "$work/pip.log")" >&2
    fi
  done
}
if [ -z "${HUBDATA_BENCH_OFFLINE:-}" ]; then
  install main numpy pycocotools faster-coco-eval hotcoco ultrafast-pycocotools vernier ensemble-boxes scikit-learn scikit-image opencv-python-headless supervision
  install datumaro datumaro # needs an older OpenCV
  install labelme labelme2coco pylabel 'pandas<3' # pylabel fails with pandas 3
  install slides shapely sahi
  if [ -n "${HUBDATA_BENCH_ULTRALYTICS:-}" ]; then
    install ultralytics ultralytics # with torch: some 5 GB
  fi
fi

export CGO_ENABLED=0
for program in cmd/hubdata bench/load bench/boxes bench/kernels; do
  go build -o "$work/bin/$(basename "$program")" "./$program"
done
if [ ! -x "$work/bin/maskapi" ]; then # pycocotools' C code, from its source distribution
  source=$(mktemp -d)
  pip=("$venvs/main/bin/python" -m pip --quiet --disable-pip-version-check)
  if "${pip[@]}" install setuptools wheel cython && # what pip needs to inspect the source
    "${pip[@]}" download --no-deps --no-build-isolation --no-binary pycocotools -d "$source" pycocotools &&
    tar -xzf "$source"/pycocotools-*.tar.gz -C "$source" --strip-components 1; then
    gcc -O3 -I "$source/common" bench/maskapi/driver.c "$source/common/maskApi.c" -lm -o "$work/bin/maskapi"
  else
    echo "no source of pycocotools: its C code is not measured" >&2
  fi
  rm -rf "$source"
fi
"$venvs/main/bin/python" bench/peers.py --root "$root" --work "$work" --venvs "$venvs" "${args[@]}"
