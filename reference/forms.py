"""Compares what numbers and members mean to pycocotools and to hubdata.

    python reference/forms.py HUBDATA [--seed N] [--count N]

Writes random datasets and detections in which integers are written as Python and pandas
write them after a detour through floats: 1.0, 64.00, 1e0, in ids, image_id, category_id,
sizes, iscrowd, and the size and the run lengths of masks. `HUBDATA eval` must give the AP
and the other numbers that pycocotools' COCOeval gives for the very same files, for the
files with plain integers, and for what `HUBDATA check --fix` writes of them. In the latter
no integer has a point, and every mask is that of the file before.

Ground truth is written too in which areas are NaN, and crowds have none, and results with
categories that the ground truth does not have: both score as in pycocotools.

It also writes names with lone surrogates, as Python has for names that are not UTF-8, ids
of many digits, null for what an annotation does not have, and NaN in members that nobody
reads. What `HUBDATA filter` writes of these must be equal when Python reads it.
"""

import argparse
import contextlib
import copy
import importlib.metadata
import io
import json
import os
import random
import subprocess
import tempfile

import numpy as np
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


class Number(float):
    """A float whose text is chosen."""

    def __new__(cls, value, text):
        n = super().__new__(cls, value)
        n.text = text
        return n

    def __repr__(self):
        return self.text


def point(rng, n):
    return Number(n, rng.choice([f"{n}.0", f"{n}.00", f"{n}e0", f"{n}E+0", str(n)]))


def text(value):
    """JSON with the texts of numbers as they were chosen."""
    if isinstance(value, dict):
        return "{" + ", ".join(json.dumps(k) + ": " + text(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(text(v) for v in value) + "]"
    return repr(value) if isinstance(value, Number) else json.dumps(value)


def runs(rng, h, w, box):
    """Run lengths of a box with a ragged border."""
    m = np.zeros((h, w), np.uint8, order="F")
    x, y, bw, bh = box
    m[y : y + bh, x : x + bw] = 1
    for _ in range(4):
        m[rng.randrange(y, y + bh), rng.randrange(x, x + bw)] = 0
    flat = m.flatten(order="F")
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat]))) if flat.any() else []
    counts = np.diff(np.concatenate([[0], edges, [flat.size]])).astype(int).tolist()
    return counts, int(m.sum())


def dataset(rng):
    gt = {"info": {}, "images": [], "annotations": [], "categories": [{"id": 1, "name": "vessel"}, {"id": 2, "name": "tubule"}]}
    dt = []
    for i in range(1, 5):
        h, w = rng.randint(40, 60), rng.randint(40, 60)
        gt["images"].append({"id": i, "file_name": f"{i}.png", "height": h, "width": w})
        for _ in range(rng.randint(1, 4)):
            box = [rng.randint(0, 15), rng.randint(0, 15), rng.randint(6, 20), rng.randint(6, 20)]
            counts, area = runs(rng, h, w, box)
            category = rng.randint(1, 2)
            gt["annotations"].append({"id": len(gt["annotations"]) + 1, "image_id": i, "category_id": category,
                                      "segmentation": {"size": [h, w], "counts": counts}, "area": area, "bbox": box, "iscrowd": int(rng.random() < 0.15)})
            if rng.random() < 0.85:
                box = [box[0] + rng.randint(0, 3), box[1] + rng.randint(0, 3), box[2], box[3]]
                counts, _ = runs(rng, h, w, box)
                dt.append({"image_id": i, "category_id": category, "bbox": box, "score": round(rng.random(), 3),
                           "segmentation": {"size": [h, w], "counts": counts}})
    return gt, dt


def written(rng, records):
    """The records with floats for integers, in members chosen at random."""
    out = copy.deepcopy(records)
    chosen = [m for m in ("id", "image_id", "category_id", "height", "width", "iscrowd") if rng.random() < 0.6]
    size, counts = rng.random() < 0.5, rng.random() < 0.5
    for r in out:
        for m in chosen:
            if m in r and rng.random() < 0.8:
                r[m] = point(rng, r[m])
        if "segmentation" in r:
            s = r["segmentation"]
            if size:
                s["size"] = [point(rng, n) for n in s["size"]]
            if counts:
                s["counts"] = [point(rng, n) for n in s["counts"]]
    return out


