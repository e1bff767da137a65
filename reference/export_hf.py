"""Reads an export in the format hf with datasets' imagefolder and transformers' DETR processor, and
compares each box and mask with those of the COCO file:
    python reference/export_hf.py FOLDER COCO
"""

import json
import sys

import numpy as np
from datasets import load_dataset
from pycocotools import mask as masks
from transformers import DetrImageProcessor


def pixels(segmentation, height, width):
    if isinstance(segmentation, list):
        return masks.decode(masks.merge(masks.frPyObjects(segmentation, height, width)))
    if isinstance(segmentation["counts"], list):
        segmentation = masks.frPyObjects(segmentation, height, width)
    return masks.decode(segmentation)


def main():
    root, truth_file = sys.argv[1:]
    data = load_dataset("imagefolder", data_dir=root)
    with open(truth_file) as f:
        truth = json.load(f)
    sizes = {i["id"]: (i["height"], i["width"]) for i in truth["images"]}
    names = {c["id"]: c["name"] for c in truth["categories"]}
    of_image = {}
    for a in truth["annotations"]:
        of_image.setdefault(a["image_id"], {})[a["id"]] = a
    with open(root + "/id2label.json") as f:
        labels = json.load(f)
    processor = DetrImageProcessor(do_resize=False, do_normalize=False, do_pad=False)
    compared = processed = 0
    for split in data:
        for row in data[split]:
            height, width = sizes[row["image_id"]]
            assert row["image"].size == (width, height)
            o = row["objects"]
            keys = ("id", "bbox", "area", "iscrowd", "segmentation")
            found = [{k: o[k][i] for k in keys} | {"category_id": o["category"][i]} for i in range(len(o["id"]))]
            expected = of_image.get(row["image_id"], {})
            assert {a["id"] for a in found} == set(expected), row["image_id"]
            for a in found:
                t = expected[a["id"]]
                assert a["bbox"] == t["bbox"] and a["area"] == t["area"], (a, t)
                assert labels[str(a["category_id"])] == names[t["category_id"]]
                assert np.array_equal(pixels(a["segmentation"], height, width), pixels(t["segmentation"], height, width)), t["id"]
                compared += 1
            if any(not isinstance(a["segmentation"], list) for a in found):
                continue  # the processor reads outlines alone
            image = np.array(row["image"].convert("RGB"))
            out = processor(images=image, annotations={"image_id": row["image_id"], "annotations": found}, return_segmentation_masks=True, return_tensors="np")
            read = np.asarray(out["labels"][0]["masks"])
            assert len(read) == len(found)
            for m, a in zip(read, found):
                assert np.array_equal(m.astype(bool), pixels(expected[a["id"]]["segmentation"], height, width).astype(bool)), a["id"]
                processed += 1
    print(f"export --to hf: {compared} instances are equal in datasets, {processed} in DetrImageProcessor")


main()
