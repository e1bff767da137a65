"""Compares `hubdata check` with pycocotools.

    python reference/check.py HUBDATA [--seed N] [--count N]

HUBDATA is the program. First, each fault is tried on its own: COCO, annToRLE and COCOeval
must do with it what the rules claim of pycocotools (`hubdata check --list --json`: fails,
drops, misreads, or nothing). Then `hubdata check --fix` repairs random datasets with several
faults each. The result must load. Every mask that pycocotools could read before must be what
the list of changes claims. All annotations, evaluated as detections of themselves, must have an
average precision of 1. Repairing the result again must give the same bytes.
"""

import argparse
import contextlib
import copy
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

H, W = 64, 80


def sound(rng, tiles=3, each=4):
    """Tiles with rectangles and ellipses as polygons and runs that do not overlap."""
    images, annotations = [], []
    for i in range(tiles):
        images.append({"id": i + 1, "file_name": f"tile{i}.png", "height": H, "width": W})
        for k in range(each):
            x, y = 3 + 19 * k + rng.randint(0, 2), 3 + rng.randint(0, 30)
            w, h = rng.randint(8, 14), rng.randint(8, 28)
            ring = [[x, y, x + w, y, x + w, y + h, x, y + h]]
            rle = masks.merge(masks.frPyObjects(ring, H, W))
            segm = ring
            if rng.random() < 0.5:
                segm = {"size": [H, W], "counts": rle["counts"].decode()}
                if rng.random() < 0.5:
                    segm["counts"] = runs(rle)
            annotations.append({"id": len(annotations) + 1, "image_id": i + 1, "category_id": 1 + k % 2, "segmentation": segm,
                                "area": int(masks.area(rle)), "bbox": masks.toBbox(rle).tolist(), "iscrowd": 0})
    return {"images": images, "annotations": annotations,
            "categories": [{"id": 1, "name": "vessel"}, {"id": 2, "name": "glomerulus"}]}


def runs(rle):
    """The uncompressed runs of a mask."""
    flat = masks.decode(rle).ravel(order="F")
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat]))).tolist() + [len(flat)]
    return [edges[0]] + [b - a for a, b in zip(edges, edges[1:])]


def quiet():
    return contextlib.redirect_stdout(io.StringIO())


def load(path):
    with quiet():
        return COCO(path)


def read(coco, ann):
    """The result of annToRLE for an annotation, None if it fails."""
    try:
        rle = coco.annToRLE(ann)
        masks.decode(rle)
        return rle
    except Exception:
        return None


def score(coco):
    """The precision of the annotations as detections of themselves, per category;
    and how many of them matched at every threshold."""
    detections = []
    for ann in coco.dataset["annotations"]:
        if ann["image_id"] not in coco.imgs:
            continue
        rle = coco.annToRLE(ann)
        counts = rle["counts"]
        detections.append({"image_id": ann["image_id"], "category_id": ann["category_id"], "score": 0.9,
                           "segmentation": {"size": rle["size"], "counts": counts.decode() if isinstance(counts, bytes) else counts}})
    with quiet():
        e = COCOeval(coco, coco.loadRes(detections), "segm")
        e.params.maxDets = [1, 10, 1000]
        e.evaluate()
        e.accumulate()
    ap = e.eval["precision"][:, :, :, 0, -1]
    matched = sum(int((r["dtMatches"] > 0).all(axis=0).sum()) for r in e.evalImgs if r and r["aRng"] == e.params.areaRng[0])
    return ap[ap > -1], matched


