#!/usr/bin/env python3
"""Loads COCO files with the real MMDetection, and compares the result with the files.

  python reference/mmdet_load.py --images DIR FILE...   one JSON line per file
  python reference/mmdet_load.py --rules                small hand-made files instead
  ... --gate CHECK.json   the predictions of `hubdata train check --json` for the files, stage N for file N

Each FILE is loaded by MMDetection's CocoDataset with LoadImageFromFile and
LoadAnnotations (boxes and masks), 3.x also with PackDetInputs. The script compares, image by
image: ids, paths and sizes; which images are kept with and without the filter of training
(filter_empty_gt, min_size 32) and in validation; boxes, labels and masks (every pixel, with
pycocotools' annToMask; for runs, and for outlines filled by its rule, also area and box); and
ignored boxes. Class names with a wrong letter must give nothing. The script computes the
expected result from the JSON of the file alone.

--rules does the same with files that hubdata does not write, to verify the rules
themselves: each line reports what MMDetection does with one of them.

The compiled operators of mmcv are not needed to load data, but importing them
cannot be avoided. If mmcv has none, an empty stand-in is imported.
"""
import argparse
import contextlib
import importlib
import io
import json
import os
import platform
import sys
import tempfile
import time
import types
import warnings
from importlib import metadata
from importlib.machinery import ModuleSpec

import cv2
import numpy as np
from pycocotools import mask as mask_utils
from pycocotools.coco import COCO

MIN_SIZE = 32  # of 2.x, and in the configs of 3.x


def operators():
    """Whether mmcv has its compiled operators; if not, installs the stand-in."""
    try:
        importlib.import_module("mmcv._ext")
        return "compiled"
    except ImportError:
        module = types.ModuleType("mmcv._ext")
        module.__spec__ = ModuleSpec("mmcv._ext", None)
        module.__getattr__ = lambda name: None
        sys.modules["mmcv._ext"] = module
        return "stand-in"


warnings.filterwarnings("ignore")
OPERATORS = operators()
import mmcv  # noqa: E402
import mmdet  # noqa: E402
from mmdet.datasets import CocoDataset  # noqa: E402

NEW = int(mmdet.__version__.split(".")[0]) >= 3
PIPELINE = [dict(type="LoadImageFromFile"), dict(type="LoadAnnotations", with_bbox=True, with_mask=True)]
if NEW:
    from mmengine.registry import init_default_scope
    init_default_scope("mmdet")  # as its train.py does: mmcv has a LoadAnnotations too
    PIPELINE.append(dict(type="PackDetInputs", meta_keys=("img_id", "img_path", "ori_shape")))


@contextlib.contextmanager
def silent():
    with contextlib.redirect_stdout(io.StringIO()):
        yield


class Loaded:
    """A dataset of either version of MMDetection."""

    def __init__(self, file, images, classes, filtered=False, validation=False):
        with silent():
            if NEW:
                cfg = dict(filter_empty_gt=True, min_size=MIN_SIZE) if filtered else None
                self.data = CocoDataset(ann_file=file, data_prefix=dict(img=images), metainfo=dict(classes=classes),
                                        filter_cfg=cfg, test_mode=validation, pipeline=PIPELINE, max_refetch=0)
            else:
                self.data = CocoDataset(ann_file=file, img_prefix=images, classes=classes, filter_empty_gt=filtered,
                                        test_mode=validation, pipeline=PIPELINE)

    def ids(self):
        if NEW:
            return [self.data.get_data_info(k)["img_id"] for k in range(len(self.data))]
        return [info["id"] for info in self.data.data_infos]

    def item(self, k):
        """id, path, size of the pixels, boxes, labels, masks, ignored boxes and their masks (3.x)."""
        if not NEW:
            # not data[k], which picks another image at random if this one fails
            r = self.data.prepare_train_img(k)
            return (r["img_info"]["id"], r["filename"], r["ori_shape"][:2], r["gt_bboxes"], r["gt_labels"],
                    r["gt_masks"].masks, r["gt_bboxes_ignore"], None)
        r = self.data[k]["data_samples"]
        gt, ignored = r.gt_instances, r.ignored_instances
        return (r.img_id, r.img_path, r.ori_shape[:2], gt.bboxes.tensor.numpy(), gt.labels.numpy(),
                gt.masks.masks, ignored.bboxes.tensor.numpy(), ignored.masks.masks)


