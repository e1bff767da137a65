"""Does what bench/convert_ref.py does, with datumaro's data model and its COCO exporter instead of
dictionaries and json: python bench/convert_datumaro.py DIR OUT"""
import csv
import json
import os
import sys

import cv2
import datumaro as dm
import numpy as np
from pycocotools import mask as mask_api

folder, out = sys.argv[1:]
with open(os.path.join(folder, "tile_meta.csv"), newline="") as f:
    tiles = {t["id"]: t for t in csv.DictReader(f)}
sets = {}
mask = np.zeros((512, 512), np.uint8)
with open(os.path.join(folder, "polygons.jsonl")) as f:
    for line in f:
        record = json.loads(line)
        tile = tiles[record["id"]]
        annotations = []
        for outline in record["annotations"]:
            if outline["type"] == "blood_vessel":
                mask[:] = 0
                cv2.fillPoly(mask, [np.array(r, np.int32) for r in outline["coordinates"]], 1)
                annotations.append(dm.RleMask(mask_api.encode(np.asfortranarray(mask)), label=0))
        item = dm.DatasetItem(record["id"], subset="all", annotations=annotations, media=dm.Image.from_file(path=record["id"] + ".tif", size=(512, 512)))
        for name in (f"ds{tile['dataset']}", f"ds{tile['dataset']}_wsi{tile['source_wsi']}"):
            sets.setdefault(name, []).append(item)
for name, items in sets.items():
    dm.Dataset.from_iterable(items, categories=["blood_vessel"]).export(os.path.join(out, name), "coco_instances", save_media=False, segmentation_mode="mask")