# One fault each: a change to annotation 5, image 1 or the whole dataset. The results of
# COCO, annToRLE and COCOeval show what pycocotools does.
def faults(rng):
    def ann(**members):
        def change(d):
            for key, value in members.items():
                if value is None:
                    d["annotations"][5].pop(key, None)
                else:
                    d["annotations"][5][key] = value
        return change

    def image(**members):
        def change(d):
            for key, value in members.items():
                if value is None:
                    d["images"][1].pop(key, None)
                else:
                    d["images"][1][key] = value
        return change

    def segm(value):
        return ann(segmentation=value)

    def duplicate(d):
        d["annotations"].append({**copy.deepcopy(d["annotations"][0]), "id": 999})

    def zero(d):
        a = d["annotations"][5]
        rle = load_one(a)
        flat = runs(rle)
        flat[1:2] = [1, 0, flat[1] - 1]
        a["segmentation"] = {"size": [H, W], "counts": flat}

    def short(d):
        a = d["annotations"][5]
        a["segmentation"] = {"size": [H, W], "counts": runs(load_one(a))[:-1]}

    return {
        "annotation-id-zero": ann(id=0), "annotation-id-negative": ann(id=-5), "annotation-id-large": ann(id=2**53 + 1),
        "annotation-id-duplicate": ann(id=1), "annotation-id-string": lambda d: [a.update(id=f"a{a['id']}") for a in d["annotations"]],
        "annotation-id-mixed": ann(id="x"),
        "image-unknown": rng.choice([ann(image_id=77), ann(image_id="2")]), "category-missing": ann(category_id=None), "category-unknown": ann(category_id=9),
        "segmentation-missing": ann(segmentation=None), "segmentation-empty": segm([]), "ring-box": segm([[10, 10, 30, 30]]),
        "ring-short": segm([[10, 10]]), "ring-odd": segm([[20, 10, 30, 10, 30, 30, 20, 30, 7]]),
        "ring-crossing": segm([[20, 10, 36, 30, 36, 10, 20, 30]]), "ring-outside": segm([[20, 40, 36, 40, 36, 90, 20, 90]]),
        "ring-repeat": segm([[20, 10, 20, 10, 36, 10, 36, 30, 20, 30, 20, 30]]),
        "coordinate-invalid": segm([[1e12, 10, 36, 10, 36, 30]]),
        "rle-corrupt": rng.choice([segm({"size": [H, W], "counts": [5, 9]}), segm({"size": [H, W], "counts": "zz\x01"}), short]), "rle-zero": zero,
        "mask-empty": segm({"size": [H, W], "counts": [H * W]}), "mask-equal": duplicate,
        "area-missing": ann(area=None), "area-not-positive": ann(area=-3), "area-differs": ann(area=4000),
        "bbox-missing": ann(bbox=None), "bbox-negative": ann(bbox=[30, 30, -5, -5]), "bbox-zero": ann(bbox=[30, 30, 0, 5]),
        "bbox-small": ann(bbox=[30, 30, 0.5, 5]), "bbox-outside": ann(bbox=[30, 30, 100, 5]), "bbox-differs": ann(bbox=[1, 1, 5, 5]),
        "iscrowd-missing": ann(iscrowd=None), "image-id-mixed": lambda d: rename(d, 2, "two"), "image-id-negative": lambda d: rename(d, 2, -2),
        "image-id-large": lambda d: rename(d, 2, 2**60), "file-name-backslash": image(file_name="a\\b.png"),
        "file-name-duplicate": image(file_name="tile0.png"), "image-id-duplicate": lambda d: d["images"].append(dict(d["images"][0])),
        "category-order": lambda d: d["categories"].reverse(), "category-name-duplicate": lambda d: d["categories"].append({"id": 3, "name": "vessel"}),
        "category-id-duplicate": lambda d: d["categories"].append(dict(d["categories"][0])),
        "image-size-missing": lambda d: (ann(segmentation={"size": [H, W], "counts": [1300, 20, H * W - 1320]})(d), image(width=None)(d)),
    }


def load_one(ann):
    """The mask of a valid annotation."""
    s = ann["segmentation"]
    if isinstance(s, list):
        return masks.merge(masks.frPyObjects(s, H, W))
    return masks.frPyObjects(s, H, W) if isinstance(s["counts"], list) else {"size": s["size"], "counts": s["counts"].encode()}


def rename(d, old, new):
    for i in d["images"]:
        i["id"] = new if i["id"] == old else i["id"]
    for a in d["annotations"]:
        a["image_id"] = new if a["image_id"] == old else a["image_id"]


# What the rules claim of pycocotools, as far as this script can check it: faults that make
# an evaluation with masks fail, and faults that do not affect it.
FAILS = ["annotation-id-string", "category-missing", "segmentation-missing", "segmentation-empty", "ring-box", "ring-short",
         "area-missing", "iscrowd-missing", "image-id-mixed", "image-size-missing"]
PASSES = ["annotation-id-negative", "image-id-negative", "image-id-large", "bbox-missing", "bbox-negative", "bbox-zero", "bbox-differs",
          "file-name-backslash", "category-order", "ring-repeat", "ring-crossing", "image-id-string"]


