"""Asks ultralytics' own loader which pixels rows of YOLO labels are.

    python reference/yolo.py --out DIR [--seed N] [--count N]
    python reference/yolo.py --check DATA_YAML TRUTH

The loader is YOLODataset with the transforms of validation at the size of the images,
with one mask per instance and not reduced (mask_ratio 1, overlap_mask False): labels are
scanned, filled up to 1000 points, scaled, cut to whole numbers, and filled. It pads images
to squares and adds that to the points in 32-bit floats, so the golden images are squares.

The first form writes DIR/yolo_loader.jsonl.gz: a header line with the versions, then one
image per line: height, width, the text of its labels, and the mask of each row as COCO
compressed counts. The file committed under formats/yolo/testdata/golden was written with
the default arguments.

The second form loads all splits of a dataset and compares each mask with that of TRUTH,
JSON lines of {"image": FILE, "masks": [COUNTS, ...], "classes": [NAME, ...]} with the
instances in the order of the rows and images by the path from DATA_YAML. It prints one
line of JSON: images, instances, and over the instances the mean and the least IoU, how
many have other pixels, and the least IoU of the boxes of those that have not. It fails if ultralytics drops an
image or an instance, or reads another class.

The tests of formats/yolo use it on what they export, if HUBDATA_ULTRALYTICS names a Python:

    HUBDATA_ULTRALYTICS=VENV/bin/python go test ./formats/yolo -run Ultralytics -v

Needs ultralytics (8.4.190) and pycocotools; ultralytics installs torch, of gigabytes.
"""

import argparse
import gzip
import json
import math
import os
import platform
import random
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("YOLO_CONFIG_DIR", tempfile.mkdtemp())
os.environ.setdefault("YOLO_OFFLINE", "1")

import cv2
import numpy as np
import ultralytics
from pycocotools import mask as coco
from ultralytics.cfg import get_cfg
from ultralytics.data.dataset import YOLODataset
from ultralytics.data.utils import check_det_dataset
from ultralytics.utils import LOGGER

LOGGER.setLevel("ERROR")


def loaded(data, split):
    """Yields the path of each image of a split, with the masks, boxes (x, y, x, y) and classes of its rows."""
    hyp = get_cfg(overrides={"mask_ratio": 1, "overlap_mask": False, "task": "segment"})
    by_size = {}
    probe = YOLODataset(img_path=data[split], data=data, task="segment", imgsz=32, augment=False, hyp=hyp, rect=False)
    for label in probe.labels:
        by_size.setdefault(max(label["shape"]), []).append(label["im_file"])
    for size, files in sorted(by_size.items()):
        with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False, encoding="utf-8") as f:
            f.write("\n".join(files))
        ds = YOLODataset(img_path=f.name, data=data, task="segment", imgsz=size, augment=False, hyp=hyp, rect=False)
        os.unlink(f.name)
        for i, label in enumerate(ds.labels):
            h, w = label["shape"]
            item = ds[i]
            _, full_h, full_w = item["img"].shape
            top, left = round((full_h - h) / 2 - 0.1), round((full_w - w) / 2 - 0.1)
            masks = item["masks"].numpy()[:, top:top + h, left:left + w]
            if len(item["cls"]) == 0:
                masks = masks[:0]
            box = item["bboxes"].numpy().astype(float) * [full_w, full_h, full_w, full_h]
            boxes = np.stack([box[:, 0] - box[:, 2] / 2 - left, box[:, 1] - box[:, 3] / 2 - top,
                              box[:, 0] + box[:, 2] / 2 - left, box[:, 1] + box[:, 3] / 2 - top], 1)
            yield Path(label["im_file"]), masks, boxes, item["cls"].numpy().reshape(-1).astype(int)


def counts_of(mask):
    return coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()


def write_dataset(folder, images):
    """Writes images, given as height, width and labels, and returns what check_det_dataset makes of them."""
    for kind in "images", "labels":
        os.makedirs(os.path.join(folder, kind, "train"))
    for i, (h, w, text) in enumerate(images):
        cv2.imwrite(os.path.join(folder, "images", "train", f"{i:06}.png"), np.zeros((h, w), np.uint8))
        with open(os.path.join(folder, "labels", "train", f"{i:06}.txt"), "w", encoding="utf-8") as f:
            f.write(text)
    name = os.path.join(folder, "data.yaml")
    with open(name, "w", encoding="utf-8") as f:
        f.write("train: images/train\nval: images/train\nnames: [a, b]\n")
    return check_det_dataset(name)


