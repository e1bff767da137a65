"""Compares whole instances on slides with what Python makes of the same tiles.

    python reference/wholes.py HUBDATA [--seed N] [--count N]

Draws slides of whole vessels in two classes, and detections of them, and cuts both by tiles
that touch or overlap. Then

  - `HUBDATA stitch` must give slides on which the pixels of each class are those of the
    tiles, by pycocotools;
  - the numbers of `HUBDATA eval --stitch` must be those of COCOeval on whole slides as
    images, with the instances of the slides that stitch wrote and no limit of detections;
  - the areas of the polygons must be those of shapely, holes and parts included.
"""

import argparse
import contextlib
import importlib.metadata
import io
import json
import os
import subprocess
import tempfile

import numpy as np
import shapely
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def blob(rng, height, width):
    """A vessel: an ellipse, some with a lumen."""
    y, x = np.mgrid[:height, :width]
    cx, cy = rng.uniform(0, width), rng.uniform(0, height)
    a, b, turn = rng.uniform(3, 30), rng.uniform(3, 12), rng.uniform(0, np.pi)
    u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
    r = (u / a) ** 2 + (v / b) ** 2
    m = r <= 1
    if rng.random() < 0.3:
        m &= r > 0.2
    return m


def encode(m):
    rle = masks.encode(np.asfortranarray(m.astype(np.uint8)))
    rle["counts"] = rle["counts"].decode()
    return rle


