#!/usr/bin/env bash
# Builds the wheels of a commit, those that release/build.sh makes for a release, into the
# folder OUT:
#   bash release/wheels.sh OUT [COMMIT]
# pip installs them from there:
#   pip install --no-index --find-links OUT hubdata
# Without --no-index pip prefers another project, which has the name hubdata on PyPI.
# $TARGETS limits them, as in linux/amd64.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "${1:?name the folder for the wheels}"
out=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bash release/build.sh "$work/release" "${2:-HEAD}" >/dev/null
rm -f "$out"/hubdata-*.whl
mv "$work"/release/hubdata-*.whl "$out"
cd "$out"
sha256sum hubdata-*.whl