def number(rng, v):
    """A coordinate as tools write it."""
    v = min(max(v, -0.004), 1.004)  # boxes beyond 1.01 make an image corrupt
    return rng.choice([f"{v:.6f}", f"{v:.4f}", repr(v), repr(float(np.float32(v))), f"{v:.9e}"])


def polygon(rng, h, w):
    kind = rng.randrange(6)
    n = rng.choice([3, 4, 5, 8, 12, 30, 100])
    if kind == 0:
        n = rng.choice([400, 499, 500, 501, 998, 999, 1000, 1001, 1002, 1300])
    cx, cy, r = rng.random(), rng.random(), rng.uniform(0.02, 0.5)
    points = []
    for i in range(n):
        t = 2 * math.pi * i / n
        s = r * rng.uniform(0.7, 1) if kind != 1 else r
        x, y = cx + s * math.cos(t), cy + s * math.sin(t)
        if kind == 2:  # contours of pixel numbers
            x, y = round(x * w) / w, round(y * h) / h
        if kind == 3:  # sides of pixels that are axes
            x, y = (round(x * w) + rng.choice([1 / 64, 0.5, 63 / 64])) / w, (round(y * h) + 0.5) / h
        points.append((x, y))
    if kind == 4:
        points = [(rng.uniform(-0.004, 1.004), rng.uniform(-0.004, 1.004)) for _ in range(n)]
    return " ".join(number(rng, v) for p in points for v in p)


def golden(out, seed, count):
    rng = random.Random(seed)
    images = []
    for _ in range(count):
        h = w = rng.choice([512, 512, 64, 91, 20])
        rows = [f"{rng.randrange(2)} {polygon(rng, h, w)}" for _ in range(rng.randint(1, 3))]
        images.append((h, w, "\n".join(rows) + "\n"))
    with tempfile.TemporaryDirectory() as folder:
        got = {path.stem: masks for path, masks, _, _ in loaded(write_dataset(folder, images), "train")}
    with gzip.GzipFile(os.path.join(out, "yolo_loader.jsonl.gz"), "wb", mtime=0) as f:
        head = {"ultralytics": ultralytics.__version__, "numpy": np.__version__, "cv2": cv2.__version__,
                "python": platform.python_version(), "seed": seed}
        f.write((json.dumps(head) + "\n").encode())
        for i, (h, w, text) in enumerate(images):
            case = {"h": h, "w": w, "labels": text, "masks": [counts_of(m) for m in got[f"{i:06}"]]}
            f.write((json.dumps(case) + "\n").encode())


def box_iou(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def check(data_yaml, truth_file):
    data = check_det_dataset(data_yaml)
    root = Path(data_yaml).resolve().parent
    with open(truth_file, encoding="utf-8") as f:
        truth = {t["image"]: t for t in map(json.loads, f)}
    ious, boxes, seen = [], [], set()
    for split in sorted({data[k]: k for k in ("train", "val", "test") if data.get(k)}.values()):
        for path, masks, got_boxes, classes in loaded(data, split):
            name = path.relative_to(root).as_posix()
            t = truth[name]
            seen.add(name)
            if [data["names"][c] for c in classes] != t["classes"] or len(masks) != len(t["masks"]):
                sys.exit(f"{name}: {len(masks)} instances of classes {classes}, expected {len(t['masks'])} of {t['classes']}")
            for got, counts, got_box in zip(masks, t["masks"], got_boxes):
                want = coco.decode({"size": list(got.shape), "counts": counts})
                ious.append(float((got & want).sum() / (got | want).sum()))
                ys, xs = np.nonzero(want)
                if ious[-1] < 1:
                    continue
                boxes.append(box_iou(got_box, (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)))
    if missing := set(truth) - seen:
        sys.exit(f"ultralytics does not load {sorted(missing)[:5]}")
    print(json.dumps({"ultralytics": ultralytics.__version__, "images": len(seen), "instances": len(ious),
                      "mean": float(np.mean(ious)), "least": min(ious), "other": sum(v < 1 for v in ious),
                      "boxes": min(boxes)}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--check", nargs=2, metavar=("DATA_YAML", "TRUTH"))
    args = parser.parse_args()
    if args.check:
        check(*args.check)
    else:
        os.makedirs(args.out, exist_ok=True)
        golden(args.out, args.seed, args.count)
