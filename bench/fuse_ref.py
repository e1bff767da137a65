"""Generates pseudo-labels from the predictions of several models in Python, like the third-place
solution of the competition: Weighted Boxes Fusion by ensemble-boxes, a vote
of the members' masks, and a binary closing.

    python bench/fuse_ref.py --models a.json,b.json --tile-meta tile_meta.csv --out OUT.json

The models are COCO results. The id of an image is its row in tile_meta.csv, from 1, or
the id of the tile. Boxes are divided by the side of the tile and fused if they score 0.001
or more. A fused instance has the pixels that at least a fifth of its members have, inside the
fused box with its corners rounded down to whole pixels. It is then closed with a cross. It is
kept if its score exceeds --thr. With several thresholds a file OUT.THR.json is written
for each. Prints the seconds of each stage as JSON.

--lazy computes masks only for instances that exceed the lowest threshold. --stable makes
ensemble-boxes' sort stable, so the order of equal scores no longer depends on the
processor.
"""

import argparse
import csv
import gc
import json
import time
import types
import warnings

import numpy as np
from ensemble_boxes import ensemble_boxes_wbf
from pycocotools import mask as mask_util
from skimage.morphology import dilation, erosion

SIDE = 512
IOU, SKIP, SCORE = 0.6, 0.01, 0.001
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def stable(module):
    """The module with a stable sort."""
    with open(module.__file__) as f:
        source = f.read()
    assert ".argsort()" in source
    out = types.ModuleType(module.__name__)
    exec(compile(source.replace(".argsort()", '.argsort(kind="stable")'), module.__file__, "exec"), out.__dict__)
    return out


def read_tiles(path, below, wanted):
    """The tiles of dataset 3, in the order of their rows."""
    tiles = []
    with open(path, newline="") as f:
        for row, t in enumerate(csv.DictReader(f), 1):
            if int(t["dataset"]) == 3 and (below is None or int(t["source_wsi"]) < below):
                tiles.append({"row": row, **t})
    return tiles[:wanted]


def read_models(paths, tiles):
    """The predictions of each model by row."""
    rows = {t["row"] for t in tiles}
    names = {t["id"]: t["row"] for t in tiles}
    models = []
    for path in paths:
        by_row = {}
        with open(path) as f:
            for p in json.load(f):
                row = names.get(p["image_id"], p["image_id"])
                if row in rows and p["score"] >= SCORE:
                    by_row.setdefault(row, []).append(p)
        models.append(by_row)
    return models


def member_lists(wbf, sort, boxes, scores, labels):
    """The indices of the members of each fused box, in the order of the result."""
    weights = np.ones(len(boxes))
    kept = []  # what passes the filter, in its order
    at = 0
    for model_boxes, model_scores in zip(boxes, scores):
        for (x0, y0, x1, y1), score in zip(model_boxes, model_scores):
            if score >= SKIP and (x1 - x0) * (y1 - y0) != 0:
                kept.append((score, at))
            at += 1
    clusters = []
    for found in wbf.prefilter_boxes(boxes, scores, labels, weights, SKIP).values():
        order = np.array([s for s, _ in kept]).argsort(kind=sort)[::-1]  # as the filter sorts
        members, groups, fused = [], [], np.empty((0, 8))
        for box, i in zip(found, order):
            assert box[1] == kept[i][0]
            k, _ = wbf.find_matching_box_fast(fused, box, IOU)
            if k < 0:
                members.append([kept[i][1]])
                groups.append([box])
                fused = np.vstack((fused, box))
            else:
                members[k].append(kept[i][1])
                groups[k].append(box)
                fused[k] = wbf.get_weighted_box(groups[k])
        final = fused[:, 1] * [min(len(weights), len(m)) for m in members] / weights.sum()
        clusters += [(members[k], final[k], fused[k, 4:]) for k in final.argsort(kind=sort)[::-1]]
    return clusters


