"""Generates pseudo-labels with hubdata and with Python, and compares them:

    python bench/pseudo.py HUBDATA FOLDER

FOLDER is a dataset folder with predictions (hubdata demo writes one). Both do what the
third-place solution does (fuse_ref.py, hubdata's --preset winner) on the same files."""

import glob
import json
import os
import subprocess
import sys
import tempfile


def main(hubdata, folder):
    models = sorted(glob.glob(os.path.join(folder, "predictions", "*.segm.json")))
    with tempfile.TemporaryDirectory() as d:
        ours, theirs = os.path.join(d, "ours.json"), os.path.join(d, "theirs.json")
        subprocess.run([hubdata, "pseudo", "--thr", "0.5", "--quiet", "--preset", "winner", "-o", ours, folder], check=True)
        subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "fuse_ref.py"), "--models", ",".join(models), "--tile-meta",
                        os.path.join(folder, "tile_meta.csv"), "--thr", "0.5", "--stable", "--out", theirs], check=True, stdout=subprocess.DEVNULL)
        print(compare(ours, theirs))


def compare(ours, theirs):
    """Stops unless the instances are the same: masks to the pixel, scores within 1e-6."""
    def load(path):
        with open(path) as f:
            return json.load(f)["annotations"]

    a, b = load(ours), load(theirs)
    assert len(a) == len(b), (len(a), len(b))
    worst = same = 0
    for x, y in zip(a, b):
        assert x["image_id"] == y["image_id"] and x["segmentation"] == y["segmentation"], (x, y)
        assert x["area"] == y["area"] and x["bbox"] == y["bbox"]
        worst = max(worst, abs(x["score"] - y["score"]) / y["score"])
        same += x["score"] == y["score"]
    assert worst <= 1e-6, worst
    return f"{len(a)} instances: the same, in the same order, masks and boxes equal; {same} scores of equal bits, the others within {worst:.1e}"


if __name__ == "__main__":
    main(*sys.argv[1:])
