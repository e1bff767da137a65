#!/usr/bin/env bash
# Checks that arm64 gives the same numbers as amd64, although it can fuse a product and
# a sum into one operation that rounds once:
#   bash release/arm64.sh
# 1. hubdata's packages contain no such operation, except where the source requests it.
# 2. The golden tests pass on arm64.
# 3. Whole commands write the same bytes.
# On a machine that is not arm64, steps 2 and 3 need qemu-aarch64 (Debian's qemu-user), which is
# installed where it is missing (apt-get, as root). Where that is not possible, the script says so
# and does not fail. With HUBDATA_EMULATE=0 only step 1 is done.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The other architectures that fuse (amd64 from v3 on, ppc64le, riscv64, s390x, loong64)
# need the same remedy: an explicit conversion around the product.
found=0
for pkg in $(go list -f '{{if .GoFiles}}{{.ImportPath}}{{end}}' ./... | grep -v -e /bench -e /release); do
  GOARCH=arm64 go build -gcflags=-S -o /dev/null "$pkg" 2>"$work/asm" || { cat "$work/asm"; exit 1; }
  while IFS=: read -r file line; do
    if ! sed -n "${line}p" "$file" | grep -q 'math\.FMA('; then
      echo "$file:$line: a product is fused into a sum: put float64() around the product"
      found=1
    fi
  done < <(grep -E '\sFN?M(ADD|SUB)[SD]\s' "$work/asm" | sed -E 's/^[^(]*\(([^)]*)\).*/\1/' | sort -u)
done
[ "$found" = 0 ] || exit 1
echo "no product is fused into a sum"
[ "${HUBDATA_EMULATE:-}" != 0 ] || exit 0

qemu=
if [ "$(go env GOHOSTARCH)" != arm64 ]; then
  find_qemu() { command -v qemu-aarch64-static || command -v qemu-aarch64; }
  if ! find_qemu >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    DEBIAN_FRONTEND=noninteractive flock /tmp/hubdata-apt.lock \
      sh -c 'apt-get update && apt-get install -y --no-install-recommends qemu-user' >/dev/null 2>&1 || true
  fi
  if ! qemu=$(find_qemu); then
    echo "the arm64 tests were not run: there is no qemu-aarch64"
    exit 0
  fi
fi
GOARCH=arm64 go test -short ${qemu:+-exec "$qemu"} -run 'Golden|ExpIsTheNearest' ./rle ./coco/... ./pseudo ./folds/... ./wsi ./internal/demo

GOARCH=amd64 go build -o "$work/amd64" ./cmd/hubdata
GOARCH=arm64 go build -o "$work/arm64" ./cmd/hubdata
commands() { # PROGRAM...
  "$@" demo --quiet data
  cd data
  "$@" convert --quiet -o polygons --segmentation polygon --fill center --class all
  "$@" convert --quiet -o coco --fill coco
  "$@" folds --quiet -k 3
  "$@" folds --quiet -k 2 -o spatial --method spatial --buffer 256
  "$@" folds --quiet -k 3 -o iterative --method iterative --stratify wsi --stratify vessels
  for fuse in wbf nmw nms soft-nms; do
    "$@" pseudo --quiet --thr 0.3,0.5 --fuse "$fuse" -o "$fuse" --results "$fuse.json"
    "$@" pseudo --quiet --thr 0.4 --fuse "$fuse" --cluster mask --post open:cross:1,fill,largest -o "$fuse-mask"
  done
  "$@" eval --by size --errors --sweep --pr-curve pr.svg --json ds3_truth.json wbf.json >eval.json
  "$@" eval --compare --json ds3_truth.json wbf.json nms.json >compare.json
  "$@" eval --type boundary ds3_truth.json wbf.json >boundary.txt
  "$@" stats --json >stats.json
  "$@" check --json coco_data/coco/ds1.json >check.json
  "$@" submission encode --quiet --tiles ds3_truth.json --top 20 --dilate 1 -o submission.csv wbf.json
} 2>>"$work/log"
for arch in amd64 arm64; do
  mkdir "$work/$arch.d"
  run=()
  [ "$arch" = amd64 ] || [ -z "$qemu" ] || run=("$qemu")
  (cd "$work/$arch.d" && commands ${run[@]+"${run[@]}"} "$work/$arch") || { tail "$work/log"; exit 1; }
done
diff -r "$work/amd64.d" "$work/arm64.d"
echo "commands write the same $(find "$work/arm64.d" -type f | wc -l) files"
