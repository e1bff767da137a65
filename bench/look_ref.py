"""The Python side of bench/look.py: python bench/look_ref.py check|stats FILE does what
a notebook would do with pycocotools, numpy, scipy and pandas, and prints it as JSON."""
import collections
import json
import sys

import numpy as np
from pycocotools import mask as mask_api


def check(path):
    from scipy import ndimage

    with open(path) as f:
        d = json.load(f)
    n = collections.Counter({code: 0 for code in (
        "annotation-id-duplicate", "annotation-id-zero", "image-id-duplicate", "file-name-duplicate", "image-unknown", "category-unknown",
        "iscrowd-missing", "rle-size", "mask-empty", "mask-tiny", "mask-parts", "mask-border", "mask-equal", "mask-near",
        "area-differs", "bbox-differs", "bbox-outside", "bbox-zero", "image-empty")})
    images = {i["id"]: i for i in d["images"]}
    categories = {c["id"] for c in d["categories"]}
    n["image-id-duplicate"] = len(d["images"]) - len(images)
    n["file-name-duplicate"] = len(d["images"]) - len({i["file_name"] for i in d["images"]})
    n["annotation-id-duplicate"] = len(d["annotations"]) - len({a["id"] for a in d["annotations"]})
    by_image = collections.defaultdict(list)
    for a in d["annotations"]:
        n["annotation-id-zero"] += a["id"] == 0
        n["category-unknown"] += a["category_id"] not in categories
        n["iscrowd-missing"] += "iscrowd" not in a
        if a["image_id"] in images:
            by_image[a["image_id"]].append(a)
        else:
            n["image-unknown"] += 1
    for i in d["images"]:
        annotations = by_image[i["id"]]
        n["image-empty"] += not annotations
        rles = [a["segmentation"] for a in annotations]
        for a, r in zip(annotations, rles):
            n["rle-size"] += r["size"] != [i["height"], i["width"]]
            m = mask_api.decode(r)
            area, box = int(m.sum()), mask_api.toBbox(r)
            n["mask-empty"] += area == 0
            n["mask-tiny"] += area < 10
            n["mask-parts"] += ndimage.label(m, np.ones((3, 3)))[1] > 1
            n["mask-border"] += bool(m[0].any() or m[-1].any() or m[:, 0].any() or m[:, -1].any())
            n["area-differs"] += abs(a["area"] - area) > 1
            n["bbox-differs"] += bool(np.abs(box - a["bbox"]).max() > 1)
            x, y, w, h = a["bbox"]
            n["bbox-outside"] += x < 0 or y < 0 or x + w > i["width"] or y + h > i["height"]
            n["bbox-zero"] += w == 0 or h == 0
        iou = mask_api.iou(rles, rles, [0] * len(rles)) if rles else np.zeros((0, 0))
        found = np.triu(iou, 1).max(0, initial=0)  # the best earlier mask for each
        n["mask-equal"] += int((found == 1).sum())
        n["mask-near"] += int(((found >= 0.95) & (found < 1)).sum())
    print(json.dumps({code: int(v) for code, v in n.items()}))


def stats(path):
    import pandas as pd

    with open(path) as f:
        d = json.load(f)
    names = {c["id"]: c["name"] for c in d["categories"]}
    by_image = collections.defaultdict(list)
    for a in d["annotations"]:
        by_image[a["image_id"]].append(a)
    instances, tiles = [], []
    for i in d["images"]:
        annotations = by_image[i["id"]]
        pixels = i["height"] * i["width"]
        depth = collections.defaultdict(lambda: np.zeros((i["height"], i["width"]), np.int16))
        masks = [mask_api.decode(a["segmentation"]) for a in annotations]
        for a, m in zip(annotations, masks):
            depth[a["category_id"]] += m
        covered = sum(depth.values()) > 0 if masks else np.zeros(1)
        tiles.append((str(i["dataset"]), str(i["source_wsi"]), len(annotations), covered.sum() / pixels))
        for a, m in zip(annotations, masks):
            y, x = np.nonzero(m)
            area = len(x)
            low, high = np.linalg.eigvalsh(np.cov(x, y, bias=True)) if area > 1 else (0, 0)
            eccentricity = np.sqrt(1 - max(low, 0) / high) if high > 0 else 0
            border = x.min() <= 1 or y.min() <= 1 or x.max() >= i["width"] - 2 or y.max() >= i["height"] - 2
            overlap = (depth[a["category_id"]][y, x] > 1).sum() / area
            instances.append((str(i["dataset"]), str(i["source_wsi"]), names[a["category_id"]], area, np.ptp(x) + 1, np.ptp(y) + 1,
                              2 * np.sqrt(area / np.pi), eccentricity, border, overlap))
    table = pd.DataFrame(instances, columns=["dataset", "wsi", "class", "area", "width", "height", "diameter", "eccentricity", "border-cut", "overlap"])
    table["border-cut"] = table["border-cut"].astype(float)
    of_tiles = pd.DataFrame(tiles, columns=["dataset", "wsi", "instances", "covered"])
    rows = []

    def tell(by, name, part, measures):
        for m in measures:
            rows.append((by, name, m, len(part), float(part[m].mean()), float(part[m].median())))

    tell("", "", table, table.columns[3:])
    tell("", "", of_tiles, of_tiles.columns[2:])
    for by in ("dataset", "wsi", "class"):
        for name, part in table.groupby(by):
            tell(by, name, part, table.columns[3:])
    for by in ("dataset", "wsi"):
        for name, part in of_tiles.groupby(by):
            tell(by, name, part, of_tiles.columns[2:])
    print(json.dumps(rows))


{"check": check, "stats": stats}[sys.argv[1]](sys.argv[2])
