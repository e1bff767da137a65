#!/usr/bin/env python3
"""Converts a HuBMAP folder to COCO with csv, json, OpenCV and pycocotools.

It reimplements the winning notebook, independently of the Go code:
it reads every line of polygons.jsonl in order, fills an outline to a mask with
cv2.fillPoly (points as int32), and computes bbox (max - min + 1) and area from the mask.
In addition to the notebook's choices (dataset 1, tile names as image ids, category 0,
first ring, uncompressed counts) it writes two other sets of choices.

  python reference/convert.py --out DIR [--seed N] [--count N]   generated tiles
  python reference/convert.py --out DIR --data FOLDER            a real folder

DIR gets convert_tile_meta.csv and convert_polygons.jsonl.gz (the input),
convert_CASE.json.gz (the expected output) and convert_versions.json.
"""
import argparse
import csv
import gzip
import json
import math
import os
import platform
import random

import cv2
import numpy as np
import pycocotools
from pycocotools import mask as mask_utils

SIZE = 512
CLASSES = ["blood_vessel", "glomerulus", "unsure"]
CASES = {
    "winner": dict(datasets=[1], classes=CLASSES[:1], fill="opencv", first=True, counts=True, tile_ids=True, start=0),
    "all": dict(datasets=[1, 2], classes=CLASSES, fill="opencv", first=False, counts=False, tile_ids=False, start=1),
    "coco": dict(datasets=[2], classes=["unsure", "blood_vessel"], fill="coco", first=False, counts=False, tile_ids=False, start=5),
}


def runs(mask):
    """Uncompressed counts: runs of the column-major mask, background first."""
    flat = mask.flatten(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    bounds = np.concatenate([[0], edges, [flat.size]])
    counts = np.diff(bounds).tolist()
    return [0] + counts if flat[0] else counts


def fill(rings, rule):
    if rule == "coco":
        flat = [[float(v) for p in ring for v in p] for ring in rings]
        return mask_utils.decode(mask_utils.merge(mask_utils.frPyObjects(flat, SIZE, SIZE)))
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.array(ring).astype(np.int32) for ring in rings], 1)
    return mask


def convert(tiles, lines, datasets, classes, fill_rule, first, counts, tile_ids, start):
    images, annotations = [], []
    for line in lines:
        record = json.loads(line)
        row, tile = tiles[record["id"]]
        if int(tile["dataset"]) not in datasets:
            continue
        image_id = record["id"] if tile_ids else row
        images.append(dict(id=image_id, file_name=record["id"] + ".tif", height=SIZE, width=SIZE))
        for a in record["annotations"]:
            if a["type"] not in classes:
                continue
            mask = fill(a["coordinates"][:1] if first else a["coordinates"], fill_rule)
            ys, xs = np.where(mask)
            if len(xs) == 0:
                continue
            if counts:
                segmentation = dict(size=[SIZE, SIZE], counts=runs(mask))
            else:
                text = mask_utils.encode(np.asfortranarray(mask))["counts"].decode()
                segmentation = dict(size=[SIZE, SIZE], counts=text)
            x, y = int(xs.min()), int(ys.min())
            annotations.append(dict(
                id=len(annotations) + 1, image_id=image_id, category_id=start + classes.index(a["type"]),
                segmentation=segmentation, area=int(mask.sum()), iscrowd=0,
                bbox=[x, y, int(xs.max()) - x + 1, int(ys.max()) - y + 1]))
    categories = [dict(id=start + k, name=name) for k, name in enumerate(classes)]
    return dict(images=images, annotations=annotations, categories=categories)


def ring(rng):
    """A dense closed outline of whole pixels, sometimes an unusual one."""
    kind = rng.randrange(12)
    if kind == 0:  # a few arbitrary points, also outside the tile
        return [[rng.randint(-80, 600), rng.randint(-80, 600)] for _ in range(rng.randint(3, 9))]
    if kind == 1:  # collinear
        x, y = rng.randrange(SIZE), rng.randrange(SIZE)
        return [[x, y], [x + 3, y + 1], [x + 6, y + 2]]
    if kind == 2:  # one pixel, or wholly outside
        x = rng.choice([rng.randrange(SIZE), SIZE + 40])
        return [[x, 7]] * rng.randint(3, 5)
    cx, cy, r = rng.uniform(0, SIZE), rng.uniform(0, SIZE), 6 + rng.expovariate(1 / 14)
    a, p = rng.uniform(0, 0.4), rng.uniform(0, 7)
    n = int(6.5 * r)
    points = []
    for k in range(n):
        t = 2 * math.pi * k / n
        d = r * (1 + a * math.cos(3 * t + p))
        point = [min(max(int(cx + d * math.cos(t)), 0), SIZE - 1), min(max(int(cy + d * math.sin(t)), 0), SIZE - 1)]
        if not points or points[-1] != point or rng.random() < 0.05:
            points.append(point)
    if rng.random() < 0.5:
        points.reverse()
    return points + points[:1]


def generate(seed, count):
    rng = random.Random(seed)
    meta, lines = ["id,source_wsi,dataset,i,j"], []
    for k in range(count):
        name = "%012x" % rng.getrandbits(48)
        meta.append("%s,%d,%d,%d,%d" % (name, rng.randint(1, 14), 1 + k % 3, 512 * rng.randrange(40), 512 * rng.randrange(40)))
        if k % 3 == 2:
            continue
        annotations = []
        for _ in range(rng.choice([0, 1, 4, 9, 14])):
            rings = [ring(rng) for _ in range(rng.choice([1, 1, 1, 1, 2, 3]))]
            annotations.append(dict(type=rng.choice(CLASSES[:1] * 5 + CLASSES), coordinates=rings))
        lines.append(json.dumps(dict(id=name, annotations=annotations)))
    rng.shuffle(lines)
    return "\n".join(meta) + "\n", "\n".join(lines) + "\n"


def write_gz(path, text):
    with open(path, "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as z:
        z.write(text.encode())


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", required=True)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--count", type=int, default=60, help="tiles to generate")
    ap.add_argument("--data", help="a HuBMAP folder to convert instead")
    args = ap.parse_args()
    if args.data:
        with open(os.path.join(args.data, "tile_meta.csv"), encoding="utf-8-sig", newline="") as f:
            meta = f.read()
        with open(os.path.join(args.data, "polygons.jsonl"), encoding="utf-8-sig") as f:
            polygons = f.read()
    else:
        meta, polygons = generate(args.seed, args.count)
    tiles = {t["id"]: (k + 1, t) for k, t in enumerate(csv.DictReader(meta.splitlines()))}
    lines = [line for line in polygons.split("\n") if line.strip()]
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "convert_tile_meta.csv"), "w", newline="") as f:
        f.write(meta)
    write_gz(os.path.join(args.out, "convert_polygons.jsonl.gz"), polygons)
    for name, case in CASES.items():
        case = dict(case)
        case["fill_rule"] = case.pop("fill")
        write_gz(os.path.join(args.out, "convert_%s.json.gz" % name), json.dumps(convert(tiles, lines, **case)))
    versions = dict(python=platform.python_version(), opencv=cv2.__version__, numpy=np.__version__,
                    pycocotools=getattr(pycocotools, "__version__", None) or __import__("importlib.metadata").metadata.version("pycocotools"),
                    seed=None if args.data else args.seed)
    with open(os.path.join(args.out, "convert_versions.json"), "w") as f:
        json.dump(versions, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