def selected(data, classes):
    """Ids of the categories of classes, in the order of the file: the index is the label."""
    return [c["id"] for c in data["categories"] if c["name"] in classes]


def kept(data, classes, filtered, validation):
    """Ids of the images that are kept, in the file's order."""
    if validation:
        return [im["id"] for im in data["images"]]
    chosen = set(selected(data, classes))
    labelled = {a["image_id"] for a in data["annotations"] if a["category_id"] in chosen}
    least = MIN_SIZE if filtered or not NEW else 0
    return [im["id"] for im in data["images"]
            if min(im["width"], im["height"]) >= least and (im["id"] in labelled or not filtered)]


def instances(image, annotations, categories):
    """Annotations of an image that count, and those that are ignored."""
    sound, ignored = [], []
    for a in annotations:
        x, y, w, h = a["bbox"]
        if a.get("ignore") or a["category_id"] not in categories or a["area"] <= 0 or w < 1 or h < 1:
            continue
        if x + w <= 0 or y + h <= 0 or x >= image["width"] or y >= image["height"]:
            continue
        rings = a["segmentation"]
        bad = NEW and isinstance(rings, list) and not any(len(r) >= 6 and len(r) % 2 == 0 for r in rings)
        (ignored if a.get("iscrowd") or bad else sound).append(a)
    return sound, ignored


def corners(annotations):
    boxes = [[a["bbox"][0], a["bbox"][1], a["bbox"][0] + a["bbox"][2], a["bbox"][1] + a["bbox"][3]] for a in annotations]
    return np.array(boxes, np.float32).reshape(-1, 4)


def check(ok, what, *args):
    if not ok:
        raise AssertionError(what % args)


def ids_of(make):
    """Ids of the images of a dataset. 3.x raises ValueError for a dataset without images."""
    try:
        return make().ids()
    except ValueError as e:
        if NEW and "at least one array" in str(e):
            return []
        raise


def same_masks(name, got, annotations, truth, image, redrawn):
    check(len(got) == len(annotations), "%s: %d masks, want %d", name, len(got), len(annotations))
    pixels = 0
    for mask, a in zip(got, annotations):
        check(mask.shape == (image["height"], image["width"]), "%s: mask of shape %s", name, mask.shape)
        want = truth.annToMask(a)
        check(np.array_equal(mask, want), "%s, annotation %s: %d pixels differ", name, a["id"], np.count_nonzero(mask != want))
        pixels += int(np.count_nonzero(mask))
        if redrawn or isinstance(a["segmentation"], dict):
            ys, xs = np.nonzero(mask)
            box = [xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1]
            check(len(xs) == a["area"] and box == a["bbox"], "%s, annotation %s: area %d and box %s of the pixels, %s and %s in the file",
                  name, a["id"], len(xs), box, a["area"], a["bbox"])
    return pixels


