"""Makes a study that is not HuBMAP's, as a stranger's tools would write it:

    python bench/strangers/study.py FOLDER [--seed N] [--odd]

FOLDER gets images in folders by patient and slide, study.json (COCO: string ids, slides with names, category ids 7, 12
and 30, segmentations as polygons, runs and compressed runs side by side, members of several types, some absent or
null), detections.json (COCO results) and clinic.csv (a table by the images' names). --odd writes whole numbers as 1.0,
as programs do that pass them through floats.
"""
import argparse
import csv
import json
import pathlib

import numpy as np
from PIL import Image
from pycocotools import mask as masks

CLASSES = {7: "artery", 12: "vein", 30: "capillary"}
HEIGHT, WIDTH = 160, 192


def outline(random, x, y, r):
    """A polygon around a centre, in whole and broken numbers."""
    n = int(random.integers(8, 20))
    angles = np.sort(random.random(n)) * 2 * np.pi
    radii = r * (0.7 + 0.3 * random.random(n))
    points = np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], 1)
    return np.clip(np.round(points, int(random.integers(0, 3))), 0, [WIDTH, HEIGHT])


def runs(ring):
    return masks.merge(masks.frPyObjects([ring.ravel().tolist()], HEIGHT, WIDTH))


def segmentation(ring, form):
    """The form of a mask: a polygon, runs, or compressed runs."""
    if form == 0:
        return [ring.ravel().tolist()]
    rle = runs(ring)
    if form == 1:
        return {"size": rle["size"], "counts": rle["counts"].decode()}
    pixels = masks.decode(rle).T.ravel()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], pixels, [0]])))
    ends = np.concatenate([[0], edges, [len(pixels)]])
    counts = np.diff(ends).tolist()
    return {"size": rle["size"], "counts": counts if counts[-1] else counts[:-1]}


def record(ring, form):
    rle = runs(ring)
    return {"segmentation": segmentation(ring, form), "area": int(masks.area(rle)), "bbox": masks.toBbox(rle).tolist()}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--odd", action="store_true")
    args = p.parse_args()
    random = np.random.default_rng(args.seed)
    args.folder.mkdir(parents=True, exist_ok=True)
    images, annotations, detections, clinic = [], [], [], []
    for patient in range(1, 8):
        for slide in range(int(random.integers(1, 3))):
            name = f"TCGA-{patient:02d}-{'AB'[slide]}"
            for tile in range(int(random.integers(2, 5))):
                file = f"P{patient:02d}/{name}/{tile}.png"
                img = {"id": f"{name}_{tile}", "file_name": file, "height": HEIGHT, "width": WIDTH, "source_wsi": name,
                       "i": tile * WIDTH, "j": 0, "patient": patient, "control": bool(patient % 2)}
                if patient != 3:
                    img["stain"] = ["PAS", "H&E"][slide]
                elif tile:
                    img["stain"] = None
                images.append(img)
                path = args.folder / "images" / file
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)).save(path)
                if patient < 6:
                    clinic.append([file, ["North", "South", ""][patient % 3], 40 + patient])
                for _ in range(int(random.integers(0, 7))):
                    ring = outline(random, random.integers(0, WIDTH), random.integers(0, HEIGHT), random.integers(6, 40))
                    one = record(ring, int(random.integers(0, 3)))
                    if one["area"] < 4:
                        continue
                    category = int(random.choice(list(CLASSES)))
                    annotations.append({"id": len(annotations) + 1, "image_id": img["id"], "category_id": category,
                                        "iscrowd": 0, **one})
                    if random.random() < 0.8:
                        moved = np.clip(ring + random.normal(0, 2, 2), 0, [WIDTH, HEIGHT])
                        found = record(moved, 1)
                        if found["area"]:
                            detections.append({"image_id": img["id"], "category_id": category,
                                               "score": round(float(random.random()), 6), **found})
    study = {"info": {"description": "a study"}, "licenses": [], "images": images, "annotations": annotations,
             "categories": [{"id": k, "name": v} for k, v in CLASSES.items()]}

    def number(v):
        """Whole numbers as floats, outside of segmentations."""
        if isinstance(v, dict):
            return {k: x if k in ("segmentation", "info") else number(x) for k, x in v.items()}
        if isinstance(v, list):
            return [number(x) for x in v]
        return float(v) if isinstance(v, int) and not isinstance(v, bool) else v

    for name, data in (("study.json", study), ("detections.json", detections)):
        (args.folder / name).write_text(json.dumps(number(data) if args.odd else data))
    with open(args.folder / "clinic.csv", "w", newline="") as f:
        csv.writer(f).writerows([["file_name", "hospital", "age"]] + clinic)


main()
