"""Writes golden files for what package coco reads, and checks what it writes.

    python reference/coco.py --out DIR [--seed N] [--count N]
    python reference/coco.py --check ORIGINAL WRITTEN

The first form writes, with gzip:

DIR/coco_masks.jsonl.gz  A header line with the versions, then one segmentation
    per line: polygons (also nested, short, odd or mixed ones), uncompressed and
    compressed runs. Each has the result of pycocotools' COCO.annToRLE
    (compressed counts, area, box), or "error" if it raises an exception.
DIR/coco_set.json.gz     A dataset that pycocotools can evaluate, with unknown
    fields everywhere, escapes, members in a shuffled order and odd white space.

The files committed under coco/testdata/golden were written with the default
arguments.

The second form loads both files with pycocotools' COCO: the original, and the file
that hubdata wrote. It fails unless the JSON values are equal except for the order of
members, every annToRLE is equal, and the annotations of the second, evaluated as
detections of itself, have an average precision of 1.
"""

import argparse
import contextlib
import gzip
import importlib.metadata
import io
import json
import os
import platform
import random
import tempfile

import numpy as np
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def ring(rng, h, w, numbers):
    """A flat list of coordinates in and around the image."""
    decimals = rng.choice([0, 0, 1, 2, 6])
    cx, cy, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(1, 0.7 * max(h, w))
    flat = []
    for i in range(numbers):
        v = (cx, cy)[i % 2] + rng.uniform(-r, r)
        flat.append(int(v) if decimals == 0 else round(v, decimals))
    return flat


def runs(rng, h, w, least):
    """Uncompressed runs of h*w pixels, none but the first below least."""
    left, out = h * w, []
    while left > 0:
        n = min(left, rng.choice([least if out else 0, 1, 2, 5, h, rng.randint(1, h * w)]))
        out.append(n)
        left -= n
    return out


def segmentation(rng, h, w, least=0):
    kind = rng.randrange(12)
    if kind < 4:
        return [ring(rng, h, w, 2 * rng.randint(3, 40)) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    if kind < 6:  # lengths on which tools differ; the first decides in pycocotools
        lengths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13]
        return [ring(rng, h, w, rng.choice(lengths)) for _ in range(rng.randint(1, 4))]
    if kind == 6:  # a valid ring first, then any
        return [ring(rng, h, w, 8)] + [ring(rng, h, w, rng.randint(0, 9)) for _ in range(rng.randint(1, 3))]
    if kind == 7:  # repeated and collinear points
        x, y = rng.randint(-3, w + 3), rng.randint(-3, h + 3)
        return [[x, y] * rng.randint(3, 5), [x, y, x + 5, y, x + 9, y]]
    if kind == 8:
        return []
    plain = {"size": [h, w], "counts": runs(rng, h, w, least)}
    if kind == 9:
        return plain
    coded = masks.frPyObjects(plain, h, w)
    return {"counts": coded["counts"].decode(), "size": coded["size"]}


def versions():
    return {"pycocotools": importlib.metadata.version("pycocotools"), "numpy": np.__version__,
            "python": platform.python_version(), "machine": platform.machine()}


def quiet():
    return contextlib.redirect_stdout(io.StringIO())