def try_rules(program, folder):
    rules = {r["code"]: {e["consumer"]: e["outcome"] for e in r["effects"]}
             for r in json.loads(subprocess.run([program, "check", "--list", "--json"], capture_output=True, check=True).stdout)}
    rng = random.Random(7)
    cases = faults(rng)
    for code in FAILS + PASSES:
        if code not in cases:
            continue
        d = sound(rng)
        if code == "image-size-missing":
            for a in d["annotations"]:
                a["segmentation"] = [[20, 10, 36, 10, 36, 30, 20, 30]]
            d["images"][1].pop("width")
        else:
            cases[code](d)
        path = os.path.join(folder, "one.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(d, f)
        try:
            ap, _ = score(load(path))
            outcome = "" if len(ap) and (abs(ap - 1) < 1e-9).all() else "misreads"
        except Exception as e:
            outcome = f"fails ({type(e).__name__})"
        if code in FAILS:
            assert outcome.startswith("fails") and rules[code].get("pycocotools") == "fails", f"{code}: pycocotools {outcome}, the rule says {rules[code]}"
        else:
            assert outcome == "" and rules[code].get("pycocotools") != "fails", f"{code}: pycocotools {outcome}, the rule says {rules[code]}"
    print(f"{len(FAILS) + len(PASSES)} rules: pycocotools does what they say")


def iou(a, b):
    return float(masks.iou([a], [b], [0])[0][0])


def compact(rle):
    """The same mask without runs of zero."""
    return masks.encode(np.asfortranarray(masks.decode(rle)))


compared = {False: 0, True: 0}  # unchanged masks, and changed masks


def repair(program, folder, rng):
    d = sound(rng)
    cases = faults(rng)
    names = rng.sample(sorted(cases), rng.randint(1, 5))
    names.sort(key=lambda n: n == "coordinate-invalid")  # last: pycocotools must not fill it
    for name in names:
        k = rng.randrange(len(d["annotations"]))
        d["annotations"][5], d["annotations"][k] = d["annotations"][k], d["annotations"][5]
        try:
            cases[name](d)
        except Exception:
            pass  # it does not apply after another fault
    broken, fixed, again, changes = (os.path.join(folder, n) for n in ["broken.json", "fixed.json", "again.json", "changes.json"])
    with open(broken, "w", encoding="utf-8") as f:
        json.dump(d, f)
    run = subprocess.run([program, "check", "--force", "--fix", "-o", fixed, "--changes", changes, "--quiet", broken], capture_output=True, text=True)
    assert run.returncode in (0, 4), f"{names}: {run.stderr}"
    if run.returncode == 4 and " remain" in run.stderr:  # not only annotations that were removed
        return names, False
    coco = load(fixed)
    left = len(coco.dataset["annotations"])
    assert len(coco.anns) == left > 0, f"{names}: ids are not unique"
    for ann in coco.dataset["annotations"]:
        assert read(coco, ann) is not None, f"{names}: annotation {ann['id']} has no mask"
        rle = coco.annToRLE(ann)
        x, y, w, h = masks.toBbox(compact(rle)).tolist()
        box = ann["bbox"]
        assert abs(box[0] - x) <= 2 and abs(box[1] - y) <= 2 and abs(box[2] - w) <= 4 and abs(box[3] - h) <= 4, f"{names}: box {box} of a mask {[x, y, w, h]}"
    ap, matched = score(coco)
    assert (abs(ap - 1) < 1e-9).all() and matched == left, f"{names}: AP of itself {ap.mean()}, {matched} of {left} matched"

    # Every mask that pycocotools could read and that still exists is what the changes claim.
    with open(changes, encoding="utf-8") as f:
        listed = json.load(f)["changes"]
    said, gone = {}, set()
    for c in listed:
        if c["path"].startswith("annotations["):
            place = int(c["path"][12:c["path"].index("]")])
            if c["action"] != "set":
                gone.add(place)
            elif c["path"].endswith(".segmentation"):
                said.setdefault(place, []).append(c.get("iou"))
    kept = [a for i, a in enumerate(d["annotations"]) if i not in gone]
    places = [i for i in range(len(d["annotations"])) if i not in gone]
    assert len(kept) == left, f"{names}: {left} annotations, {len(kept)} by the changes"
    for place, old, new in zip(places, kept, coco.dataset["annotations"]):
        after = compact(coco.annToRLE(new))
        one = {"images": [{"id": 1, "height": H, "width": W}], "annotations": [{**old, "id": 1, "image_id": 1}], "categories": []}
        before = None
        if isinstance(old.get("segmentation"), list) or isinstance(old.get("segmentation"), dict):
            api = COCO()
            api.dataset = one
            with quiet(), contextlib.suppress(Exception):
                api.createIndex()
            api.imgs, api.anns = {1: one["images"][0]}, {1: one["annotations"][0]}
            before = read(api, one["annotations"][0])
        if before is None or place in said and None in said[place]:
            continue
        got = iou(compact(before), after)
        want = min(said.get(place, [1.0]))
        assert abs(got - want) < 1e-9, f"{names}: annotation {place}: IoU {got}, said {want}"
        compared[place in said] += 1
    run = subprocess.run([program, "check", "--force", "--fix", "-o", again, "--quiet", fixed], capture_output=True, text=True)
    assert run.returncode == 0, f"{names}: {run.stderr}"
    with open(fixed, "rb") as a, open(again, "rb") as b:
        assert a.read() == b.read(), f"{names}: repaired again it differs"
    return names, True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hubdata")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        try_rules(args.hubdata, folder)
        seen, whole = set(), 0
        for _ in range(args.count):
            names, ok = repair(args.hubdata, folder, rng)
            if ok:
                whole += 1
                seen.update(names)
    assert whole > args.count // 2
    print(f"{whole} of {args.count} datasets repaired without rest, of {len(seen)} kinds of faults: all load, AP of itself 1; "
          f"{compared[False]} masks as they were, {compared[True]} changed as told")


if __name__ == "__main__":
    main()
