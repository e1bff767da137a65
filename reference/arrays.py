"""Compares the files of "hubdata eval --arrays" with COCOeval.eval, bit for bit.

    python reference/arrays.py HUBDATA [--seed N] [--count N]
"""

import argparse
import contextlib
import io
import json
import os
import random
import subprocess
import tempfile

import numpy as np
from eval import case, coco
from pycocotools.cocoeval import COCOeval

NAMES = {"precision", "recall", "scores", "iouThrs", "recThrs", "catIds", "areaRng", "areaRngLbl", "maxDets"}


def expected(c, options):
    with contextlib.redirect_stdout(io.StringIO()):
        gt = coco(c["truth"])
        e = COCOeval(gt, gt.loadRes(json.loads(json.dumps(c["results"]))), c["params"]["type"])
        for name, value in options.items():
            setattr(e.params, name, value)
        e.evaluate()
        e.accumulate()
    out = {name: e.eval[name] for name in ("precision", "recall", "scores")}
    p = e.params
    out |= {name: np.array(getattr(p, name)) for name in NAMES - set(out) - {"catIds"}}
    return out | {"catIds": np.array(p.catIds if p.useCats else [-1])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hubdata")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    compared = 0
    with tempfile.TemporaryDirectory() as folder:
        truth, results = (os.path.join(folder, name) for name in ("truth.json", "results.json"))
        while compared < args.count:
            c = case(rng)
            if c["params"]["type"] == "boundary" or "mask_areas" in c["params"] or not c["results"]:
                continue
            for path, content in (truth, c["truth"]), (results, c["results"]):
                with open(path, "w") as f:
                    json.dump(content, f)
            flags, options = [], {}
            if rng.random() < 0.3:
                flags, options = ["--class-agnostic", "--max-dets", "100,300,1000"], {"useCats": 0, "maxDets": [100, 300, 1000]}
            if rng.random() < 0.3:
                flags += ["--iou-thrs", "0.3,0.5:0.75:0.25"]
                options["iouThrs"] = np.array([0.3, 0.5, 0.75])
            if rng.random() < 0.3:
                flags += ["--rec-thrs", "0:1:0.1"]
                options["recThrs"] = np.linspace(0, 1, 11)
            want = expected(c, options)
            for suffix in ("npz", "json"):
                path = os.path.join(folder, "arrays." + suffix)
                subprocess.run([args.hubdata, "eval", "--quiet", "--force", "--strict-pycocotools", "--type", c["params"]["type"],
                                "--arrays", path, *flags, truth, results], check=True, stdout=subprocess.DEVNULL)
                got = np.load(path) if suffix == "npz" else {k: np.array(v) for k, v in json.load(open(path)).items()}
                if set(got) != NAMES:
                    raise SystemExit(f"{suffix}: arrays {sorted(got)}")
                for name in NAMES:
                    if got[name].shape != want[name].shape or not np.array_equal(got[name], want[name]):
                        raise SystemExit(f"{suffix}, {flags}: {name} differs: {json.dumps(c)}")
            compared += 1
    print(f"{compared} cases: arrays equal to COCOeval.eval")


if __name__ == "__main__":
    main()
