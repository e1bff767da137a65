#!/usr/bin/env bash
# Compares hubdata with the real reference tools on fresh random cases:
#   bash reference/live.sh [VENV] [SEED]
# VENV is made if it is not there. SEED defaults to the day, so that every day tries
# other cases and a failure can be repeated.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv}
seed=${2:-$(date +%Y%m%d)}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r reference/requirements.txt

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for script in fill setops morph coco convert; do
  echo "reference/$script.py --seed $seed"
  "$venv/bin/python" "reference/$script.py" --out "$out" --seed "$seed"
done
HUBDATA_GOLDEN="$out" go test -count 1 -run Golden -v ./rle ./coco ./wsi | grep -E '^(---|===|ok|FAIL|PASS|\s+\S+_test.go)' | grep -v '=== RUN'
