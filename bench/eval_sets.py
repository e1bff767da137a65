"""Seeded sets of ground truth and detections to measure evaluators.

hubmap is a full-size demo's polygons.jsonl: 1,633 tiles with some 17,000 outlines of three
classes, and 136,000 detections, which are outlines moved slightly or placed anywhere. coco has
the size of val2017: 5,000 images, 80 classes, 36,781 outlines, and as many detections.
coco10 has ten times as many. real10 and real60 are boxes of val2017's shape as detectors write
them, ten and sixty times the outlines: float32 numbers and float64 numbers with all digits.
json.dump writes the results, as in MMDetection; results with masks have boxes too."""
import json
import math
import os
import random

import numpy as np
from pycocotools import mask as mask_api


def moved(rng, ring, shift, h, w):
    """The outline in nearly the same place and form."""
    p = np.array(ring).reshape(-1, 2)
    middle, size = p.mean(0), np.ptp(p, axis=0).mean()
    p = (p - middle) * rng.gauss(1, 0.1) + middle + [rng.gauss(0, shift * size), rng.gauss(0, shift * size)]
    p += np.array([rng.gauss(0, 0.02 * size) for _ in range(p.size)]).reshape(p.shape)
    return np.clip(p, 0, [w, h]).round(2).ravel().tolist()


def detection(rng, image, category, ring, score, boxes, masks):
    h, w = image["height"], image["width"]
    rle = mask_api.merge(mask_api.frPyObjects([ring], h, w))
    base = {"image_id": image["id"], "bbox": mask_api.toBbox(rle).tolist(), "score": score, "category_id": category}
    boxes.append(base)
    masks.append({**base, "segmentation": {"size": rle["size"], "counts": rle["counts"].decode()}})


def detect(rng, truth, count):
    """About count detections: some of every instance, better ones with higher
    scores, and one in three anywhere."""
    boxes, masks = [], []
    images = {i["id"]: i for i in truth["images"]}
    classes = [c["id"] for c in truth["categories"]]
    rings = [a["segmentation"][0] for a in truth["annotations"]]
    each = count / len(rings)
    for a in truth["annotations"]:
        image = images[a["image_id"]]
        for _ in range(int(each) + (rng.random() < each % 1)):
            if rng.random() < 0.66:
                shift = abs(rng.gauss(0, 0.1))
                detection(rng, image, a["category_id"] if rng.random() < 0.95 else rng.choice(classes),
                          moved(rng, a["segmentation"][0], shift, image["height"], image["width"]),
                          math.exp(-4 * shift) * rng.uniform(0.5, 1), boxes, masks)
            else:
                p = np.array(rng.choice(rings), float).reshape(-1, 2)
                p += [rng.uniform(-image["width"], image["width"]) / 2, rng.uniform(-image["height"], image["height"]) / 2]
                ring = np.clip(p, 0, [image["width"], image["height"]]).ravel().tolist()
                detection(rng, image, rng.choice(classes), ring, rng.uniform(0, 0.5) ** 2, boxes, masks)
    order = sorted(range(len(masks)), key=lambda i: masks[i]["image_id"])
    return [boxes[i] for i in order], [masks[i] for i in order]


def detect_boxes(rng, truth, each, number):
    """Boxes near every instance, better ones with higher scores, and one in three anywhere,
    whose numbers are not rounded. number turns a float into what is written."""
    images = {i["id"]: i for i in truth["images"]}
    classes = [c["id"] for c in truth["categories"]]
    out = []
    for a in truth["annotations"]:
        image = images[a["image_id"]]
        x, y, w, h = a["bbox"]
        for _ in range(each):
            if rng.random() < 0.66:
                shift = abs(rng.gauss(0, 0.1))
                box = [x + rng.gauss(0, shift) * w, y + rng.gauss(0, shift) * h, w * math.exp(rng.gauss(0, shift)), h * math.exp(rng.gauss(0, shift))]
                score, category = math.exp(-4 * shift) * rng.uniform(0.5, 1), a["category_id"] if rng.random() < 0.95 else rng.choice(classes)
            else:
                box = [rng.uniform(0, image["width"] - w), rng.uniform(0, image["height"] - h), w * rng.uniform(0.5, 1), h * rng.uniform(0.5, 1)]
                score, category = rng.uniform(0, 0.5) ** 2, rng.choice(classes)
            out.append({"image_id": a["image_id"], "category_id": category, "bbox": [number(v) for v in box], "score": number(score)})
    place = {i["id"]: k for k, i in enumerate(truth["images"])}
    return sorted(out, key=lambda d: (place[d["image_id"]], -d["score"]))