def compare(file, images):
    start = time.time()
    with open(file, encoding="utf-8") as f:
        data = json.load(f)
    with silent():
        truth = COCO(file)
    classes = tuple(c["name"] for c in data["categories"])
    line = dict(mmdet=mmdet.__version__, file=file, images=len(data["images"]), annotations=len(data["annotations"]))

    for key, filtered, validation in [("all", False, False), ("kept", True, False), ("validation", True, True)]:
        want = kept(data, classes, filtered, validation)
        got = ids_of(lambda: Loaded(file, images, classes, filtered, validation))
        check(got == want and list(map(type, got)) == list(map(type, want)), "%s: images %s, want %s", key, got, want)
        line[key] = len(got)

    wrong = tuple(name + "s" for name in classes)
    line["wrong_class"] = len(ids_of(lambda: Loaded(file, images, wrong, filtered=True)))
    check(line["wrong_class"] == 0, "%d images are kept with classes %s", line["wrong_class"], wrong)

    by_image = {im["id"]: [] for im in data["images"]}
    for a in data["annotations"]:
        by_image[a["image_id"]].append(a)
    by_id = {im["id"]: im for im in data["images"]}
    # the order of the classes in a config does not matter, that in the file does
    loaded = Loaded(file, images, classes[::-1])
    categories = selected(data, classes)
    sums = dict(boxes=0, masks=0, ignored=0, kept_without_box=0, most=0, pixels=0, area=0)
    filtered = set(kept(data, classes, True, False))
    # in sets converted with pycocotools' rule, outlines give the pixels of area and bbox
    redrawn = data.get("info", {}).get("hubdata", {}).get("options", {}).get("fill") == "coco"
    for k, image_id in enumerate(kept(data, classes, False, False)):
        image = by_id[image_id]
        sound, ignored = instances(image, by_image[image_id], categories)
        got_id, path, shape, boxes, labels, masks, ignored_boxes, ignored_masks = loaded.item(k)
        name = "image %s" % image_id
        check(got_id == image_id, "%s: id %s", name, got_id)
        check(path == os.path.join(images, image["file_name"]), "%s: path %s", name, path)
        check(tuple(shape) == (image["height"], image["width"]), "%s: pixels %s", name, shape)
        check(np.array_equal(boxes, corners(sound)), "%s: boxes %s, want %s", name, boxes, corners(sound))
        check(labels.tolist() == [categories.index(a["category_id"]) for a in sound], "%s: labels %s", name, labels)
        check(np.array_equal(ignored_boxes, corners(ignored)), "%s: ignored %s, want %s", name, ignored_boxes, corners(ignored))
        sums["pixels"] += same_masks(name, masks, sound, truth, image, redrawn)
        if ignored_masks is not None:
            same_masks(name + ", ignored", ignored_masks, ignored, truth, image, redrawn)
        sums["area"] += sum(a["area"] for a in sound)
        sums["boxes"] += len(boxes)
        sums["masks"] += len(masks)
        sums["ignored"] += len(ignored_boxes)
        sums["kept_without_box"] += image_id in filtered and len(boxes) == 0
        sums["most"] = max(sums["most"], len(boxes))
    line.update(sums)
    bare = Loaded(file, images, wrong)
    check(all(len(bare.item(k)[3]) == 0 for k in range(len(bare.data))), "classes %s give boxes", wrong)
    line["seconds"] = round(time.time() - start, 2)
    return line


def foretold(stage, file, images, classes):
    """Compares hubdata's predictions about a training with what the loader returns."""
    items = []
    if ids_of(lambda: Loaded(file, images, classes, filtered=True)):
        loaded = Loaded(file, images, classes, filtered=True)
        items = [loaded.item(k) for k in range(len(loaded.data))]
    got = dict(kept_images=len(items), instances=sum(len(item[3]) for item in items),
               ignored_instances=sum(len(item[6]) for item in items))
    masks = sum(len(item[5]) for item in items)
    want = {key: stage.get(key, 0) for key in got}
    check(got == want and masks == want["instances"], "foretold %s, got %s and %d masks", want, got, masks)
    return got


# What MMDetection does with files that hubdata does not write. Each has one image of
# 64x48 pixels with a square of 16x16 pixels, except for the given change. The result is the
# number of boxes, of ignored boxes, and of mask pixels in the square and elsewhere, or the
# error; then whether the filter of training keeps the image, or its error.
SQUARE = [8, 8, 24, 8, 24, 24, 8, 24]
COUNTS = [8 * 48 + 8, 16] + [32, 16] * 15 + [24 + 40 * 48]


def runs(height, width, counts=None):
    """The plain counts of the square, or compressed ones for another size."""
    if counts is not None:
        return dict(segmentation=dict(size=[height, width], counts=counts))
    rle = mask_utils.frPyObjects(dict(size=[height, width], counts=COUNTS), height, width)
    return dict(segmentation=dict(size=rle["size"], counts=rle["counts"].decode()))


