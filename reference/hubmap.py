#!/usr/bin/env python3
"""Computes the HuBMAP competition's metric with numpy, on dense masks.

Average precision of instance segmentation at one IoU, implemented from the
definition in TensorFlow's Object Detection API (object_detection_evaluation,
per_image_evaluation, metrics) and independently of the Go code: detections of
an image by argsort(scores)[::-1], each matched with its argmax ground truth, crowds as
group-of ground truths of weight 0, precision's envelope over the changes of recall.
argsort is the stable one; the API does not specify this.

  python reference/hubmap.py --out DIR [--seed N] [--count N]
      writes DIR/hubmap.jsonl.gz: a line with the versions, then one line per case
  python reference/hubmap.py --api [--seed N] [--count N]
      compares cases with the code of the Object Detection API itself
      (pip install --no-deps tf-models-research-object-detection), but for argsort
  python reference/hubmap.py --truth FILE --results FILE [--iou F] [--category N]
      prints its result for COCO files
"""
import argparse
import gzip
import importlib.metadata
import json
import os
import platform

import numpy as np
from pycocotools import mask as mask_utils


def descending(scores):
    return np.argsort(np.asarray(scores, float), kind="stable")[::-1]


def overlaps(detections, truths, of_detection):
    """Intersection over union, or over the detection, of dense masks."""
    a = detections.reshape(len(detections), -1).astype(float)  # whole numbers: exact
    b = truths.reshape(len(truths), -1).astype(float)
    inter = a @ b.T
    over = np.broadcast_to(a.sum(1)[:, None], inter.shape)
    if not of_detection:
        over = over + b.sum(1)[None, :] - inter
    return np.where(inter > 0, inter / np.maximum(over, 1), 0.0)


def match(truths, crowds, masks, scores, iou):
    """Scores of an image's detections by rank, and which are true. Masks without a pixel
    have no valid box and are left out."""
    some = masks.reshape(len(masks), -1).any(axis=1) if len(masks) else np.zeros(0, bool)
    masks, scores = masks[some], np.asarray(scores, float)[some]
    order = descending(scores)
    scores, masks = np.asarray(scores, float)[order], masks[order]
    true, ignored = np.zeros(len(order), bool), np.zeros(len(order), bool)
    if len(truths) and len(masks):
        table = overlaps(masks, truths, False)
        detected = np.zeros(len(truths), bool)
        for i, k in enumerate(np.argmax(table, axis=1)):
            if table[i, k] >= iou and not detected[k]:
                true[i] = detected[k] = True
    if len(crowds) and len(masks):
        table = overlaps(masks, crowds, True)
        ignored = ~true & (table.max(axis=1) >= iou)
    return scores[~ignored], true[~ignored], int(ignored.sum())


def average_precision(precision, recall):
    recall = np.concatenate([[0], recall, [1]])
    precision = np.concatenate([[0], precision, [0]])
    for i in range(len(precision) - 2, -1, -1):
        precision[i] = np.maximum(precision[i], precision[i + 1])
    at = np.where(recall[1:] != recall[:-1])[0] + 1
    return np.sum((recall[at] - recall[at - 1]) * precision[at])


def evaluate(images, iou):
    """images: (truths, crowds, masks, scores) each; masks are arrays N x h x w."""
    scores, true, ignored, truths = [np.zeros(0)], [np.zeros(0, bool)], 0, 0
    for t, c, m, s in images:
        truths += len(t)
        a, b, n = match(t, c, m, s, iou)
        scores.append(a)
        true.append(b)
        ignored += n
    scores, true = np.concatenate(scores), np.concatenate(true)
    order = descending(scores)
    scores, true = scores[order], true[order]
    tp, fp = np.cumsum(true.astype(float)), np.cumsum((~true).astype(float))
    out = dict(truths=truths, detections=int(sum(len(m[3]) for m in images)), ignored=ignored, tp=int(true.sum()),
               scores=scores.tolist(), precision=(tp / (tp + fp)).tolist(), recall=[], ap=None)
    if truths:
        out["recall"] = (tp / truths).tolist()
        out["ap"] = float(average_precision(tp / (tp + fp), tp / truths))
    return out


