"""Writes golden files for package coco/eval with the results of pycocotools' COCOeval.

    python reference/eval.py --out DIR [--seed N] [--count N]

DIR/eval.jsonl.gz holds a header line with the versions, then one line per case: ground
truth, results, parameters, and the outcome: the SHA-256 of each array's
float64 bytes (little-endian, in C order), the summary's text, and its numbers
as hexadecimal floats, and the AP of each category and of the first half of the images,
evaluated alone. Some cases have a larger random array and its numpy mean
instead. The file committed under coco/eval/testdata/golden was written with the
default arguments.

    python reference/eval.py --truth FILE --results FILE [--type segm]

prints the outcome for two files as one such line.

Boundary IoU is that of boundary-iou-api: bands by cv2.erode, the smaller of both IoUs
if the ground truth is not a crowd, and annotations with a true member ignore are
ignored. --boundary-api FOLDER, a checkout of that repository, compares the cases of that
type with its own COCOeval.
"""

import argparse
import contextlib
import copy
import gzip
import hashlib
import io
import json
import os
import platform
import random
import sys
from importlib.metadata import version

import cv2
import numpy as np
from pycocotools import mask as mask_api
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


class BoundaryEval(COCOeval):
    """COCOeval of masks with boundary IoU instead of IoU."""

    ratio = 0.02

    def _prepare(self):
        before = {a["id"]: a.get("ignore") for a in self.cocoGt.dataset["annotations"]}
        super()._prepare()
        for gts in self._gts.values():
            for gt in gts:
                gt["ignore"] = int(bool(before[gt["id"]] or gt["iscrowd"]))

    def band(self, rle):
        h, w = rle["size"]
        d = max(int(round(self.ratio * np.sqrt(h**2 + w**2))), 1)
        mask = mask_api.decode(rle)
        padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        inner = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=d)[1 : h + 1, 1 : w + 1]
        return mask_api.encode(np.asfortranarray(mask - inner))

    def cell(self, anns, image, category):
        if self.params.useCats:
            return anns[image, category]
        return [a for c in self.params.catIds for a in anns[image, c]]

    def computeIoU(self, image, category):
        ious = super().computeIoU(image, category)
        if len(ious) == 0:
            return ious
        gt, dt = self.cell(self._gts, image, category), self.cell(self._dts, image, category)
        dt = [dt[i] for i in np.argsort([-d["score"] for d in dt], kind="mergesort")][: self.params.maxDets[-1]]
        crowd = np.array([int(g["iscrowd"]) for g in gt])
        bands = np.array(mask_api.iou([self.band(d["segmentation"]) for d in dt], [self.band(g["segmentation"]) for g in gt], crowd))
        return np.where(crowd == 0, np.minimum(ious, bands), ious)


def coco(dataset):
    c = COCO()
    c.dataset = copy.deepcopy(dataset)
    c.createIndex()
    return c


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array, "<f8").tobytes()).hexdigest()


