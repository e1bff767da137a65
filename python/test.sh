#!/usr/bin/env bash
# Builds the wheel of the commit that is checked out for this machine, and tests it:
#   bash python/test.sh [VENV]
# VENV (default: .ci/tools/venv-python) is created if it does not exist. $HUBDATA_PYTHONS
# names more Pythons to test the wheel with, without packages: python3.9 python3.13.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv-python}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
pip() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
if ! pip -r python/requirements.txt; then
  echo "skipped: pip could not install python/requirements.txt, the Python module was not tested"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TARGETS=$(go env GOHOSTOS)/$(go env GOHOSTARCH) bash release/wheels.sh "$work/wheels"
pip --no-index --find-links "$work/wheels" --force-reinstall hubdata
export HUBDATA_WHEELS=$work/wheels PYTHONDONTWRITEBYTECODE=1
unset PYTHONPATH HUBDATA_PROGRAM
"$venv/bin/python" -m pytest -c python/pyproject.toml python/tests

for python in ${HUBDATA_PYTHONS:-}; do
  "$python" -m venv "$work/venv"
  "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check pytest
  "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$work/wheels" hubdata
  "$work/venv/bin/python" --version
  "$work/venv/bin/python" -m pytest -c python/pyproject.toml python/tests
  rm -rf "$work/venv"
done