TWICE = dict(annotations=[{}, {}])
STRANGER = dict(annotations=[{}, dict(id=2, image_id=7)])
RULES = [
    # description, change, result in 3.x, result in 2.x if it differs
    ("nothing", {}, "1 0 256 0 kept"),
    ("ignore", dict(ignore=1), "0 0 0 0 kept"),
    ("crowd", dict(iscrowd=1), "0 1 0 0 kept"),
    ("crowd without segmentation", dict(iscrowd=1, segmentation=None), "KeyError kept", "0 1 0 0 kept"),
    ("no iscrowd", dict(iscrowd=None), "1 0 256 0 kept"),
    ("no bbox", dict(bbox=None), "KeyError KeyError", "KeyError kept"),
    ("no area", dict(area=None), "KeyError KeyError", "KeyError kept"),
    ("area 0", dict(area=0), "0 0 0 0 kept"),
    ("bbox narrower than 1", dict(bbox=[8, 8, 0.5, 16]), "0 0 0 0 kept"),
    ("bbox of one pixel", dict(bbox=[8, 8, 1, 1]), "1 0 256 0 kept"),
    ("bbox outside", dict(bbox=[64, 8, 16, 16]), "0 0 0 0 kept"),
    ("bbox partly outside", dict(bbox=[-4, 8, 16, 16]), "1 0 256 0 kept"),
    ("no annotation", dict(annotations=[]), "0 0 0 0 dropped"),
    ("an unknown category", dict(category_id=7), "0 0 0 0 dropped"),
    ("annotation of an unknown image too", STRANGER, "1 0 256 0 kept"),
    ("annotation id twice", TWICE, "AssertionError AssertionError"),
    ("annotation id 0", dict(id=0), "1 0 256 0 kept"),
    ("image id twice", dict(images=[{}, {}]), "1 0 256 0 kept"),
    ("image id a string", dict(images=[dict(id="ab")], image_id="ab"), "1 0 256 0 kept"),
    ("image id a string of the number", dict(images=[dict(id="1")]), "0 0 0 0 dropped"),
    ("image less than 32 high", dict(images=[dict(height=31)]), "1 0 256 0 dropped", "IndexError dropped"),
    ("image smaller than it is", dict(images=[dict(height=40, width=40)]), "1 0 256 0 kept"),
    ("the same, of runs", dict(images=[dict(height=40, width=40)], **runs(48, 64)), "1 0 256 0 kept", "ValueError kept"),
    ("class of another case", dict(classes=("Vessel",)), "0 0 0 0 dropped"),
    ("class and one more", dict(classes=("other", "vessel")), "1 0 256 0 kept"),
    ("no class", dict(classes=()), "1 0 256 0 kept"),
    ("classes a string", dict(classes="vessels"), "1 0 256 0 kept", "FileNotFoundError FileNotFoundError"),
    ("no member annotations", dict(drop="annotations"), "0 0 0 0 dropped"),
    ("no member images", dict(drop="images"), "ValueError dropped", "IndexError dropped"),
    ("no member categories", dict(drop="categories"), "KeyError KeyError"),
    ("no segmentation", dict(segmentation=None), "KeyError kept", "TypeError kept"),
    ("no ring", dict(segmentation=[]), "KeyError kept", "IndexError kept"),
    ("ring of four numbers", dict(segmentation=[SQUARE[:4]]), "0 1 0 0 kept", "TypeError kept"),
    ("ring of four numbers and the square", dict(segmentation=[SQUARE[:4], SQUARE]), "1 0 256 0 kept", "TypeError kept"),
    ("the square and a ring of four numbers", dict(segmentation=[SQUARE, SQUARE[:4]]), "1 0 256 0 kept"),
    ("ring of seven numbers", dict(segmentation=[SQUARE[:7]]), "0 1 0 0 kept", "1 0 120 0 kept"),
    ("a ring in the ring", dict(segmentation=[SQUARE, [12, 12, 20, 12, 20, 20, 12, 20]]), "1 0 256 0 kept"),
    ("plain counts", runs(48, 64, COUNTS), "1 0 256 0 kept"),
    ("plain counts, too many", runs(48, 64, COUNTS + [1]), "ValueError kept"),
    ("plain counts, width before height", runs(64, 48, COUNTS), "1 0 21 235 kept"),
    ("plain counts of no pixel", runs(48, 64, [48 * 64]), "1 0 0 0 kept"),
    ("compressed counts", runs(48, 64), "1 0 256 0 kept"),
    ("compressed counts, width before height", runs(64, 48), "1 0 21 235 kept"),
    ("compressed counts of another size", runs(24, 32), "ValueError kept"),
    ("no counts", dict(segmentation=dict(size=[48, 64])), "0 1 0 0 kept", "KeyError kept"),
    ("no size", dict(segmentation=dict(counts=COUNTS)), "0 1 0 0 kept", "Exception kept"),
]


