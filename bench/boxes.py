"""BoxFuser beside ensemble-boxes on the same boxes, each on one thread, in seconds of
processor time, so that what else runs on the machine does not count:
python bench/boxes.py WORK PROGRAM, called by bench/boxes.sh.

Writes seeded boxes to WORK/boxes.json, then times the two in turn and prints medians.
ensemble-boxes gets lists where it loops in Python and arrays where it does not, which
is what suits it best; numba has compiled before."""
import json
import random
import statistics
import subprocess
import sys
import time

import numpy as np
from ensemble_boxes import nms, non_maximum_weighted, weighted_boxes_fusion

IOU, SKIP, ROUNDS = 0.55, 0.01, 5
WORKLOADS = [("5 models x 60 boxes, 3 classes", 60, 3, 0.2, 40),
             ("5 models x 100 boxes, 80 classes", 100, 80, 0.3, 25),
             ("5 models x 1000 boxes, 1 class", 1000, 1, 0.05, 3)]
METHODS = ("wbf", "nmw", "nms")


def thing(rng, classes, size):
    w, h = size * rng.uniform(0.3, 1), size * rng.uniform(0.3, 1)
    x, y = rng.uniform(0, 1 - w), rng.uniform(0, 1 - h)
    return [x, y, x + w, y + h], rng.randrange(classes)


def image(rng, boxes, classes, size):
    """What five models see: mostly the same things, not quite in the same place."""
    things = [thing(rng, classes, size) for _ in range(boxes)]
    models = []
    for _ in range(5):
        out = {"boxes": [], "scores": [], "labels": []}
        for seen in things:
            box, label = seen if rng.random() < 0.85 else thing(rng, classes, size)
            w, h = box[2] - box[0], box[3] - box[1]
            out["boxes"].append([min(max(v + rng.gauss(0, 0.05) * s, 0), 1) for v, s in zip(box, (w, h, w, h))])
            out["scores"].append(rng.uniform(0.02, 1))
            out["labels"].append(label)
        models.append(out)
    return models


def lists(models):
    return tuple([m[k] for m in models] for k in ("boxes", "scores", "labels"))


def arrays(models):
    return tuple([np.array(m[k]) for m in models] for k in ("boxes", "scores", "labels"))


def reference(method, inputs):
    """Seconds of processor time, clusters and the sum of their scores."""
    n, total = 0, 0.0
    start = time.process_time()
    for boxes, scores, labels in inputs:
        if method == "wbf":
            _, s, _ = weighted_boxes_fusion(boxes, scores, labels, iou_thr=IOU, skip_box_thr=SKIP)
        elif method == "nmw":
            _, s, _ = non_maximum_weighted(boxes, scores, labels, iou_thr=IOU, skip_box_thr=SKIP)
        else:
            _, s, _ = nms(boxes, scores, labels, iou_thr=IOU)
        n += len(s)
        total += float(s.sum())
    return time.process_time() - start, n, total


def main(work, program):
    rng = random.Random(1)
    loads = [{"name": name, "images": [image(rng, boxes, classes, size) for _ in range(count)]}
             for name, boxes, classes, size, count in WORKLOADS]
    with open(f"{work}/boxes.json", "w") as f:
        json.dump({"iou": IOU, "skip": SKIP, "methods": METHODS, "workloads": loads}, f)
    theirs, ours = {}, {}
    for m in METHODS:
        reference(m, [(arrays if m == "nms" else lists)(i) for i in loads[0]["images"][:2]])
    for _ in range(ROUNDS):
        lines = subprocess.check_output([program, f"{work}/boxes.json"], text=True).splitlines()
        for load in loads:
            for m in METHODS:
                inputs = [(arrays if m == "nms" else lists)(i) for i in load["images"]]
                seconds, n, total = reference(m, inputs)
                own, own_n, own_total = (float(v) for v in lines.pop(0).split())
                if n != own_n or abs(total - own_total) > 1e-6 * total:
                    sys.exit(f"{load['name']}, {m}: {n} clusters of scores {total}, BoxFuser has {own_n} and {own_total}")
                theirs.setdefault((load["name"], m), []).append(seconds)
                ours.setdefault((load["name"], m), []).append(own)
    print("| one thread | method | ensemble-boxes, boxes/s | BoxFuser, boxes/s | times faster |")
    print("|---|---|---|---|---|")
    for load in loads:
        boxes = sum(len(m["boxes"]) for i in load["images"] for m in i)
        for m in METHODS:
            a, b = (statistics.median(t[load["name"], m]) for t in (theirs, ours))
            print(f"| {load['name']} | {m} | {boxes / a:,.0f} | {boxes / b:,.0f} | {a / b:.0f} |")


main(*sys.argv[1:])