def load(dataset):
    """A COCO object of a dataset, loaded from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "set.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(dataset, f)
        with quiet():
            return COCO(path)


def write_masks(path, rng, count):
    with gzip.GzipFile(path, "wb", mtime=0) as f:
        f.write((json.dumps(versions()) + "\n").encode())
        for i in range(count):
            h, w = rng.randint(1, 60), rng.randint(1, 60)
            segm = segmentation(rng, h, w)
            case = {"h": h, "w": w, "segmentation": segm}
            data = {"images": [{"id": 1, "height": h, "width": w}], "categories": [{"id": 1, "name": "a"}],
                    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": segm}]}
            coco = load(data)
            try:
                rle = coco.annToRLE(coco.anns[1])
            except Exception as e:
                case["error"] = type(e).__name__
            else:
                if isinstance(rle["counts"], bytes):
                    rle = {"size": rle["size"], "counts": rle["counts"]}
                image = masks.decode(rle)
                rle = masks.encode(np.asfortranarray(image))  # removes zero runs
                case["counts"] = rle["counts"].decode()
                case["area"] = int(masks.area(rle))
                case["bbox"] = [int(v) for v in masks.toBbox(rle)]
            f.write((json.dumps(case) + "\n").encode())


def extra(rng):
    """Unknown fields."""
    values = [None, True, [], {}, 0.1, -0.0, 1e300, 12345678901234567890, "é\n\"\\\u0000", "\U0001F600",
              {"a": [1, {"b": None}]}, [[1.5, 2], [3, 4e-7]]]
    return {rng.choice(["note", "ä", "", "a\"b", "score", "x.y"]) + str(i): rng.choice(values) for i in range(rng.randrange(3))}


def shuffled(rng, record):
    items = list(record.items())
    rng.shuffle(items)
    return dict(items)


def make_set(rng):
    text_ids = rng.random() < 0.5
    name = (lambda n: f"tile é {n:03d}") if text_ids else (lambda n: n)
    images, annotations = [], []
    for i in range(12):
        h, w = rng.randint(30, 90), rng.randint(30, 90)
        images.append(shuffled(rng, {"id": name(i), "file_name": f"dir/{i} \\ é.png", "height": h, "width": w, **extra(rng)}))
        for _ in range(rng.randrange(9)):
            while True:
                # COCOeval computes a wrong IoU between masks with zero runs inside.
                segm = segmentation(rng, h, w, least=1)
                if not segm or isinstance(segm, list) and len(segm[0]) < 6:
                    continue
                rle = masks.frPyObjects(segm, h, w) if isinstance(segm, list) or isinstance(segm["counts"], list) else segm
                rle = masks.merge(rle) if isinstance(rle, list) else rle
                if masks.area(rle) >= 4:
                    break
            record = {"id": len(annotations) + 1, "image_id": name(i), "category_id": rng.randint(0, 2), "segmentation": segm,
                      "area": float(masks.area(rle)), "bbox": masks.toBbox(rle).tolist(), "iscrowd": 0, **extra(rng)}
            annotations.append(shuffled(rng, record))
    categories = [shuffled(rng, {"id": i, "name": n, "supercategory": s, **extra(rng)})
                  for i, (n, s) in enumerate([("vessel", ""), ("glomerulus", "x"), ("unsure", "x")])]
    return shuffled(rng, {"info": {"year": 2026, "é": [1, 2.50]}, "licenses": [{"id": 1}], "images": images,
                          "annotations": annotations, "categories": categories, **extra(rng)})


def check(original, written):
    with quiet():
        a, b = COCO(original), COCO(written)
    assert a.dataset == b.dataset, "the JSON values differ"
    detections = []
    for key, ann in a.anns.items():
        x, y = a.annToRLE(ann), b.annToRLE(b.anns[key])
        assert x == y, f"annotation {key}: masks differ"
        detections.append({"image_id": ann["image_id"], "category_id": ann["category_id"], "score": 0.9,
                           "segmentation": {"size": y["size"], "counts": y["counts"]}})
    with quiet():
        e = COCOeval(b, b.loadRes(detections), "segm")
        e.params.maxDets = [1, 10, 1000]
        e.evaluate()
        e.accumulate()
    ap = e.eval["precision"]
    ap = ap[:, :, :, 0, -1]
    assert (abs(ap[ap > -1] - 1) < 1e-9).all(), f"average precision of itself is {ap[ap > -1].mean()}, not 1"
    print(f"{len(a.imgs)} images, {len(a.anns)} annotations, {len(a.cats)} categories: equal, AP of itself 1")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--check", nargs=2)
    args = parser.parse_args()
    if args.check:
        check(*args.check)
        return
    rng = random.Random(args.seed)
    os.makedirs(args.out, exist_ok=True)
    write_masks(os.path.join(args.out, "coco_masks.jsonl.gz"), rng, args.count)
    with gzip.GzipFile(os.path.join(args.out, "coco_set.json.gz"), "wb", mtime=0) as f:
        f.write(json.dumps(make_set(rng), indent=rng.choice([None, 1]), ensure_ascii=rng.random() < 0.5).encode())


if __name__ == "__main__":
    main()
