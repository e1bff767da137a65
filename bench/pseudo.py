"""Times hubdata pseudo beside the same recipe in Python, and compares what they make.

    python bench/pseudo.py HUBDATA FOLDER [--runs N] [--plain TILES]

FOLDER is a dataset folder with predictions (hubdata demo --scale full makes one).
Both do what the third-place solution does (fuse_ref.py, hubdata's --preset winner)
on the same files. The Python reference runs on all tiles, making masks only for
instances that are kept (--lazy), which his notebook did not do; as he did it, for
all instances, it runs on the first --plain tiles, and that time, less the loading of
the files, is multiplied up. Wall clock and peak memory of whole processes.
"""

import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np


def timed(argv):
    """Seconds, peak memory in MiB, and what was printed."""
    start = time.perf_counter()
    p = subprocess.Popen(argv, stdout=subprocess.PIPE)
    out = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    assert status == 0, argv
    return time.perf_counter() - start, usage.ru_maxrss / 1024, out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hubdata")
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--plain", type=int, default=40)
    args = parser.parse_args()
    models = sorted(glob.glob(os.path.join(args.folder, "predictions", "*.segm.json")))
    ref = [sys.executable, os.path.join(os.path.dirname(__file__), "fuse_ref.py"), "--models", ",".join(models),
           "--tile-meta", os.path.join(args.folder, "tile_meta.csv"), "--thr", "0.5", "--stable"]
    with tempfile.TemporaryDirectory() as d:
        ours, theirs = os.path.join(d, "ours.json"), os.path.join(d, "theirs.json")
        times, memory = {}, {}
        for name, flags in {"--preset winner": ["--preset", "winner"], "default": []}.items():
            runs = [timed([args.hubdata, "pseudo", "--thr", "0.5", "--quiet", *flags, "-o", ours, args.folder]) for _ in range(args.runs)]
            times[name], memory[name] = statistics.median(r[0] for r in runs), max(r[1] for r in runs)
        timed([args.hubdata, "pseudo", "--thr", "0.5", "--quiet", "--preset", "winner", "-o", ours, args.folder])
        seconds, peak, out = timed([*ref, "--lazy", "--out", theirs])
        times["Python, masks of kept instances"], memory["Python, masks of kept instances"] = seconds, peak
        told = json.loads(out)
        compare(ours, theirs)
        _, peak, out = timed([*ref, "--tiles", str(args.plain), "--out", theirs])
        part = json.loads(out)
        plain = part["load"] + part["fuse"] * told["tiles"] / part["tiles"]
        times["Python, masks of all instances"], memory["Python, masks of all instances"] = plain, peak
    best = times["--preset winner"]
    size = sum(os.path.getsize(m) for m in models) / 1e6
    print(f"{told['tiles']} tiles, {len(models)} models, {size:.0f} MB of predictions")
    for name, t in times.items():
        note = f" (from {part['tiles']} tiles)" if name.endswith("all instances") else ""
        print(f"| {name} | {t:.2f} s{note} | {t / best:.0f} | {memory[name]:.0f} MiB |")


def compare(ours, theirs):
    """The same instances, masks to the pixel, scores within 1e-6, or it stops."""
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
    print(f"{len(a)} instances: the same, in the same order, masks and boxes equal; {same} scores of equal bits, the others within {np.float64(worst):.1e}")


if __name__ == "__main__":
    main()
