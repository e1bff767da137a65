"""Does what `hubdata convert --dataset 1,2` does, in the fastest way for one Python process:
csv, json, cv2.fillPoly into a reused buffer, and pycocotools' C encoder.

    python bench/convert_ref.py DIR OUT
"""
import csv
import json
import os
import sys

import cv2
import numpy as np
from pycocotools import mask as mask_util


def main(folder, out):
    tiles = {}
    with open(os.path.join(folder, "tile_meta.csv"), newline="") as f:
        for row, t in enumerate(csv.DictReader(f), 1):
            t["row"] = row
            tiles[t["id"]] = t
    sets = {}
    mask = np.zeros((512, 512), np.uint8)
    with open(os.path.join(folder, "polygons.jsonl")) as f:
        for line in f:
            record = json.loads(line)
            t = tiles[record["id"]]
            ds, wsi = int(t["dataset"]), int(t["source_wsi"])
            image = {"id": t["row"], "file_name": record["id"] + ".tif", "height": 512, "width": 512,
                     "tile": record["id"], "source_wsi": wsi, "dataset": ds, "i": int(t["i"]), "j": int(t["j"])}
            annotations = []
            for outline in record["annotations"]:
                if outline["type"] != "blood_vessel":
                    continue
                mask[:] = 0
                cv2.fillPoly(mask, [np.array(r, np.int32) for r in outline["coordinates"]], 1)
                rle = mask_util.encode(np.asfortranarray(mask))
                annotations.append({
                    "image_id": t["row"], "category_id": 1,
                    "segmentation": {"size": rle["size"], "counts": rle["counts"].decode()},
                    "area": int(mask_util.area(rle)), "bbox": mask_util.toBbox(rle).tolist(), "iscrowd": 0})
            for name in (f"ds{ds}", f"ds{ds}_wsi{wsi}"):
                s = sets.setdefault(name, {"info": {}, "licenses": [], "images": [], "annotations": [],
                                           "categories": [{"id": 1, "name": "blood_vessel"}]})
                s["images"].append(image)
                for a in annotations:
                    s["annotations"].append({"id": len(s["annotations"]) + 1, **a})
    os.makedirs(out, exist_ok=True)
    for name, s in sets.items():
        with open(os.path.join(out, name + ".json"), "w") as f:
            json.dump(s, f)


main(*sys.argv[1:])