def unknown(rng, gt, dt):
    """A copy of a dataset in which some areas are unknown, and of detections with further categories."""
    gt, dt = copy.deepcopy(gt), copy.deepcopy(dt)
    for a in gt["annotations"]:
        if a["iscrowd"]:
            a["area"] = rng.choice([None, float("nan"), a["area"]])
        elif rng.random() < 0.4:
            a["area"] = float("nan")
        if a["iscrowd"] and rng.random() < 0.5:
            a.pop("area")
    for d in rng.sample(dt, len(dt) // 2):
        dt.insert(rng.randint(0, len(dt)), {**d, "category_id": rng.randint(3, 90), "score": round(rng.random(), 3)})
    return gt, dt


def decoded(path):
    """Masks of a file, which pycocotools decodes from whole floats too."""
    with open(path) as f:
        records = json.load(f)["annotations"]
    out = []
    for a in records:
        h, w = (int(n) for n in a["segmentation"]["size"])
        out.append(masks.decode(masks.frPyObjects({"size": [h, w], "counts": a["segmentation"]["counts"]}, h, w)))
    return out


def evaluate(gt, dt, kind="segm"):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(gt)
        with open(dt) as f:
            e = COCOeval(truth, truth.loadRes(json.load(f)), kind)
        e.evaluate()
        e.accumulate()
        e.summarize()
    return e.stats.tolist()


def hubdata(program, *args, code=(0,)):
    p = subprocess.run([program, *args], capture_output=True, text=True)
    if p.returncode not in code:
        raise SystemExit(f"{' '.join(args)}: exit {p.returncode}: {p.stderr}")
    return p.stdout


def stats(program, gt, dt, kind="segm"):
    return json.loads(hubdata(program, "eval", "--json", "--type", kind, gt, dt))["stats"]


def whole(value):
    """Whether no float of a JSON value is a whole number."""
    if isinstance(value, dict):
        return all(whole(v) for v in value.values())
    if isinstance(value, list):
        return all(whole(v) for v in value)
    return not (isinstance(value, float) and value.is_integer())


def passes(rng, program, folder):
    """Odd members, through filter."""
    path, out = os.path.join(folder, "odd.json"), os.path.join(folder, "odd_out.json")
    name = lambda i: b"caf\xe9".decode("utf-8", "surrogateescape") + rng.choice(["\ud800", "\udfff", "\U0001f600", ""]) + f"{i}.png"
    images = [{"id": rng.choice([i, 10**30 + i, f"{i}\udcea", str(i)]), "file_name": name(i), "height": 40, "width": 40,
               "note": rng.choice([float("nan"), float("-inf"), "\udcff", [None, {"\udce9": float("inf")}]])} for i in range(1, 6)]
    annotations = [{"id": 10**25 + i, "image_id": im["id"], "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9]], "area": 36.5, "bbox": [1, 1, 8, 8],
                    "iscrowd": 0, "score": rng.choice([float("nan"), None, 0.5])} for i, im in enumerate(images)]
    data = {"info": {"contributor": "\udce9"}, "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "\udce9"}, {"id": 2, "name": "\udcea"}]}
    with open(path, "w") as f:
        json.dump(data, f)
    hubdata(program, "filter", "--min-area", "1", "--force", "-o", out, path)
    with open(out) as f:
        got = json.load(f)
    for section in ("images", "annotations", "categories"):
        if json.dumps(got[section], sort_keys=True) != json.dumps(data[section], sort_keys=True):
            raise SystemExit(f"{section}: wrote\n{json.dumps(got[section])}\nof\n{json.dumps(data[section])}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hubdata")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--count", type=int, default=60)
    a = p.parse_args()
    rng = random.Random(a.seed)
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        for n in range(a.count):
            gt, dt = dataset(rng)
            floats = {k: written(rng, v) if isinstance(v, list) else v for k, v in gt.items()}
            for name, value in (("gt", gt), ("dt", dt), ("gt_float", floats), ("dt_float", written(rng, dt))):
                with open(path(name + ".json"), "w") as f:
                    f.write(text(value))
            want = evaluate(path("gt.json"), path("dt.json"))
            for g, d in (("gt", "dt"), ("gt_float", "dt"), ("gt", "dt_float"), ("gt_float", "dt_float")):
                try:
                    theirs = evaluate(path(g + ".json"), path(d + ".json"))
                except TypeError:
                    theirs = want
                else:
                    found += 1
                ours = stats(a.hubdata, path(g + ".json"), path(d + ".json"))
                if theirs != want or ours[: len(want)] != want:
                    raise SystemExit(f"set {n}, {g} and {d}: pycocotools {theirs}, hubdata {ours}, expected {want}")
            for name, value in zip(("gt_unknown", "dt_unknown"), unknown(rng, gt, dt)):
                with open(path(name + ".json"), "w") as f:
                    f.write(text(value))
            for kind in ("segm", "bbox"):
                theirs = evaluate(path("gt_unknown.json"), path("dt_unknown.json"), kind)
                ours = stats(a.hubdata, path("gt_unknown.json"), path("dt_unknown.json"), kind)
                if ours[: len(theirs)] != theirs:
                    raise SystemExit(f"set {n}, {kind}, unknown areas and categories: pycocotools {theirs}, hubdata {ours}")
            hubdata(a.hubdata, "check", "--fix", "--force", "--quiet", "-o", path("fixed.json"), path("gt_float.json"), code=(0, 3, 4))
            with open(path("fixed.json")) as f:
                fixed = json.load(f)
            if not whole({k: fixed[k] for k in ("images", "annotations", "categories")}):
                raise SystemExit(f"set {n}: the repair has whole numbers with a point")
            for before, after in zip(decoded(path("gt.json")), decoded(path("fixed.json")), strict=True):
                if not np.array_equal(before, after):
                    raise SystemExit(f"set {n}: the repair changed a mask")
            passes(rng, a.hubdata, folder)
    print(f"forms.py: {6 * a.count} evaluations, of which pycocotools {importlib.metadata.version('pycocotools')} reads {found + 2 * a.count}; {a.count} repairs and copies: all equal")


if __name__ == "__main__":
    main()