def counts(mask):
    flat = mask.flatten(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return [0] + runs if flat[0] else runs


def blob(rng, h, w):
    ys, xs = np.mgrid[:h, :w]
    cy, cx = rng.uniform(0, h), rng.uniform(0, w)
    ry, rx = rng.uniform(1, 1 + h / 3), rng.uniform(1, 1 + w / 3)
    mask = ((ys - cy) / ry) ** 2 + ((xs - cx) / rx) ** 2 <= 1
    mask[min(int(cy), h - 1), min(int(cx), w - 1)] = True
    return mask.astype(np.uint8)


def moved(rng, mask):
    """A mask like another: shifted, with some noise, or equal."""
    out = mask.copy()
    if rng.random() < 0.6:
        out = np.roll(out, (rng.integers(-1, 2), rng.integers(-1, 2)), (0, 1))
    if rng.random() < 0.5:
        out ^= (rng.random(out.shape) < rng.choice([0.01, 0.05])).astype(np.uint8)
    return out


def case(rng):
    iou = float(rng.choice([0.6, 0.6, 0.6, 0.5, 0.75, 1 / 3, 1.0]))
    digits = int(rng.choice([1, 2, 16]))
    gt = dict(images=[], annotations=[], categories=[dict(id=3, name="glomerulus"), dict(id=7, name="blood_vessel")])
    dt, images = [], []
    for i in range(rng.integers(1, 6)):
        h, w = int(rng.integers(1, 24)), int(rng.integers(1, 24))
        gt["images"].append(dict(id=i, file_name="%d.tif" % i, height=h, width=w))
        truths, crowds, masks, scores = [], [], [], []
        for _ in range(rng.integers(0, 7) if rng.random() < 0.9 else 0):
            mask, crowd, other = blob(rng, h, w), bool(rng.random() < 0.15), bool(rng.random() < 0.1)
            if truths and rng.random() < 0.15:
                mask = moved(rng, truths[-1])  # overlapping ground truths
            gt["annotations"].append(dict(id=len(gt["annotations"]) + 1, image_id=i, category_id=3 if other else 7, bbox=[0, 0, 1, 1],
                                          area=int(mask.sum()), iscrowd=int(crowd), segmentation=dict(size=[h, w], counts=counts(mask))))
            if not other:
                (crowds if crowd else truths).append(mask)
        for _ in range(rng.integers(0, 12)):
            pool = truths + crowds
            mask = moved(rng, pool[rng.integers(len(pool))]) if pool and rng.random() < 0.75 else blob(rng, h, w)
            if rng.random() < 0.08:
                mask[:] = 0
            score, other = round(float(rng.random()), digits), bool(rng.random() < 0.05)
            dt.append(dict(image_id=i, category_id=3 if other else 7, bbox=[0, 0, 1, 1], score=score,
                           segmentation=dict(size=[h, w], counts=counts(mask))))
            if not other:
                masks.append(mask)
                scores.append(score)
        dense = [np.array(v, np.uint8).reshape(len(v), h, w) for v in (truths, crowds, masks)]
        images.append((*dense, scores))
    order = rng.permutation(len(gt["images"]))  # order of the evaluation: that of the file
    gt["images"] = [gt["images"][k] for k in order]
    return dict(iou=iou, gt=gt, dt=dt, **evaluate([images[k] for k in order], iou))


def dense(segmentation, h, w):
    if isinstance(segmentation, list):
        segmentation = mask_utils.merge(mask_utils.frPyObjects(segmentation, h, w))
    elif isinstance(segmentation["counts"], list):
        segmentation = mask_utils.frPyObjects(segmentation, h, w)
    return mask_utils.decode(segmentation)


def of_files(truth, results, iou, category):
    with open(truth) as f:
        gt = json.load(f)
    with open(results) as f:
        dt = json.load(f)
    return evaluate(stacks(gt, dt, category), iou)


def stacks(gt, dt, category):
    """The images as evaluate takes them."""
    images = {m["id"]: ([], [], [], [], m["height"], m["width"]) for m in gt["images"]}
    for a in gt["annotations"]:
        if a["category_id"] == category:
            t, c, _, _, h, w = images[a["image_id"]]
            (c if a.get("iscrowd") else t).append(dense(a["segmentation"], h, w))
    for r in dt:
        if r["category_id"] == category:
            _, _, m, s, h, w = images[r["image_id"]]
            m.append(dense(r["segmentation"], h, w))
            s.append(r["score"])
    return [(*(np.array(v, np.uint8).reshape(len(v), h, w) for v in (t, c, m)), s) for t, c, m, s, h, w in images.values()]


def box(mask):
    """The box of a mask; 0, 0, 0, 0 without a pixel, as in oid_challenge_evaluation_utils."""
    ys, xs = np.nonzero(mask)
    if not len(ys):
        return [0.0, 0.0, 0.0, 0.0]
    h, w = mask.shape
    return [ys.min() / h, xs.min() / w, (ys.max() + 1) / h, (xs.max() + 1) / w]


def of_api(images, iou):
    """AP by the Object Detection API. Its argsort is made stable, which it does not ask for."""
    from object_detection.utils import metrics, per_image_evaluation

    np.float = float  # which numpy had when it was written
    argsort = np.argsort
    np.argsort = lambda a, **kw: argsort(a, kind="stable")
    try:
        e = per_image_evaluation.PerImageEvaluation(num_groundtruth_classes=1, matching_iou_threshold=iou,
                                                    nms_iou_threshold=1.0, nms_max_output_boxes=10000, group_of_weight=0.0)
        scores, labels, truths = [], [], 0
        for t, c, m, s in images:
            masks = np.concatenate([t, c]) if len(t) + len(c) else np.zeros((0, *t.shape[1:]), np.uint8)
            boxes = lambda list: np.array([box(v) for v in list], float).reshape(-1, 4)
            s1, l1, _ = e.compute_object_detection_metrics(
                boxes(m), np.array(s, float), np.zeros(len(s), int), boxes(masks), np.zeros(len(masks), int),
                np.zeros(len(masks), bool), np.array([False] * len(t) + [True] * len(c), bool),
                detected_masks=m, groundtruth_masks=masks)[:3]
            scores.append(s1[0])
            labels.append(l1[0])
            truths += len(t)
        if not truths:
            return None
        precision, recall = metrics.compute_precision_recall(np.concatenate(scores), np.concatenate(labels).astype(float), truths)
        return float(metrics.compute_average_precision(precision, recall))
    finally:
        np.argsort = argsort


def compare_api(rng, count):
    for n in range(count):
        c = case(rng)
        images = stacks(c["gt"], c["dt"], 7)
        want = of_api(images, c["iou"])
        if want != c["ap"]:
            raise SystemExit("case %d: AP %r, %r by the API: %s" % (n, c["ap"], want, json.dumps(c)))
    print("%d cases: equal to the Object Detection API" % count)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--api", action="store_true")
    parser.add_argument("--truth")
    parser.add_argument("--results")
    parser.add_argument("--iou", type=float, default=0.6)
    parser.add_argument("--category", type=int, default=0)
    args = parser.parse_args()
    if args.truth:
        print(json.dumps(of_files(args.truth, args.results, args.iou, args.category)))
        return
    rng = np.random.default_rng(args.seed)
    if args.api:
        compare_api(rng, args.count)
        return
    os.makedirs(args.out, exist_ok=True)
    versions = dict(python=platform.python_version(), numpy=np.__version__, pycocotools=importlib.metadata.version("pycocotools"), seed=args.seed)
    with open(os.path.join(args.out, "hubmap.jsonl.gz"), "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as f:
        f.write((json.dumps(versions) + "\n").encode())
        for _ in range(args.count):
            f.write((json.dumps(case(rng)) + "\n").encode())


if __name__ == "__main__":
    main()