def truth_of(rings, images, classes):
    """rings: image number, class number and outline of each instance."""
    annotations = []
    for i, (image, category, ring) in enumerate(rings):
        rle = mask_api.merge(mask_api.frPyObjects([ring], images[image]["height"], images[image]["width"]))
        annotations.append({"id": i + 1, "image_id": images[image]["id"], "category_id": category + 1, "segmentation": [ring],
                            "area": float(mask_api.area(rle)), "bbox": mask_api.toBbox(rle).tolist(), "iscrowd": 0})
    return {"images": images, "annotations": annotations, "categories": [{"id": i + 1, "name": f"c{i}"} for i in range(classes)]}


def hubmap(polygons):
    rings, images, names = [], [], {}
    with open(polygons) as f:
        for number, line in enumerate(f):
            tile = json.loads(line)
            images.append({"id": number + 1, "file_name": tile["id"] + ".tif", "height": 512, "width": 512})
            for a in tile["annotations"]:
                ring = a["coordinates"][0]
                ring = [v for p in ring[:: max(1, len(ring) // 67)] for v in p]
                if len(ring) >= 6:
                    rings.append((number, names.setdefault(a["type"], len(names)), ring))
    return truth_of(rings, images, len(names))


def val2017(rng):
    images = [{"id": 139 + 113 * i, "file_name": f"{i:012}.jpg", "height": 480, "width": 640} for i in range(5000)]
    rings = []
    for _ in range(36781):
        x, y, size, n = rng.uniform(0, 640), rng.uniform(0, 480), rng.choice([8, 20, 40, 80, 150]) * rng.uniform(0.5, 1.5), rng.randint(8, 56)
        ring = []
        for k in range(n):
            r = size * rng.uniform(0.7, 1)
            ring += [round(min(max(x + r * math.cos(2 * math.pi * k / n), 0), 640), 2), round(min(max(y + r * math.sin(2 * math.pi * k / n), 0), 480), 2)]
        rings.append((rng.randrange(5000), min(int(rng.expovariate(0.08)), 79), ring))
    return truth_of(rings, images, 80)


def make(folder, polygons, part=1):
    """Writes the sets into a folder, unless they exist. With part < 1 the sets are smaller."""
    if os.path.exists(f"{folder}/done"):
        return
    os.makedirs(folder, exist_ok=True)
    rng = random.Random(1)
    for name, truth, counts in (("hubmap", hubmap(polygons), {"": 136000}), ("coco", val2017(rng), {"": 36781, "10": 367810})):
        if part < 1:
            truth["annotations"] = truth["annotations"][:int(part * len(truth["annotations"]))]
        write(folder, f"{name}_truth", truth)
        for suffix, count in counts.items():
            boxes, masks = detect(rng, truth, int(part * count))
            write(folder, f"{name}{suffix}_bbox", boxes)
            write(folder, f"{name}{suffix}_segm", masks)
    if part < 1:
        truth["annotations"] = truth["annotations"][:200]
    write(folder, "real10_bbox", detect_boxes(rng, truth, 10, lambda v: float(np.float32(v))))
    write(folder, "real60_bbox", detect_boxes(rng, truth, 60, float))
    open(f"{folder}/done", "w").close()


def write(folder, name, value):
    with open(f"{folder}/{name}.json", "w") as f:
        json.dump(value, f)
