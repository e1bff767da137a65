"""Writes golden files for what package rle does with whole masks: text, set
operations, areas, boxes, IoU, centroids, flips and moves.

    python reference/setops.py --out DIR [--seed N] [--count N] [--submissions DIR]

text, union, intersect, area, bbox, iou, box iou   pycocotools.mask
difference, xor, complement, vote, transforms      numpy
centroid                                           skimage.measure.regionprops

DIR/setops.jsonl.gz holds a header line with the versions, then one line per case.
Input masks are uncompressed runs from numpy; resulting masks are
COCO's compressed counts from pycocotools. Floats are hexadecimal, so
that every bit counts. The file committed under rle/testdata/golden was written
with the default arguments.

--submissions (by default $HUBDATA_REAL/submissions, if that is set) is a folder
of competition submission files. Their encoded masks, inflated by Python's
base64 and zlib and read by pycocotools, go to DIR/setops_submissions.jsonl.gz,
one line per mask in the order of the file names. That file is not committed.
"""

import argparse
import base64
import csv
import gzip
import json
import os
import platform
import random
import zlib

import numpy as np
import skimage
from pycocotools import mask as coco
from skimage.measure import regionprops


def runs_of(image):
    """Column-major run lengths of a 2-D image, background first."""
    flat = image.flatten("F")
    if flat.size == 0:
        return []
    cuts = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate(([0], cuts, [flat.size]))).tolist()
    return ([0] if flat[0] else []) + runs


def encode(image):
    return coco.encode(np.asfortranarray(image.astype(np.uint8)))


def text_of(image):
    return encode(image)["counts"].decode()


def random_image(rng, h, w):
    """An image of one of the kinds of masks and corner cases."""
    image = np.zeros((h, w), np.uint8)
    if h * w == 0:
        return image
    kind = rng.randrange(9)
    if kind == 0:
        return image
    if kind == 1:
        return image + 1
    if kind == 2:
        bits = rng.getrandbits(h * w)
        return np.array([bits >> i & 1 for i in range(h * w)], np.uint8).reshape(h, w)
    if kind == 3:  # bars: runs continue from column to column
        for x in range(w):
            image[:, x] = rng.random() < 0.6
        return image
    if kind == 4:  # the bottom of a column and the top of the next
        for x in range(w - 1):
            if rng.random() < 0.5:
                image[rng.randrange(h):, x] = 1
                image[: rng.randrange(h) + 1, x + 1] = 1
        return image
    for _ in range(rng.randrange(1, 6)):
        x, y = rng.randrange(w), rng.randrange(h)
        image[y : y + rng.randrange(1, h + 1), x : x + rng.randrange(1, w + 1)] = rng.random() < 0.8
    return image


def paste(base, image, x, y):
    """base with the foreground of the image at (x, y), clipped at the border."""
    out = base.copy()
    h, w = image.shape
    for row in range(max(0, -y), min(h, base.shape[0] - y)):
        for col in range(max(0, -x), min(w, base.shape[1] - x)):
            out[y + row, x + col] |= image[row, col]
    return out


def transforms(rng, image):
    """A few transforms: name, arguments and the resulting image."""
    h, w = image.shape
    dx, dy = rng.randint(-w - 1, w + 1), rng.choice([0, rng.randint(-h - 1, h + 1)])
    x, y = rng.randint(0, w), rng.randint(0, h)
    ch, cw = rng.randint(0, h - y), rng.randint(0, w - x)
    sides = [rng.randint(0, 3) for _ in range(4)]
    k = rng.randint(-4, 4)
    base = random_image(rng, rng.randint(0, 9), rng.randint(0, 9))
    top, bottom, left, right = sides
    every = [
        ("translate", [dx, dy], paste(np.zeros_like(image), image, dx, dy)),
        ("fliph", [], np.fliplr(image)),
        ("flipv", [], np.flipud(image)),
        ("transpose", [], image.T),
        ("rot90", [k], np.rot90(image, k)),
        ("crop", [x, y, ch, cw], image[y : y + ch, x : x + cw]),
        ("pad", sides, np.pad(image, ((top, bottom), (left, right)))),
        ("paste", [dx, dy] + list(base.shape) + runs_of(base), paste(base, image, dx, dy)),
    ]
    return [[name, args, *out.shape, text_of(out)] for name, args, out in rng.sample(every, 4)]


def centroid(image):
    if not image.any():
        return None
    y, x = regionprops(image)[0].centroid
    return [float(x).hex(), float(y).hex()]


def hexes(matrix, n, m):
    matrix = np.asarray(matrix, np.float64).reshape(n, m)  # [] if there is no pair
    return [v.hex() for v in matrix.ravel().tolist()]


