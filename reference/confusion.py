"""Writes golden files for package coco/eval with the confusion matrices of hotcoco.

    python reference/confusion.py --out DIR [--seed N] [--count N]

DIR/confusion.jsonl.gz holds a header line with the versions, then one line per case:
ground truth, results, options, and the matrix that COCOeval.confusion_matrix returns. The
cases are random ones of reference/tide.py: several categories, crowds, equal scores, equal
boxes. The file committed under coco/eval/testdata/golden was written with the default
arguments.
"""

import argparse
import json
import os
import platform
import random
import tempfile
from importlib.metadata import version

from hotcoco import COCO, COCOeval

import tide


def matrix(truth, results, p):
    """The matrix of hotcoco: p holds what differs from its defaults."""
    with tempfile.TemporaryDirectory() as d:
        for name, value in (("gt", truth), ("dt", results)):
            with open(os.path.join(d, name), "w") as f:
                json.dump(value, f)
        gt = COCO(os.path.join(d, "gt"))
        ev = COCOeval(gt, gt.load_res(os.path.join(d, "dt")), p["type"])
    options = {k: p[k] for k in ("iou_thr", "max_det", "min_score") if k in p}
    found = ev.confusion_matrix(**options)
    return {"categories": list(found["cat_ids"]), "matrix": found["matrix"].tolist()}


def case(rng):
    drawn = tide.drawn(rng)
    truth, results = drawn["truth"], drawn["results"]
    p = {"type": drawn["params"]["type"]}
    if rng.random() < 0.5:
        p["iou_thr"] = rng.choice([0.1, 0.25, 0.6, 0.75, 0.95, 1, 1 / 3])
    if rng.random() < 0.3:
        p["max_det"] = rng.choice([1, 2, 5, 10])
    if rng.random() < 0.3:
        p["min_score"] = rng.choice([0, 0.1, 0.5, 0.9])
    return {"truth": truth, "results": results, "params": p, **matrix(truth, results, p)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=600)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    header = {"hotcoco": version("hotcoco"), "python": platform.python_version(), "seed": args.seed, "count": args.count}
    os.makedirs(args.out, exist_ok=True)
    tide.write(os.path.join(args.out, "confusion.jsonl.gz"), header, [case(rng) for _ in range(args.count)])


if __name__ == "__main__":
    main()