def rule(change, folder):
    annotation = dict(id=1, image_id=1, category_id=1, iscrowd=0, bbox=[8, 8, 16, 16], area=256, segmentation=[SQUARE])
    annotation.update((k, v) for k, v in change.items() if k in annotation or k == "ignore")
    annotation = {k: v for k, v in annotation.items() if v is not None}
    data = dict(images=[dict(dict(id=1, file_name="a.png", width=64, height=48), **im) for im in change.get("images", [{}])],
                annotations=[dict(annotation, **a) for a in change.get("annotations", [{}])],
                categories=[dict(id=1, name="vessel")])
    data.pop(change.get("drop"), None)
    file = os.path.join(folder, "rule.json")
    with open(file, "w") as f:
        json.dump(data, f)
    classes = change.get("classes", ("vessel",))
    try:
        _, _, _, boxes, _, masks, ignored, _ = Loaded(file, folder, classes).item(0)
        inside = masks[:, 8:24, 8:24].sum()
        result = "%d %d %d %d" % (len(boxes), len(ignored), inside, masks.sum() - inside)
    except Exception as e:
        result = type(e).__name__
    try:
        return result + (" kept" if ids_of(lambda: Loaded(file, folder, classes, filtered=True)) else " dropped")
    except Exception as e:
        return result + " " + type(e).__name__


def rules():
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        cv2.imwrite(os.path.join(folder, "a.png"), np.zeros((48, 64, 3), np.uint8))
        for name, change, *results in RULES:
            got = rule(change, folder)
            want = results[0 if NEW else -1]
            line = dict(mmdet=mmdet.__version__, rule=name, result=got)
            if got != want:
                line["want"] = want
                bad += 1
            print(json.dumps(line), flush=True)
    return bad


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--images", default="", help="folder of the images")
    ap.add_argument("--rules", action="store_true", help="ask what becomes of hand-made files")
    ap.add_argument("--gate", help="what `hubdata train check --json` says of the files")
    ap.add_argument("--classes", default="blood_vessel", help="the classes of that check")
    ap.add_argument("files", nargs="*")
    args = ap.parse_args()
    stages = [None] * len(args.files)
    if args.gate:
        with open(args.gate, encoding="utf-8") as f:
            stages = json.load(f)["stages"]
        check(len(stages) == len(args.files), "%d stages, %d files", len(stages), len(args.files))
    versions = dict(mmdet=mmdet.__version__, mmcv=mmcv.__version__, operators=OPERATORS, python=platform.python_version())
    for name in ["mmengine"] * NEW + ["torch", "numpy", "pycocotools"]:
        versions[name] = metadata.version(name)
    print(json.dumps(versions), flush=True)
    bad = rules() if args.rules else 0
    for file, stage in zip(args.files, stages):
        try:
            line = compare(file, args.images)
            if stage:
                line["foretold"] = foretold(stage, file, args.images, tuple(args.classes.split(",")))
            print(json.dumps(line), flush=True)
        except Exception as e:
            print("%s: %s: %s" % (file, type(e).__name__, e), file=sys.stderr)
            bad += 1
    if bad:
        sys.exit("MMDetection %s: %d comparisons failed" % (mmdet.__version__, bad))


if __name__ == "__main__":
    main()