def mask_case(rng):
    h, w = rng.randint(1, 20), rng.randint(1, 20)
    shape = rng.randrange(12)
    if shape == 0:
        h = 1
    elif shape == 1:
        w = 1
    elif shape == 2:
        h, w = rng.randint(60, 200), rng.randint(1, 8)
    elif shape == 3 and rng.random() < 0.2:
        h, w = rng.choice([(0, 0), (0, w), (h, 0)])
    images = [random_image(rng, h, w) for _ in range(rng.randint(2, 4))]
    masks = [encode(image) for image in images]
    k = rng.randint(1, len(masks) - 1)
    dt, gt = masks[:k], masks[k:]
    crowd = [rng.randint(0, 1) for _ in gt]
    weights = [rng.randint(-1, 10) / 10 for _ in images]
    threshold = rng.choice([0.0, 0.3, 0.5, 0.1 + 0.2, 1.0, rng.random()])
    votes = np.zeros((h, w))
    for image, weight in zip(images, weights):
        votes = votes + image * weight
    first, last = images[0], images[-1]
    return {
        "h": h,
        "w": w,
        "masks": [runs_of(image) for image in images],
        "text": [mask["counts"].decode() for mask in masks],
        "area": [int(a) for a in coco.area(masks)],
        "bbox": [box.tolist() for box in coco.toBbox(masks)],
        "union": coco.merge(masks)["counts"].decode(),
        "intersect": coco.merge(masks, intersect=True)["counts"].decode(),
        "difference": text_of(first & ~last & 1),
        "xor": text_of(first ^ last),
        "complement": text_of(1 - first),
        "weights": weights,
        "threshold": threshold,
        "vote": text_of(votes >= threshold),
        "dt": k,
        "crowd": crowd,
        "iou": hexes(coco.iou(dt, gt, [0] * len(gt)), len(dt), len(gt)),
        "iou_crowd": hexes(coco.iou(dt, gt, crowd), len(dt), len(gt)),
        "centroid": centroid(first) if h * w else None,
        "transforms": transforms(rng, first),
    }


def random_box(rng):
    if rng.random() < 0.5:  # whole numbers touch and repeat
        return [float(rng.randint(-3, 8)) for _ in range(2)] + [float(rng.randint(-1, 6)) for _ in range(2)]
    return [rng.uniform(-5, 50) for _ in range(2)] + [rng.uniform(0, 60) for _ in range(2)]


def box_case(rng):
    dt = [random_box(rng) for _ in range(rng.randint(1, 5))]
    gt = [random_box(rng) for _ in range(rng.randint(1, 5))]
    crowd = [rng.randint(0, 1) for _ in gt]
    a, b = np.array(dt), np.array(gt)
    return {
        "dt_boxes": dt,
        "gt_boxes": gt,
        "crowd": crowd,
        "iou": hexes(coco.iou(a, b, [0] * len(gt)), len(dt), len(gt)),
        "iou_crowd": hexes(coco.iou(a, b, crowd), len(dt), len(gt)),
    }


def versions():
    from importlib.metadata import version

    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "numpy": np.__version__,
        "pycocotools": version("pycocotools"),
        "scikit-image": skimage.__version__,
    }


def write(path, header, cases):
    # No time and no name in the gzip header: the same cases give the same bytes.
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        for line in [header, *cases]:
            packed.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


def submitted(folder):
    """Every encoded mask of a folder of submission files."""
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".csv"):
            continue
        with open(os.path.join(folder, name), newline="") as file:
            n = 0
            for row in csv.DictReader(file):
                h, w = int(row["height"]), int(row["width"])
                for text in row["prediction_string"].split()[2::3]:
                    counts = zlib.decompress(base64.b64decode(text))
                    image = coco.decode({"size": [h, w], "counts": counts})
                    yield {"file": name, "n": n, "h": h, "w": w, "masks": [runs_of(image)]}
                    n += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=20230801)
    parser.add_argument("--count", type=int, default=3200, help="cases with masks; a quarter as many with boxes")
    real = os.environ.get("HUBDATA_REAL")
    parser.add_argument("--submissions", default=real and os.path.join(real, "submissions"))
    args = parser.parse_args()

    os.makedirs(args.out, exist_ok=True)
    rng = random.Random(args.seed)
    header = {"versions": versions(), "seed": args.seed, "count": args.count}
    cases = [mask_case(rng) for _ in range(args.count)]
    cases += [box_case(rng) for _ in range(args.count // 4)]
    write(os.path.join(args.out, "setops.jsonl.gz"), header, cases)
    if args.submissions:
        write(os.path.join(args.out, "setops_submissions.jsonl.gz"), header, submitted(args.submissions))


if __name__ == "__main__":
    main()