def fuse_tile(wbf, sort, found, least):
    """The fused instances of a tile: score and mask."""
    boxes, scores, labels, flat = [], [], [], []
    for predictions in found:
        b = np.array([p["bbox"] for p in predictions], np.float64).reshape(-1, 4)
        b[:, 2:] += b[:, :2]
        boxes.append((b / SIDE).clip(0, 1).tolist())
        scores.append([p["score"] for p in predictions])
        labels.append([1] * len(predictions))
        flat += predictions
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fused, fused_scores, _ = wbf.weighted_boxes_fusion(boxes, scores, labels, iou_thr=IOU, skip_box_thr=SKIP)
        clusters = member_lists(wbf, sort, boxes, scores, labels)
    assert len(clusters) == len(fused)
    out = []
    for box, score, (members, same_score, same_box) in zip(fused, fused_scores, clusters):
        assert score == same_score and (box == same_box).all()
        if least is not None and not score > least:
            continue
        votes = np.zeros((SIDE, SIDE), np.uint16)
        for m in members:
            votes += mask_util.decode(flat[m]["segmentation"])
        x0, y0, x1, y1 = (box * SIDE).astype(int)
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[y0:y1, x0:x1] = votes[y0:y1, x0:x1] >= max(1, int(0.2 * len(members)))
        out.append((float(score), erosion(dilation(mask, CROSS), CROSS)))
    return out


def annotation(mask, score, row):
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    rle = mask_util.encode(np.asfortranarray(mask))
    x, y = int(cols[0]), int(rows[0])
    return {"image_id": row, "category_id": 1, "segmentation": {"size": rle["size"], "counts": rle["counts"].decode()},
            "area": int(mask.sum()), "bbox": [x, y, int(cols[-1]) - x + 1, int(rows[-1]) - y + 1], "iscrowd": 0, "score": score}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tile-meta", required=True)
    parser.add_argument("--models", required=True, type=lambda s: s.split(","))
    parser.add_argument("--out", required=True)
    parser.add_argument("--thr", default=[0.5], type=lambda s: [float(v) for v in s.split(",")])
    parser.add_argument("--wsi-below", type=int)
    parser.add_argument("--tiles", type=int, help="only the first so many")
    parser.add_argument("--lazy", action="store_true")
    parser.add_argument("--stable", action="store_true")
    args = parser.parse_args()
    wbf, sort = (stable(ensemble_boxes_wbf), "stable") if args.stable else (ensemble_boxes_wbf, None)
    clock = [time.perf_counter()]
    tiles = read_tiles(args.tile_meta, args.wsi_below, args.tiles)
    models = read_models(args.models, tiles)
    clock.append(time.perf_counter())
    sets = {thr: [] for thr in args.thr}
    instances = 0
    gc.freeze()  # the predictions stay in memory; scanning them repeatedly is slow
    for t in tiles:
        fused = fuse_tile(wbf, sort, [m.get(t["row"], []) for m in models], min(args.thr) if args.lazy else None)
        instances += len(fused)
        for score, mask in fused:
            kept = [thr for thr in args.thr if score > thr]
            if kept and mask.any():
                a = annotation(mask, score, t["row"])
                for thr in kept:
                    sets[thr].append({"id": len(sets[thr]) + 1, **a})
    clock.append(time.perf_counter())
    images = [{"id": t["row"], "file_name": t["id"] + ".tif", "height": SIDE, "width": SIDE} for t in tiles]
    for thr, annotations in sets.items():
        path = args.out if len(sets) == 1 else f"{args.out.removesuffix('.json')}.{thr:g}.json"
        with open(path, "w") as f:
            json.dump({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "blood_vessel"}]}, f)
    clock.append(time.perf_counter())
    load, fuse, write = (round(b - a, 3) for a, b in zip(clock, clock[1:]))
    print(json.dumps({"load": load, "fuse": fuse, "write": write, "tiles": len(tiles), "instances": instances,
                      "annotations": {f"{thr:g}": len(a) for thr, a in sets.items()}, "lazy": args.lazy}))


if __name__ == "__main__":
    main()
