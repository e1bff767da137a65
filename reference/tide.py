"""Writes golden files for package coco/eval with the errors that tidecv reports.

    python reference/tide.py --out DIR [--seed N] [--count N]

DIR/tide.jsonl.gz holds a header line with the versions, then one line per case:
ground truth, results, options, and the outcome. The outcome has the AP and every error: its
name, the image id, the indices of the detection, of the ground-truth instance and of the
detection matched with that (-1: none), whether a fix makes the detection correct, and whether a
crowd hides it. It also has the AP that each type costs, and the AP with some types fixed.
AP is null where tidecv divides by zero. The file committed under
coco/eval/testdata/golden was written with the default arguments.

    python reference/tide.py --truth FILE --results FILE [--type segm]

prints the outcome for two files as one such line.
"""

import argparse
import copy
import gzip
import json
import os
import platform
import random
import tempfile
from importlib.metadata import version

import numpy as np
from pycocotools import mask as mask_api
from tidecv import TIDE, datasets
from tidecv.errors.main_errors import BackgroundError, BoxError, ClassError, DuplicateError, MissedError, OtherError

KINDS = [ClassError, BoxError, OtherError, DuplicateError, BackgroundError, MissedError]


def averaged(f):
    """The result of f, or None if nothing is left to average."""
    try:
        return float(f())
    except ZeroDivisionError:
        return None


def listed(error, run, truths):
    """An error as a list of plain values."""
    kind = error.short_name
    if isinstance(error, MissedError):
        return [kind, error.gt["image"], -1, error.gt["_id"], -1, False, False]
    pred = error.pred
    taken, truth = -1, getattr(error, "gt", {}).get("_id", -1)
    if isinstance(error, DuplicateError):
        taken = error.suppressor["_id"]
        truth = error.suppressor["matched_with"]
    elif truth >= 0:
        taken = truths.get(truth, -1)
    mends = isinstance(error, (ClassError, BoxError)) and error.fixed[1] is not None
    return [kind, pred["image"], pred["_id"], truth, taken, mends, pred["used"] is None]


def evaluate(truth, results, p, combinations=()):
    """The outcome of a case: p holds what differs from the default options."""
    with tempfile.TemporaryDirectory() as d:
        for name, value in (("gt", truth), ("dt", results)):
            with open(os.path.join(d, name), "w") as f:
                json.dump(value, f)
        gt, dt = datasets.COCO(os.path.join(d, "gt")), datasets.COCOResult(os.path.join(d, "dt"))
    gt.max_dets = p.get("max_dets", gt.max_dets)
    tide = TIDE(mode=TIDE.BOX if p["type"] == "bbox" else TIDE.MASK)
    try:
        run = tide.evaluate(gt, dt, pos_threshold=p.get("positive"), background_threshold=p.get("background"))
    except ZeroDivisionError:  # neither a ground-truth instance nor a detection
        return {"ap": None}
    truths = {pred["matched_with"]: pred["_id"] for pred in dt.annotations if pred.get("used")}
    counts = run.count_errors()
    special = [averaged(lambda i=i: list(run.fix_special_errors().values())[i]) for i in (0, 1)]
    return {
        "ap": float(run.ap), "errors": [listed(e, run, truths) for e in run.errors], "counts": [counts[k] for k in KINDS],
        "gain": [averaged(lambda k=k: run.fix_main_errors(error_types=[k])[k]) for k in KINDS], "special": special,
        "mended": [[list(c), averaged(lambda c=c: run.fix_errors(lambda e: isinstance(e, tuple(KINDS[i] for i in c))).get_mAP())]
                   for c in combinations],
    }


def rectangle(rng, h, w):
    x, y = rng.randrange(w), rng.randrange(h)
    return [x, y, rng.randint(1, w - x), rng.randint(1, h - y)]


def near(rng, box, h, w):
    """A box that overlaps another somehow, on whole pixels."""
    x, y, a, b = box
    most = rng.choice([1, 2, 4, 9])
    x, y = min(max(x + rng.randint(-most, most), 0), w - 1), min(max(y + rng.randint(-most, most), 0), h - 1)
    return [x, y, min(max(a + rng.randint(-most, most), 1), w - x), min(max(b + rng.randint(-most, most), 1), h - y)]


def pixels(box, h, w):
    m = np.zeros((h, w), np.uint8, order="F")
    x, y, a, b = box
    m[y : y + b, x : x + a] = 1
    return m


