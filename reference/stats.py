"""Writes golden files for what package coco/stats measures, summarises and compares.

    python reference/stats.py --out DIR [--seed N] [--count N]

area, box, border                            pycocotools.mask, numpy
eccentricity, equivalent diameter            skimage.measure.regionprops
overlap, covered                             numpy
mean, std, quantiles, histogram              numpy
KS statistic, Wasserstein distance           scipy.stats

DIR/stats.jsonl.gz holds a header line with the versions, then one line per case:
first tiles with masks of one or several classes, then pairs of samples. The
samples are whole numbers, or have six digits after the point, which is the
precision of the package. The file committed under coco/stats/testdata/golden was written with the
default arguments.
"""

import argparse
import gzip
import json
import os
import platform
import random
import warnings

import numpy as np
import scipy
import skimage
from pycocotools import mask as coco
from scipy.stats import ks_2samp, wasserstein_distance
from skimage.measure import regionprops

QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]


def blob(rng, h, w):
    """A mask of one of the kinds of instances and corner cases."""
    image = np.zeros((h, w), np.uint8)
    y, x = np.mgrid[:h, :w]
    kind = rng.randrange(10)
    cy, cx = rng.uniform(-1, h), rng.uniform(-1, w)
    if kind < 5:  # a rotated ellipse
        a, b, turn = rng.uniform(0.5, w / 2), rng.uniform(0.5, h / 2), rng.uniform(0, np.pi)
        u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
        v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
        image[(u / a) ** 2 + (v / b) ** 2 <= 1] = 1
    elif kind == 5:  # a rectangle, often a square or a line
        p, q = rng.randrange(h), rng.randrange(w)
        edge = rng.randint(1, min(h, w))
        image[p : p + edge, q : q + rng.choice([edge, edge, 1, rng.randint(1, w)])] = 1
    elif kind == 6:  # one pixel
        image[rng.randrange(h), rng.randrange(w)] = 1
    elif kind == 7:  # dust
        for _ in range(rng.randint(2, 30)):
            image[rng.randrange(h), rng.randrange(w)] = 1
    elif kind == 8:  # whole columns
        p = rng.randrange(w)
        image[:, p : p + rng.randint(1, w)] = 1
    else:  # a diagonal
        for k in range(min(h, w)):
            image[k, k] = 1
    return image


def tile_case(rng):
    big = rng.random() < 0.1
    h, w = (rng.randint(1, 300), rng.randint(1, 300)) if big else (rng.randint(1, 40), rng.randint(1, 40))
    images = [blob(rng, h, w) for _ in range(rng.randint(1, 7))]
    classes = [rng.choice([1, 1, 1, 2, 3]) for _ in images]
    instances = []
    for i, image in enumerate(images):
        rle = coco.encode(np.asfortranarray(image))
        one = {"class": classes[i], "counts": rle["counts"].decode(), "area": int(coco.area(rle)), "box": coco.toBbox(rle).tolist()}
        if image.any():
            props = regionprops(image)[0]
            one["eccentricity"] = float(props.eccentricity).hex()
            one["diameter"] = float(props.equivalent_diameter_area).hex()
            others = [o for k, o in enumerate(images) if k != i and classes[k] == classes[i]]
            covered = np.any(others, axis=0) if others else np.zeros_like(image)
            one["overlap"] = int((image & covered).sum())
            one["border"] = bool(image[:2].any() or image[-2:].any() or image[:, :2].any() or image[:, -2:].any())
        instances.append(one)
    covered = {str(c): int(np.any([m for m, k in zip(images, classes) if k == c], axis=0).sum()) for c in sorted(set(classes))}
    return {"h": h, "w": w, "instances": instances, "covered": int(np.any(images, axis=0).sum()), "covered_by": covered}


def sample(rng):
    n = rng.choice([1, 2, 3, 10, 60, 300, 1000])
    kind = rng.randrange(5)
    if kind == 0:
        return [rng.randint(0, 20) for _ in range(n)]
    if kind == 1:
        return [int(rng.lognormvariate(6, 1)) for _ in range(n)]
    if kind == 2:
        return [rng.randint(0, 1000000) / 1000000 for _ in range(n)]
    if kind == 3:
        return [int(rng.random() < 0.3) for _ in range(n)]
    return [round(rng.gauss(0, 100), 6) for _ in range(n)]


def sample_case(rng):
    a, b = sample(rng), sample(rng)
    if rng.random() < 0.3:  # of one kind, a little apart
        b = [round(v * 1.1, 6) for v in a] + a[: len(a) // 3]
    edges = sorted({round(rng.uniform(min(a) - 1, max(a) + 1), 3) for _ in range(rng.randint(2, 12))} | set(rng.sample(a, min(3, len(a)))))
    return {
        "a": a,
        "b": b,
        "mean": float(np.mean(a)).hex(),
        "std": float(np.std(a)).hex(),
        "quantiles": [float(v).hex() for v in np.quantile(a, QUANTILES)],
        "edges": edges,
        "histogram": np.histogram(a, edges)[0].tolist() if len(edges) > 1 else [],
        "ks": float(ks_2samp(a, b, method="asymp").statistic).hex(),
        "wasserstein": float(wasserstein_distance(a, b)).hex(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=20230801)
    parser.add_argument("--count", type=int, default=800, help="tiles; a quarter as many pairs of samples")
    args = parser.parse_args()

    from importlib.metadata import version

    warnings.simplefilter("ignore")  # warnings about the p-values of tiny samples, which are not used
    rng = random.Random(args.seed)
    header = {
        "versions": {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-image": skimage.__version__,
            "pycocotools": version("pycocotools"),
        },
        "seed": args.seed,
        "count": args.count,
        "quantiles": QUANTILES,
    }
    cases = [tile_case(rng) for _ in range(args.count)] + [sample_case(rng) for _ in range(args.count // 4)]
    os.makedirs(args.out, exist_ok=True)
    # No time and no name in the gzip header: the same cases give the same bytes.
    with open(os.path.join(args.out, "stats.jsonl.gz"), "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        for line in [header, *cases]:
            packed.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


if __name__ == "__main__":
    main()
