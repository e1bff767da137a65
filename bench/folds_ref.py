"""Does what `hubdata folds -k 5` does with dataset 1, with scikit-learn: python bench/folds_ref.py DIR OUT.csv"""
import csv
import sys

from sklearn.model_selection import StratifiedKFold

folder, out = sys.argv[1:]
with open(f"{folder}/tile_meta.csv", newline="") as f:
    tiles = [t for t in csv.DictReader(f) if t["dataset"] == "1"]
fold = {}
splitter = StratifiedKFold(5, shuffle=True, random_state=42)
for k, (_, valid) in enumerate(splitter.split(tiles, [t["source_wsi"] for t in tiles]), 1):
    for i in valid:
        fold[tiles[i]["id"]] = k
with open(out, "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["id", "fold"])
    w.writerows((t["id"], fold[t["id"]]) for t in tiles)