def evaluate(truth, results, p):
    """The outcome of a case: p holds what differs from the default parameters."""
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()):
        gt = coco(truth)
        results = copy.deepcopy(results)
        if p.get("mask_areas"):  # as MMDetection does
            for r in results:
                r.pop("bbox", None)
        if results:
            dt = gt.loadRes(results)
        else:  # loadRes fails on an empty list
            dt = coco({**truth, "annotations": []})
        kind = p.get("type", "segm")
        e = (BoundaryEval if kind == "boundary" else COCOeval)(gt, dt, "bbox" if kind == "bbox" else "segm")
        q = e.params
        if "iou" in p:
            q.iouThrs = np.array(p["iou"])
        if "recall" in p:
            q.recThrs = np.array(p["recall"])
        if "max_dets" in p:
            q.maxDets = list(p["max_dets"])
        if "areas" in p:
            q.areaRng = [a[1:] for a in p["areas"]]
            q.areaRngLbl = [a[0] for a in p["areas"]]
        q.useCats = 0 if p.get("ignore_categories") else 1
        q.imgIds = p.get("images", q.imgIds)
        q.catIds = p.get("categories", q.catIds)
        if "ratio" in p:
            e.ratio = p["ratio"]
        e.evaluate()
        e.accumulate()
        out = {"counts": [int(n) for n in e.eval["counts"]]}
        if kind != "boundary" and "images" not in p and q.useCats:
            ids = [int(c) for c in np.unique(q.catIds)]
            out["ap_of_categories"] = [average_precision(e.eval["precision"][:, :, k]) for k in range(len(ids))]
            half = sorted(i["id"] for i in truth["images"])[: (len(truth["images"]) + 1) // 2]
            part = COCOeval(gt, dt, e.params.iouType)
            part.params = copy.deepcopy(q)
            part.params.imgIds = half
            part.evaluate()
            part.accumulate()
            out["ap_of_half"] = average_precision(part.eval["precision"])
        for name in ("precision", "recall", "scores"):
            out[name] = digest(e.eval[name])
        with contextlib.redirect_stdout(said), contextlib.suppress(IndexError):  # fewer than three limits, or two equal ones
            e.summarize()
            out["stats"] = [float(v).hex() for v in e.stats]
            out["summary"] = said.getvalue()
    return out


def average_precision(precision):
    """As summarize does for the first area range and the largest limit."""
    p = precision[..., 0, -1]
    p = p[p > -1]
    return float(np.mean(p) if len(p) else -1).hex()


def shapes(rng, h, w):
    """A few masks that overlap much, some of them empty, full, or one pixel."""
    pool = []
    for _ in range(rng.randint(2, 7)):
        m = np.zeros((h, w), np.uint8)
        how = rng.randrange(8)
        if how == 0 and rng.random() < 0.5:
            pass
        elif how == 1:
            m[rng.randrange(h), rng.randrange(w)] = 1
        elif how == 2 and rng.random() < 0.4:
            m[:] = 1
        elif how == 3:
            m[:] = (np.arange(h * w).reshape(h, w) * rng.randint(1, 7)) % rng.randint(2, 9) == 0
        else:
            y, x = rng.randrange(h), rng.randrange(w)
            m[y : y + rng.randint(1, h), x : x + rng.randint(1, w)] = 1
            if pool and rng.random() < 0.6:  # similar to an existing one
                m = pool[rng.randrange(len(pool))].copy()
                m[rng.randrange(h), :] ^= 1 if rng.random() < 0.5 else 0
                m[:, rng.randrange(w)] = rng.randrange(2)
        pool.append(m)
    return pool


def encoded(m, rng):
    """The mask as a segmentation of some form, and its box and area."""
    rle = mask_api.encode(np.asfortranarray(m))
    box, area = mask_api.toBbox(rle).tolist(), float(mask_api.area(rle))
    counts = rle["counts"].decode()
    how = rng.randrange(4)
    if how == 0:
        flat = m.flatten("F").tolist()
        runs, value = [], 0
        while flat:
            n = next((i for i, v in enumerate(flat) if v != value), len(flat))
            runs.append(n)
            flat, value = flat[n:], 1 - value
        counts = runs
    return {"size": list(rle["size"]), "counts": counts}, box, area


def polygon(rng, h, w):
    rings = []
    for _ in range(rng.choice([1, 1, 1, 2])):
        x, y, a, b = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(1, w), rng.uniform(1, h)
        rings.append([round(v, 1) for v in (x, y, x + a, y, x + a, y + b, x, y + b / 2)])
    rle = mask_api.merge(mask_api.frPyObjects(rings, h, w))
    return rings, mask_api.toBbox(rle).tolist(), float(mask_api.area(rle))


def score(rng, ties):
    if ties:
        return rng.choice([0.5, 0.5, 0.9, 0.1, 1, 0.0, -0.0, 0.25])
    return rng.choice([rng.random(), round(rng.random(), 2), -rng.random(), rng.random() * 1e-300])


def case(rng):
    kind = rng.choice(["segm", "segm", "segm", "bbox", "bbox", "boundary"])
    text_ids = rng.random() < 0.35
    n = rng.choice([1, 1, 2, 3, 5])
    ids = rng.sample(range(-2, 130), n)
    if text_ids:
        ids = rng.sample(["1", "2", "10", "9", "a", "B", "ä", "é", "tile_10", "tile_9", "中", "\U0001f600"], n)
    sizes = [(rng.randint(1, 14), rng.randint(1, 14))] * n
    if rng.random() < 0.5:
        sizes = [(rng.choice([rng.randint(1, 20), rng.randint(20, 90)]), rng.randint(1, 20)) for _ in range(n)]
    categories = rng.sample(range(0, 9), rng.choice([1, 1, 2, 3, 4]))
    images = [{"id": i, "file_name": str(i), "height": h, "width": w} for i, (h, w) in zip(ids, sizes)]
    boxed = rng.random() < (0.8 if kind == "bbox" else 0.4)
    mask_areas = kind == "segm" and boxed and rng.random() < 0.5
    ties = rng.random() < 0.5
    crowded = rng.random() < 0.06
    ignoring = rng.random() < 0.3
    unboxed = kind == "bbox" and not boxed  # boxes and areas are those of masks, but some results bring a box
    annotations, results = [], []
    used = rng.sample(categories, rng.randint(1, len(categories)))  # the others have no ground truth
    for img in images:
        h, w = img["height"], img["width"]
        pool = shapes(rng, h, w)
        where = rng.randrange(6)
        if where != 0:
            for _ in range(rng.randint(0, 6)):
                seg, box, area = encoded(rng.choice(pool), rng)
                if rng.random() < 0.3:
                    seg, box, area = polygon(rng, h, w)
                if rng.random() < 0.3:  # with itself the IoU of such a box may be just below 1
                    box = [round(v + rng.random(), 2) for v in box]
                annotations.append({"image_id": img["id"], "category_id": rng.choice(used), "segmentation": seg, "bbox": box,
                                    "area": area if rng.random() < 0.8 else rng.choice([0, 1024, 5000.5, 9216, 1e11]),
                                    "iscrowd": int(rng.random() < 0.2)})
                if ignoring and rng.random() < 0.3:
                    annotations[-1]["ignore"] = rng.choice([0, 1, True, False, None])
        if where != 1:
            for _ in range(rng.choice([0, 2, 5, 12] if not crowded else [0, 300])):
                seg, box, _ = encoded(rng.choice(pool), rng)
                r = {"image_id": img["id"], "category_id": rng.choice(categories), "score": score(rng, ties)}
                if boxed:
                    same = [a["bbox"] for a in annotations if a["image_id"] == img["id"]]
                    if rng.random() < 0.3 and same:
                        box = list(rng.choice(same))
                    elif rng.random() < 0.3:
                        box = [box[0] + rng.choice([0, 0.5, 1]), box[1], box[2] * rng.choice([1, 0.5, 40]), box[3] * rng.choice([1, 0, -1, 7])]
                    r["bbox"] = box
                if not boxed or mask_areas or rng.random() < 0.7 and kind != "bbox":
                    if unboxed and results and rng.random() < 0.3:
                        r["bbox"] = [round(v + rng.random(), 2) for v in box]
                    if boxed and not mask_areas:  # otherwise loadRes needs compressed runs
                        if rng.random() < 0.2:
                            seg = polygon(rng, h, w)[0]
                    elif isinstance(seg["counts"], list):
                        seg["counts"] = mask_api.frPyObjects(seg, h, w)["counts"].decode()
                    r["segmentation"] = seg
                results.append(r)
    rng.shuffle(annotations)
    rng.shuffle(results)
    if unboxed:
        bare = next((i for i, r in enumerate(results) if "bbox" not in r), 0)
        results[:1], results[bare : bare + 1] = results[bare : bare + 1], results[:1]  # loadRes fails if the first alone has a box
    first = rng.choice([0, 1, 1, 1, -3])
    numbers = list(range(first, first + len(annotations)))
    if rng.random() < 0.3:
        rng.shuffle(numbers)
    for number, a in zip(numbers, annotations):
        a["id"] = number
    truth = {"images": images, "annotations": annotations, "categories": [{"id": c, "name": f"c{c}"} for c in categories]}
    p = {"type": kind}
    if rng.random() < 0.3:
        p["iou"] = rng.choice([[0.5], [0.6], [0.75, 0.5, 0.5], [1], [1], [0.0, 0.3], [0.1 * i for i in range(1, 10)], np.linspace(0.01, 0.99, 33).tolist()])
    if rng.random() < 0.2:
        p["recall"] = rng.choice([[0.5], [0, 1], [0.9, 0.1, 0.5], [1.5, 0.2], [-1, 0.3], np.linspace(0, 1, 11).tolist()])
    if rng.random() < 0.4:
        p["max_dets"] = rng.choice([[100, 300, 1000], [3, 1, 2], [100], [1, 2, 3, 100], [1, 100, 100], [2, 5], [10, 100, 200]])
    if rng.random() < 0.35:
        p["areas"] = rng.choice([[["all", 0, 1e10]], [["small", 0, 20], ["all", 0, 1e10], ["large", 20, 60], ["medium", 8, 8]],
                                 [["all", 0, 1e10], ["small", 0, 9], ["medium", 9, 40], ["large", 40, 1e10]],
                                 [["tiny", 0.5, 3], ["huge", 100, 1e10]], [["all", 10, 50]]])
    if rng.random() < 0.25:
        p["ignore_categories"] = True
    if rng.random() < 0.15:
        p["images"] = rng.sample(ids, rng.randint(1, n))
    if rng.random() < 0.2:
        p["categories"] = rng.sample(categories, rng.randint(1, len(categories)))
    if mask_areas:
        p["mask_areas"] = True
    if kind == "boundary" and rng.random() < 0.3:
        p["ratio"] = rng.choice([0.01, 0.1, 0.3])
    return {"truth": truth, "results": results, "params": p, **evaluate(truth, results, p)}


def average(rng):
    seed, n = rng.randrange(2**32), rng.choice([rng.randint(1, 300), rng.randint(1, 100000), 10 * 101 * 80])
    v = np.random.RandomState(seed).random_sample(n) ** 3
    if n < 300:
        return {"values": [x.hex() for x in v.tolist()], "mean": float(np.mean(v)).hex()}
    # A sequence that is short to write: the fractional parts of i * step.
    step = rng.random()
    v = np.arange(n, dtype=np.float64) * step % 1
    return {"count": n, "step": step.hex(), "mean": float(np.mean(v)).hex()}


def compare_boundary(folder, rng, count):
    """Compares BoundaryEval with the COCOeval of a checkout of boundary-iou-api."""
    np.float = float  # which numpy had when it was written
    sys.path.insert(0, folder)
    from boundary_iou.coco_instance_api import coco as api
    from boundary_iou.coco_instance_api import cocoeval

    compared = 0
    while compared < count:
        c = case(rng)
        p = c["params"]
        if p["type"] != "boundary" or "areas" in p or not c["results"]:
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            gt = api.COCO(get_boundary=True, dilation_ratio=p.get("ratio", 0.02))
            gt.dataset = copy.deepcopy(c["truth"])
            gt.createIndex()
            dt = gt.loadRes(copy.deepcopy(c["results"]))
            e = cocoeval.COCOeval(gt, dt, "boundary", dilation_ratio=p.get("ratio", 0.02))
            q = e.params
            q.iouThrs, q.recThrs = np.array(p.get("iou", q.iouThrs)), np.array(p.get("recall", q.recThrs))
            q.maxDets, q.useCats = list(p.get("max_dets", q.maxDets)), 0 if p.get("ignore_categories") else 1
            q.imgIds, q.catIds = p.get("images", q.imgIds), p.get("categories", q.catIds)
            e.evaluate()
            e.accumulate()
        for name in ("precision", "recall", "scores"):
            if digest(e.eval[name]) != c[name]:
                raise SystemExit(f"case {compared}: {name} differs from boundary-iou-api: {json.dumps(c)}")
        compared += 1
    print(f"{compared} cases: equal to boundary-iou-api")


def write(path, header, cases):
    with open(path, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
        for line in [header, *cases]:
            z.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1600)
    parser.add_argument("--boundary-api")
    parser.add_argument("--truth")
    parser.add_argument("--results")
    parser.add_argument("--type", default="segm")
    args = parser.parse_args()
    if args.truth:
        with open(args.truth) as t, open(args.results) as r:
            print(json.dumps(evaluate(json.load(t), json.load(r), {"type": args.type})))
        return
    if args.boundary_api:
        compare_boundary(args.boundary_api, random.Random(args.seed), args.count)
        return
    rng = random.Random(args.seed)
    header = {"pycocotools": version("pycocotools"), "numpy": np.__version__, "opencv": cv2.__version__,
              "python": platform.python_version(), "seed": args.seed, "count": args.count}
    os.makedirs(args.out, exist_ok=True)
    cases = [average(rng) if i % 40 == 39 else case(rng) for i in range(args.count)]
    write(os.path.join(args.out, "eval.jsonl.gz"), header, cases)


if __name__ == "__main__":
    main()
