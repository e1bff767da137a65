"""Compares BoxFuser with ensemble-boxes on the same boxes, each on one thread, in seconds of
processor time, so that other processes on the machine do not count:
python bench/boxes.py WORK PROGRAM ROUNDS, called by bench/peers.py.

Writes seeded boxes to WORK/boxes.json, then times the two in turn and prints the medians as
lines of JSON. ensemble-boxes gets lists where it loops in Python and arrays elsewhere,
because that is fastest for it."""
import json
import random
import statistics
import subprocess
import sys
import time

import numpy as np
from ensemble_boxes import nms, non_maximum_weighted, weighted_boxes_fusion

try:
    from supervision import box_non_max_suppression
except ImportError:
    box_non_max_suppression = None

IOU, SKIP = 0.55, 0.01
WORKLOADS = [("5 models x 60 boxes, 3 classes", 60, 3, 0.2, 40),
             ("5 models x 100 boxes, 80 classes", 100, 80, 0.3, 25),
             ("5 models x 1000 boxes, 1 class", 1000, 1, 0.05, 3)]
METHODS = ("wbf", "nmw", "nms")
# The counterparts in the peers.
PEERS = [("ensemble-boxes", "wbf"), ("ensemble-boxes", "nmw"), ("ensemble-boxes (numba)", "nms")] + [("supervision", "nms")] * bool(box_non_max_suppression)


def thing(rng, classes, size):
    w, h = size * rng.uniform(0.3, 1), size * rng.uniform(0.3, 1)
    x, y = rng.uniform(0, 1 - w), rng.uniform(0, 1 - h)
    return [x, y, x + w, y + h], rng.randrange(classes)


def image(rng, boxes, classes, size):
    """What five models detect: mostly the same objects, in slightly different places."""
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


def table(models):
    return np.array([[*b, s, c] for m in models for b, s, c in zip(m["boxes"], m["scores"], m["labels"])])


FORMS = {"ensemble-boxes": lists, "ensemble-boxes (numba)": arrays, "supervision": table}


def reference(peer, method, inputs):
    """Seconds of processor time, clusters and the sum of their scores."""
    n, total = 0, 0.0
    start = time.process_time()
    for image in inputs:
        if peer == "supervision":
            s = image[box_non_max_suppression(image, IOU), 4]
        elif method == "wbf":
            _, s, _ = weighted_boxes_fusion(*image, iou_thr=IOU, skip_box_thr=SKIP)
        elif method == "nmw":
            _, s, _ = non_maximum_weighted(*image, iou_thr=IOU, skip_box_thr=SKIP)
        else:
            _, s, _ = nms(*image, iou_thr=IOU)
        n += len(s)
        total += float(s.sum())
    return time.process_time() - start, n, total


def main(work, program, rounds):
    rng = random.Random(1)
    loads = [{"name": name, "images": [image(rng, boxes, classes, size) for _ in range(count)]}
             for name, boxes, classes, size, count in WORKLOADS]
    with open(f"{work}/boxes.json", "w") as f:
        json.dump({"iou": IOU, "skip": SKIP, "methods": METHODS, "workloads": loads}, f)
    theirs, ours, differs = {}, {}, {}
    for peer, m in PEERS:  # code that is compiled at its first call is compiled now
        reference(peer, m, [FORMS[peer](i) for i in loads[0]["images"][:2]])
    for _ in range(int(rounds)):
        lines = subprocess.check_output([program, f"{work}/boxes.json"], text=True).splitlines()
        for load in loads:
            found = {m: [float(v) for v in lines.pop(0).split()] for m in METHODS}
            for m, (own, _, _) in found.items():
                ours.setdefault((load["name"], m), []).append(own)
            for peer, m in PEERS:
                seconds, n, total = reference(peer, m, [FORMS[peer](i) for i in load["images"]])
                _, own_n, own_total = found[m]
                if n != own_n or abs(total - own_total) > 1e-6 * total:
                    differs[load["name"], peer] = f"{n:,} boxes, hubdata has {own_n:,.0f}; sums of scores {total:.4f} and {own_total:.4f}"
                theirs.setdefault((load["name"], m, peer), []).append(seconds)
    for load in loads:
        boxes = sum(len(m["boxes"]) for i in load["images"] for m in i)
        for m in METHODS:
            tell(load, m, "hubdata", ours[load["name"], m], boxes, "")
            for peer, method in PEERS:
                if method == m:
                    tell(load, m, peer, theirs[load["name"], m, peer], boxes, differs.get((load["name"], peer), ""))


def tell(load, method, tool, times, boxes, differs):
    print(json.dumps({"work": f"{method.upper()}, {load['name']}", "tool": tool, "ns": statistics.median(times) / boxes * 1e9, "rounds": len(times), "differs": differs}))


main(*sys.argv[1:])
