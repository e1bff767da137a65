"""Writes golden files for package coco/eval with the results of lvis-api's LVISEval.

    python reference/lvis_rules.py --out DIR [--seed N] [--count N]

DIR/lvis.jsonl.gz holds a header line with the versions, then one line per case: ground
truth, results, type, and the outcome: the SHA-256 of precision and recall as float64
bytes, the thirteen numbers as hexadecimal floats, and the text of print_results.
"""

import argparse
import contextlib
import copy
import io
import logging
import os
import platform
import random
from importlib.metadata import version

import numpy as np

np.float = float  # which numpy had when lvis was written
from eval import digest, encoded, score, shapes, write
from lvis import LVIS, LVISEval, LVISResults

logging.disable(logging.CRITICAL)


def lvis(dataset):
    v = LVIS.__new__(LVIS)  # its constructor reads a file
    v.logger = logging.getLogger("lvis")
    v.dataset = copy.deepcopy(dataset)
    v._create_index()
    return v


def evaluate(truth, results, kind, limit):
    gt = lvis(truth)
    dt = LVISResults(gt, copy.deepcopy(results), max_dets=limit)
    e = LVISEval(gt, dt, kind)
    e.params.max_dets = limit
    e.run()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        e.print_results()
    return {"precision": digest(e.eval["precision"]), "recall": digest(e.eval["recall"]),
            "stats": [float(v).hex() for v in e.results.values()], "summary": said.getvalue()}


def case(rng):
    kind = rng.choice(["segm", "bbox"])
    n = rng.choice([1, 2, 3, 5])
    categories = rng.sample(range(1, 20), rng.randint(1, 6))
    ties, boxed = rng.random() < 0.5, rng.random() < 0.6
    images, annotations, results = [], [], []
    for i in rng.sample(range(1, 130), n):
        h, w = rng.choice([rng.randint(1, 20), rng.randint(20, 120)]), rng.randint(1, 40)
        pool = shapes(rng, h, w)
        some = lambda: rng.sample(categories, rng.randint(0, len(categories)))
        present, negative = some(), some()
        images.append({"id": i, "height": h, "width": w, "coco_url": "", "neg_category_ids": negative,
                       "not_exhaustive_category_ids": some()})
        for _ in range(rng.randint(0, 6) if present else 0):
            seg, box, area = encoded(rng.choice(pool), rng)
            if rng.random() < 0.2:
                box = [round(v + rng.random(), 2) for v in box]
            annotations.append({"image_id": i, "category_id": rng.choice(present), "segmentation": seg, "bbox": box,
                                "area": area if rng.random() < 0.8 else rng.choice([0, 1024, 5000.5, 9216, 1e11])})
            if rng.random() < 0.2:
                annotations[-1]["ignore"] = rng.choice([0, 1])
            if rng.random() < 0.1:
                annotations[-1]["iscrowd"] = 1  # which LVIS does not know
        for _ in range(rng.choice([0, 2, 5, 12, 30])):
            seg, box, _ = encoded(rng.choice(pool), rng)
            while isinstance(seg["counts"], list):
                seg, box, _ = encoded(rng.choice(pool), rng)
            r = {"image_id": i, "category_id": rng.choice(categories), "score": score(rng, ties), "segmentation": seg}
            if boxed:
                r["bbox"] = box
            results.append(r)
    if not results:
        return case(rng)
    rng.shuffle(annotations)
    rng.shuffle(results)
    for number, a in enumerate(annotations):
        a["id"] = number + rng.choice([0, 1]) if number == 0 else number + 1
    truth = {"images": images, "annotations": annotations,
             "categories": [{"id": c, "name": f"c{c}", "frequency": rng.choice("rcf")} for c in categories]}
    limit = rng.choice([300, 300, 10, 3])
    return {"truth": truth, "results": results, "type": kind, "limit": limit, **evaluate(truth, results, kind, limit)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=500)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    header = {"lvis": version("lvis"), "pycocotools": version("pycocotools"), "numpy": np.__version__,
              "python": platform.python_version(), "seed": args.seed, "count": args.count}
    os.makedirs(args.out, exist_ok=True)
    write(os.path.join(args.out, "lvis.jsonl.gz"), header, [case(rng) for _ in range(args.count)])


if __name__ == "__main__":
    main()