def segmentation(rng, box, h, w, result):
    """A mask of a box, or of a part of it, as a segmentation."""
    m = pixels(box, h, w)
    if rng.random() < 0.2:
        m[rng.randrange(h), :] = 0
    if not result and rng.random() < 0.3:
        x, y, a, b = box
        return [[x, y, x + a, y, x + a, y + b, x, y + b]], float(a * b)
    rle = mask_api.encode(m)
    area, counts = float(mask_api.area(rle)), rle["counts"].decode()
    if not result and rng.random() < 0.3:
        flat = m.flatten("F")
        edges = np.flatnonzero(np.diff(flat)) + 1
        counts = ([0] if flat[0] else []) + np.diff([0, *edges, len(flat)]).tolist()
    return {"size": [h, w], "counts": counts}, area


def drawn(rng):
    """A random ground truth, results and options."""
    n = rng.choice([1, 1, 2, 3, 5])
    categories = rng.sample(range(9), rng.choice([1, 1, 2, 3, 4]))
    used = rng.sample(categories, rng.randint(1, len(categories)))  # the others have no ground truth
    ties, many = rng.random() < 0.5, rng.random() < 0.02
    images, annotations, results = [], [], []
    confusion, crowds = rng.choice([0, 0.3, 0.7]), rng.choice([0, 0, 0.2, 0.5])
    for id in rng.sample(range(40), n):
        h, w = rng.randint(1, 30), rng.randint(1, 30)
        images.append({"id": id, "file_name": str(id), "height": h, "width": w})
        there = []
        for _ in range(rng.randint(0, 6)):
            box = near(rng, rng.choice(there)[0], h, w) if there and rng.random() < 0.4 else rectangle(rng, h, w)
            there.append((box, rng.choice(used)))
            if rng.random() < 0.1:
                there.append((box, rng.choice(used)))
        for box, category in there:
            seg, area = segmentation(rng, box, h, w, False)
            annotations.append({"image_id": id, "category_id": category, "segmentation": seg, "bbox": box, "area": area,
                                "iscrowd": int(rng.random() < crowds)})
        for _ in range(rng.choice([0, 2, 5, 12]) if not many else rng.choice([90, 130])):
            box, category = rectangle(rng, h, w), rng.choice(categories)
            if there and rng.random() < 0.8:
                box, category = rng.choice(there)
                if rng.random() < 0.75:
                    box = near(rng, box, h, w)
                if rng.random() < confusion:
                    category = rng.choice(categories)
            seg, _ = segmentation(rng, box, h, w, True)
            if rng.random() < 0.2:
                box = [box[0] + rng.choice([0, 0.5, 0.1]), box[1], box[2] * rng.choice([0.5, 1.3, 2]), box[3] * rng.choice([1, 0, 1.7])]
            score = rng.choice([0.5, 0.5, 0.9, 0.1, 1, 0]) if ties else rng.choice([rng.random(), round(rng.random(), 2), -rng.random()])
            results.append({"image_id": id, "category_id": category, "score": score, "bbox": box, "segmentation": seg})
    rng.shuffle(annotations)
    rng.shuffle(results)
    for i, a in enumerate(annotations):
        a["id"] = i + rng.choice([0, 1]) if i == 0 else annotations[i - 1]["id"] + rng.randint(1, 3)
    truth = {"images": images, "annotations": annotations, "categories": [{"id": c, "name": f"c{c}"} for c in categories]}
    p = {"type": rng.choice(["segm", "bbox"])}
    if rng.random() < 0.4:
        p["positive"] = rng.choice([0.1, 0.25, 0.75, 0.6, 0.95, 1, 1 / 3])
        p["background"] = rng.choice([0.1, 0.05, 0.1, p["positive"] / 2])
    elif rng.random() < 0.3:
        p["background"] = rng.choice([0.01, 0.2, 0.25, 0.5])
    if rng.random() < 0.25:
        p["max_dets"] = rng.choice([1, 2, 5, 10])
    return {"truth": truth, "results": results, "params": p}


def case(rng):
    case = drawn(rng)
    truth, results, p = case["truth"], case["results"], case["params"]
    combinations = [rng.sample(range(6), rng.randint(2, 5)), list(range(6))]
    return {**case, **evaluate(copy.deepcopy(truth), copy.deepcopy(results), p, combinations)}


def write(path, header, cases):
    with open(path, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
        for line in [header, *cases]:
            z.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--truth")
    parser.add_argument("--results")
    parser.add_argument("--type", default="segm")
    args = parser.parse_args()
    if args.truth:
        with open(args.truth) as t, open(args.results) as r:
            print(json.dumps(evaluate(json.load(t), json.load(r), {"type": args.type})))
        return
    rng = random.Random(args.seed)
    header = {"tidecv": version("tidecv"), "pycocotools": version("pycocotools"), "numpy": np.__version__,
              "python": platform.python_version(), "seed": args.seed, "count": args.count}
    os.makedirs(args.out, exist_ok=True)
    write(os.path.join(args.out, "tide.jsonl.gz"), header, [case(rng) for _ in range(args.count)])


if __name__ == "__main__":
    main()
