#!/usr/bin/env bash
# Regenerates the committed golden files with the newest reference tools:
#   bash reference/golden.sh [VENV]
# Check the changes in the version lines before you commit.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.ci/tools/venv}
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r reference/requirements.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r reference/tidecv.txt lvis==0.5.3
for script in fill setops morph; do
  HUBDATA_REAL='' "$venv/bin/python" "reference/$script.py" --out rle/testdata/golden
done
"$venv/bin/python" reference/coco.py --out coco/testdata/golden
"$venv/bin/python" reference/convert.py --out wsi/testdata/golden
"$venv/bin/python" reference/submission.py --out wsi/testdata/golden
"$venv/bin/python" reference/deflate.py --out internal/deflate/testdata/golden
"$venv/bin/python" reference/images.py --out internal/imagefile/testdata/golden
"$venv/bin/python" reference/pyramids.py --out internal/imagefile/testdata/golden
"$venv/bin/python" reference/jpegs.py --out internal/imagefile/jpegcut/testdata/golden
"$venv/bin/python" reference/rasters.py --out formats/labels/testdata/golden
for format in cellpose hovernet; do
  mv "formats/labels/testdata/golden/$format.jsonl.gz" "formats/$format/testdata/golden/"
done
"$venv/bin/python" reference/folds.py --out folds/testdata/golden
mv folds/testdata/golden/randomstate.jsonl.gz folds/randomstate/testdata/golden/
"$venv/bin/python" reference/eval.py --out coco/eval/testdata/golden
"$venv/bin/python" reference/lvis_rules.py --out coco/eval/testdata/golden
"$venv/bin/python" reference/tide.py --out coco/eval/testdata/golden
"$venv/bin/python" reference/confusion.py --out coco/eval/testdata/golden
"$venv/bin/python" reference/stats.py --out coco/stats/testdata/golden
"$venv/bin/python" reference/pseudo.py --out pseudo/testdata/golden
"$venv/bin/python" reference/hubmap.py --out coco/eval/testdata/golden
git diff --stat -- '*/testdata/golden'
