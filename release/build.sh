#!/usr/bin/env bash
# Builds the release of a commit:
#   bash release/build.sh [OUT [COMMIT]]
# Writes an archive with its SBOM and a wheel for pip for each of $TARGETS, and SHA256SUMS,
# to OUT (default: release/out). The same commit and the same Go give the same bytes on any machine. This
# command checks that by building twice, in two folders with two build caches:
#   bash release/build.sh --check [COMMIT]
set -euo pipefail
cd "$(dirname "$0")/.."
targets=${TARGETS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64}

# Ignore environment variables that could change the bytes.
unset GOFLAGS GOEXPERIMENT GOFIPS140 GODEBUG
export CGO_ENABLED=0 GOWORK=off GOAMD64=v1 GOARM64=v8.0

source release/cold.sh
noinline=()
for package in "${cold[@]}"; do noinline+=("-gcflags=$package=-l"); done

# build COMMIT OUT builds in a fresh clone, so that only committed files are released.
build() (
  clone=$(mktemp -d)
  trap 'rm -rf "$clone"' EXIT
  git clone --quiet --no-checkout . "$clone/src"
  git -C "$clone/src" -c advice.detachedHead=false checkout --quiet "$1"
  mkdir -p "$2"
  out=$(cd "$2" && pwd)
  cd "$clone/src"
  go build -o "$clone/pack" ./release/pack
  for target in $targets; do
    GOOS=${target%/*} GOARCH=${target#*/} go build -trimpath -buildvcs=true "${noinline[@]}" -tags=urfave_cli_no_docs,nethttpomithttp2 -ldflags='-s -w -buildid=' -o "$clone/hubdata" ./cmd/hubdata
    "$clone/pack" -out "$out" "$clone/hubdata"
  done
  cd "$out"
  sha256sum hubdata_* hubdata-*.whl >SHA256SUMS
)

if [ "${1:-}" = --check ]; then
  commit=$(git rev-parse "${2:-HEAD}")
  work=$(mktemp -d)
  trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
  build "$commit" "$work/one"
  GOCACHE=$work/cache build "$commit" "$work/two"
  diff "$work/one/SHA256SUMS" "$work/two/SHA256SUMS"
  cat "$work/one/SHA256SUMS"
  host=$(go env GOHOSTOS)_$(go env GOHOSTARCH)
  for archive in "$work"/one/hubdata_*_"$host".tar.gz; do # the one for this machine
    [ -e "$archive" ] || continue
    tar -xzf "$archive" -C "$work"
    cd "$work"/hubdata_*_"$host"
    ./hubdata version
    ./hubdata version --json | grep -q "\"commit\": \"$commit\""
    ./hubdata demo --quiet --predictions 0 data
    head -c 300 data/coco_data/coco/ds1.json | grep -q "+${commit:0:12}\"" # files record the commit
    ./hubdata convert --quiet data                                         # hubdata overwrites its own files
    sha256sum "$work"/*/hubdata_*_"$host".tar.gz | cut -d' ' -f1 | uniq -c | grep -q '^ *2 '
  done
  exit
fi
out=${1:-release/out}
rm -rf "$out"
build "${2:-HEAD}" "$out"
cat "$out/SHA256SUMS"
