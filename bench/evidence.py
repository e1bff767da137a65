"""Finds the fusion that performs best on real predictions with known ground truth.

    python bench/evidence.py HUBDATA FOLDER [--grid] [--jobs N]

HUBDATA is the binary. FOLDER holds fold0_val_gt.json (COCO ground truth) and
predictions/*.segm.json of several models on its images, and the competition's
tile_meta.csv. Each setting is run by hubdata pseudo --results and scored by
pycocotools: mask AP, AP at IoU 0.5 and at 0.6 (the competition's), with at most 100
detections per image.

The images are split into two parts by their index in the ground truth, even or odd. With
--grid, all settings of a grid are ranked on the first part by AP at 0.6. The score of a
setting is the mean of itself and its neighbours in --vote (0.1 less and more), because
a single good setting between worse ones is due to chance. Without --grid,
a fixed list is scored and printed as the Markdown table in docs/pseudo.md.
"""

import argparse
import contextlib
import io
import itertools
import json
import multiprocessing
import os
import subprocess
import tempfile
from importlib.metadata import version

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def load(path):
    with open(path) as f:
        truth = json.load(f)
    for k, a in enumerate(truth["annotations"]):
        a["id"] = k + 1  # 0 would never match
        a.setdefault("iscrowd", 0)
    return truth


def score(truth, results, images):
    """AP, AP50, AP60 on some images."""
    with contextlib.redirect_stdout(io.StringIO()):
        gt = COCO()
        gt.dataset = truth
        gt.createIndex()
        e = COCOeval(gt, gt.loadRes([dict(r) for r in results if r["image_id"] in images]), "segm")
        e.params.imgIds = sorted(images)
        e.evaluate()
        e.accumulate()
    p = e.eval["precision"][:, :, :, 0, -1]

    def mean(q):
        q = q[q > -1]
        return float(q.mean()) if q.size else -1.0

    return mean(p), mean(p[[0]]), mean(p[[2]])


def run(job):
    hubdata, folder, flags = job
    truth = load(os.path.join(folder, "fold0_val_gt.json"))
    ids = [i["id"] for i in truth["images"]]
    with tempfile.TemporaryDirectory() as d:
        results = os.path.join(d, "results.json")
        subprocess.run([hubdata, "pseudo", "--dataset", "1", "--images", os.path.join(folder, "fold0_val_gt.json"), "--quiet",
                        "--results", results, "-o", os.path.join(d, "out"), *flags.split(), folder], check=True)
        with open(results) as f:
            found = json.load(f)
    return flags, [score(truth, found, set(part)) for part in (ids, ids[0::2], ids[1::2])]


def grid():
    """Settings by their neighbourhood: a dict of flags without --vote to those with."""
    for cluster, iou, tta, post in itertools.product(["box", "mask"], ["0.4", "0.5", "0.6", "0.7"],
                                                     ["none", "mask:0.5", "mask:0.6", "mask:0.7"], ["none", "fill,largest"]):
        yield f"--cluster {cluster} --iou {iou} --tta-nms {tta} --vote-rule weight --post {post}"


VOTES = ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6"]

CHOSEN = [
    ("default", ""),
    ("winner", "--preset winner"),
    ("winner, opening as in his text", "--preset winner --post open:cross:1"),
    ("winner, no step after the vote", "--preset winner --post none"),
    ("winner, then one dilation", "--preset winner --post close:cross:1,dilate:cross:1"),
    ("default, clustered by mask", "--cluster mask"),
    ("default, clustered by mask at 0.7", "--cluster mask --iou 0.7"),
    ("default at IoU 0.5", "--iou 0.5"),
    ("default at IoU 0.7", "--iou 0.7"),
    ("default, NMS inside a model at 0.5", "--tta-nms mask:0.5"),
    ("default, NMS inside a model by box", "--tta-nms box:0.7"),
    ("default, scores times agreement", "--rescore agreement"),
    ("default, all predictions (no NMS inside a model)", "--tta-nms none"),
    ("mask clusters without NMS inside a model", "--cluster mask --tta-nms none"),
    ("default, vote 0.2", "--vote 0.2"),
    ("default, vote 0.4", "--vote 0.4"),
    ("default, vote 0.5", "--vote 0.5"),
    ("default, union", "--vote-rule union"),
    ("default, intersection", "--vote-rule intersection"),
    ("default, best member's mask", "--vote-rule best"),
    ("default, no step after the vote", "--post none"),
    ("default, one dilation", "--post fill,largest,dilate:cross:1"),
    ("default, one erosion", "--post fill,largest,erode:cross:1"),
    ("default, conf max", "--conf max"),
    ("NMW, box", "--fuse nmw"),
    ("NMW, mask", "--fuse nmw --cluster mask"),
    ("NMS, box", "--fuse nms --vote-rule best"),
    ("NMS, box, members vote", "--fuse nms"),
    ("NMS, mask", "--fuse nms --cluster mask --vote-rule best"),
    ("soft-NMS, box", "--fuse soft-nms --vote-rule best"),
    ("soft-NMS, mask", "--fuse soft-nms --cluster mask --vote-rule best"),
]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hubdata")
    p.add_argument("folder")
    p.add_argument("--grid", action="store_true")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    a = p.parse_args()
    with multiprocessing.Pool(a.jobs) as pool:
        if a.grid:
            names = list(grid())
            jobs = [(a.hubdata, a.folder, f"{n} --vote {v}") for n in names for v in VOTES]
            scores = dict(pool.imap_unordered(run, jobs, chunksize=1))
            rows = []
            for n in names:
                first = [scores[f"{n} --vote {v}"][1][2] for v in VOTES]
                for k in range(1, len(VOTES) - 1):
                    rows.append((sum(first[k - 1:k + 2]) / 3, f"{n} --vote {VOTES[k]}"))
            rows.sort(reverse=True)
            for mean, flags in rows[:20]:
                print(f"{mean:.4f}  {flags}  first {fmt(scores[flags][1])}  second {fmt(scores[flags][2])}", flush=True)
            return
        print(f"pycocotools {version('pycocotools')}")
        print("| fusion | AP | AP50 | AP60 | AP60, first part | AP60, second part |")
        print("|---|---|---|---|---|---|")
        truth = load(os.path.join(a.folder, "fold0_val_gt.json"))
        ids = [i["id"] for i in truth["images"]]
        for name in sorted(os.listdir(os.path.join(a.folder, "predictions"))):
            with open(os.path.join(a.folder, "predictions", name)) as f:
                found = json.load(f)
            row(name.removesuffix(".segm.json") + " alone", [score(truth, found, set(part)) for part in (ids, ids[0::2], ids[1::2])])
        scores = dict(pool.imap_unordered(run, [(a.hubdata, a.folder, flags) for _, flags in CHOSEN], chunksize=1))
        for name, flags in CHOSEN:
            row(f"{name}: `{flags}`" if flags else name, scores[flags])


def fmt(s):
    return " ".join(f"{v:.4f}" for v in s)


def row(name, parts):
    whole, first, second = parts
    print(f"| {name} | {whole[0]:.3f} | {whole[1]:.3f} | {whole[2]:.3f} | {first[2]:.3f} | {second[2]:.3f} |", flush=True)


if __name__ == "__main__":
    main()