def draw(rng):
    """Tiles, annotations and results of some slides, and the pixels of each class."""
    size = int(rng.integers(40, 90))
    stride = size - int(rng.choice([0, 0, 2, size // 4]))
    images, notes, results, classes = [], [], [], {}
    whole = 0
    for slide in ("A2", "A10"):
        columns, rows = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        height, width = stride * (rows - 1) + size, stride * (columns - 1) + size
        places = [(x * stride, y * stride) for y in range(rows) for x in range(columns)]
        first = len(images) + 1
        for x, y in places:
            images.append({"id": len(images) + 1, "file_name": f"{slide}/t_{x}_{y}.png", "height": size, "width": size, "slide": slide, "x": x, "y": y})
        for _ in range(int(rng.integers(1, 12))):
            whole += 1
            category = int(rng.integers(1, 3))
            m = blob(rng, height, width)
            found = np.roll(m, (int(rng.integers(-2, 3)), int(rng.integers(-2, 3))), (0, 1)) if rng.random() < 0.8 else blob(rng, height, width)
            for k, (x, y) in enumerate(places):
                part = m[y:y + size, x:x + size]
                if part.any():
                    notes.append({"id": len(notes) + 1, "image_id": first + k, "category_id": category, "iscrowd": 0, "segmentation": encode(part),
                                  "area": int(part.sum()), "bbox": [float(v) for v in masks.toBbox(encode(part))]})
                    key = slide, category
                    classes.setdefault(key, np.zeros((height, width), bool))[y:y + size, x:x + size] |= part
                part = found[y:y + size, x:x + size]
                if part.any():
                    results.append({"image_id": first + k, "category_id": category, "score": float(rng.random()), "segmentation": encode(part),
                                    "bbox": [float(v) for v in masks.toBbox(encode(part))]})
    truth = {"images": images, "annotations": notes, "categories": [{"id": 1, "name": "vessel"}, {"id": 2, "name": "glomerulus"}]}
    return truth, results, classes


def write(path, value):
    with open(path, "w") as f:
        json.dump(value, f)
    return path


def run(*args):
    done = subprocess.run(args, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(args)}: {done.stderr}")
    return done.stdout


def read(folder):
    """The slides of a folder."""
    out = {}
    for name in sorted(os.listdir(folder)):
        if not name.startswith("."):
            with open(os.path.join(folder, name)) as f:
                d = json.load(f)
            out[d["images"][0]["file_name"]] = d
    return out


def pixels(d, a):
    h, w = d["images"][0]["height"], d["images"][0]["width"]
    return masks.decode(masks.merge(masks.frPyObjects(a["segmentation"], h, w))).astype(bool)


def area(segmentation):
    """The area by shapely: rings of one component may touch, none overlap."""
    return shapely.union_all([shapely.Polygon(np.reshape(ring, (-1, 2))) for ring in segmentation]).area


def cocoeval(truth, found):
    """Precision of COCOeval on slides, without a limit of detections."""
    sets = []
    for slides in (truth, found):
        images, notes = [], []
        for k, name in enumerate(sorted(truth)):
            d = truth[name]
            images.append({"id": k + 1, "height": d["images"][0]["height"], "width": d["images"][0]["width"]})
            for a in slides.get(name, {"annotations": []})["annotations"]:
                m = encode(pixels(d, a))
                notes.append({"id": len(notes) + 1, "image_id": k + 1, "category_id": a["category_id"], "iscrowd": 0, "area": a["area"],
                              "bbox": a["bbox"], "segmentation": m, "score": a.get("score", 0)})
        sets.append((images, notes))
    with contextlib.redirect_stdout(io.StringIO()):
        gt = COCO()
        gt.dataset = {"images": sets[0][0], "annotations": sets[0][1], "categories": [{"id": 1, "name": "vessel"}, {"id": 2, "name": "glomerulus"}]}
        gt.createIndex()
        e = COCOeval(gt, gt.loadRes(sets[1][1]), "segm")
        e.params.maxDets = [len(sets[1][1])]
        e.params.areaRng, e.params.areaRngLbl = [[0, 1e10]], ["all"]
        e.evaluate()
        e.accumulate()
    p = e.eval["precision"]
    at = lambda t: float(np.mean(t[t > -1])) if (t > -1).any() else -1.0
    return at(p), at(p[np.isclose(e.params.iouThrs, 0.6)])


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("hubdata")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--count", type=int, default=40)
    args = args.parse_args()
    rng = np.random.default_rng(args.seed)
    instances = numbers = joined = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in range(args.count):
            truth, results, classes = draw(rng)
            if not results:
                continue
            tiles = write(os.path.join(folder, "tiles.json"), truth)
            dt = write(os.path.join(folder, "results.json"), results)
            gt_slides, dt_slides = os.path.join(folder, f"gt{case}"), os.path.join(folder, f"dt{case}")
            said = json.loads(run(args.hubdata, "stitch", "--json", "-o", gt_slides, tiles))
            run(args.hubdata, "stitch", "--images", tiles, "-o", dt_slides, dt)
            gt, found = read(gt_slides), read(dt_slides)
            joined += said["joined"]
            for (name, category), want in classes.items():
                d = gt[name]
                got = np.zeros((d["images"][0]["height"], d["images"][0]["width"]), bool)
                for a in d["annotations"]:
                    m = pixels(d, a)
                    if m.sum() != a["area"] or area(a["segmentation"]) != a["area"]:
                        raise SystemExit(f"case {case}: annotation {a['id']} of {name} has {m.sum()} pixels and {area(a['segmentation'])} by shapely, its area is {a['area']}")
                    instances += 1
                    if a["category_id"] == category:
                        got |= m
                full = np.zeros_like(got)
                full[:want.shape[0], :want.shape[1]] = want
                if (got != full).any():
                    raise SystemExit(f"case {case}: slide {name}, class {category}: {(got != full).sum()} pixels differ")
            score = json.loads(run(args.hubdata, "eval", "--json", "--metric", "coco", "--stitch", tiles, dt))["stitched"]
            want = cocoeval(gt, found)
            if (score["ap"], score["at"][0]["ap"]) != want:
                raise SystemExit(f"case {case}: AP and AP at 0.6 are {score['ap']}, {score['at'][0]['ap']}, COCOeval says {want}")
            numbers += 2
    print(f"{args.count} sets: {joined} joined instances; pixels of {instances} instances equal to pycocotools {importlib.metadata.version('pycocotools')} and "
          f"shapely {shapely.__version__}; {numbers} scores equal to COCOeval to the bit")


if __name__ == "__main__":
    main()
