"""Reads hubdata's exports for annotation editors with the editors' own readers.

    HUBDATA_EDITORS=DIR go test ./formats
    python reference/editors.py READER DIR

READER is labelme (labelme's LabelFile and shape_to_mask), datumaro (its readers of CVAT and
VOC), torchvision and supervision (their readers of VOC), labelstudio (label_studio_sdk's
converter to COCO), via (globox's reader of VIA, which reads rectangles alone). Each reader needs its package; none needs another's. The pixels must be
those of DIR/*.truth.json, up to the IoU that the export says.
"""

import json
import os
import sys
from importlib.metadata import version

import numpy as np
from pycocotools import mask as coco_mask


class Truth:
    def __init__(self, folder):
        with open(folder + ".truth.json", encoding="utf-8") as f:
            data = json.load(f)
        self.images = {i["file_name"]: i for i in data["images"]}
        self.categories = {c["id"]: c["name"] for c in data["categories"]}
        self.by_image = {i["id"]: [] for i in data["images"]}
        for a in data["annotations"]:
            a["mask"] = coco_mask.decode(a["segmentation"]).astype(bool)
            a["label"] = self.categories[a["category_id"]]
            self.by_image[a["image_id"]].append(a)

    def of(self, name):
        return self.by_image[self.images[name]["id"]]


def iou(a, b):
    union = np.logical_or(a, b).sum()
    return np.logical_and(a, b).sum() / union if union else 1.0


def fill(rings, h, w):
    """The union of polygons, as pycocotools fills them."""
    runs = coco_mask.frPyObjects([list(map(float, r)) for r in rings], h, w)
    return coco_mask.decode(coco_mask.merge(runs)).astype(bool)


def unrounded(points):
    """Points of two decimals, which datumaro holds as 32-bit numbers."""
    return np.round(np.asarray(points, float), 2)


class Counter:
    def __init__(self):
        self.n, self.worst, self.sum = 0, 1.0, 0.0

    def add(self, value, least, where):
        self.n, self.worst, self.sum = self.n + 1, min(self.worst, value), self.sum + value
        assert value >= least, f"{where}: IoU {value}, expected at least {least}"

    def __str__(self):
        return f"{self.n} instances, mean IoU {self.sum / max(1, self.n):.6f}, least {self.worst:.6f}"


def labelme(root):
    from labelme._label_file import LabelFile
    from labelme.utils.shape import shape_to_mask

    for folder in "labelme", "labelme-masks", "labelme-fill":
        truth = Truth(f"{root}/{folder}")
        coco, own = Counter(), Counter()
        for name, image in truth.images.items():
            h, w = image["height"], image["width"]
            label_file = LabelFile(f"{root}/{folder}/{os.path.splitext(name)[0]}.json")
            assert label_file.image_path == os.path.basename(name)
            groups = []
            at = {}
            for s in label_file.shapes:
                key = (s["label"], s["group_id"])
                if s["group_id"] is not None and key in at:
                    groups[at[key]].append(s)
                    continue
                at[key] = len(groups)
                groups.append([s])
            expected = truth.of(name)
            assert len(groups) == len(expected), name
            for group, a in zip(groups, expected):
                assert group[0]["label"] == a["label"]
                if group[0]["shape_type"] == "rectangle":
                    (x0, y0), (x1, y1) = group[0]["points"]
                    assert [x0, y0, x1 - x0, y1 - y0] == a["bbox"], name
                    continue
                points, drawn = np.zeros((h, w), bool), np.zeros((h, w), bool)
                for s in group:
                    if s["shape_type"] == "mask":
                        (x0, y0), (x1, y1) = np.asarray(s["points"]).astype(int)
                        part = np.zeros((h, w), bool)
                        part[y0 : y1 + 1, x0 : x1 + 1] = s["mask"]
                        points |= part
                        drawn |= part
                    else:
                        points |= fill([np.ravel(s["points"])], h, w)
                        drawn |= shape_to_mask((h, w), s["points"], "polygon")
                if folder == "labelme-fill":
                    traced = a["kind"] != "polygon"
                    own.add(iou(drawn, a["mask"]), 1 if traced else 0, name)
                else:
                    coco.add(iou(points, a["mask"]), 1, name)
                    own.add(iou(drawn, a["mask"]), 0, name)
        print(f"labelme {version('labelme')}, {folder}: as COCO polygons {coco}; shape_to_mask: {own}")


def datumaro(root):
    from datumaro.components.dataset import Dataset

    for folder in "cvat", "cvat-masks":
        truth, count = Truth(f"{root}/{folder}"), Counter()
        data = Dataset.import_from(f"{root}/{folder}", "cvat")
        names = [c.name for c in data.categories()[next(iter(data.categories()))]]
        stems = {os.path.splitext(n)[0]: n for n in truth.images}
        seen = 0
        for item in data:
            seen += 1
            name = stems[item.id]
            h, w = truth.images[name]["height"], truth.images[name]["width"]
            groups, at = [], {}
            for a in item.annotations:
                key = (a.label, a.group)
                if a.group and key in at:
                    groups[at[key]].append(a)
                    continue
                at[key] = len(groups)
                groups.append([a])
            expected = truth.of(name)
            assert len(groups) == len(expected), name
            for group, a in zip(groups, expected):
                assert names[group[0].label] == a["label"], name
                if group[0].type.name == "bbox":
                    assert list(group[0].get_bbox()) == a["bbox"], name
                    continue
                pixels = np.zeros((h, w), bool)
                for s in group:
                    pixels |= s.image.astype(bool) if s.type.name == "mask" else fill([unrounded(s.points)], h, w)
                count.add(iou(pixels, a["mask"]), 1, name)
        assert seen == len(truth.images)
        print(f"datumaro {version('datumaro')}, {folder}: {count}")

    for folder, mode in ("voc", "voc-one-based"), ("voc-0", "dm-zero-based"):
        truth, count = Truth(f"{root}/{folder}"), Counter()
        data = Dataset.import_from(f"{root}/{folder}", "voc", coordinate_mode=mode)
        label_names = [c.name for c in data.categories()[next(iter(data.categories()))]]
        stems = {os.path.splitext(n)[0]: n for n in truth.images}
        seen = boxes = 0
        for item in data:
            seen += 1
            name = stems[item.id]
            expected = truth.of(name)
            found = [a for a in item.annotations if a.type.name == "bbox"]
            assert len(found) == len(expected), name
            for b, a in zip(found, expected):
                boxes += 1
                assert list(b.get_bbox()) == a["bbox"] and label_names[b.label] == a["label"], (name, b, a["bbox"])
            for m in item.annotations:
                if m.type.name != "mask":
                    continue
                k = m.group - 1
                if m.group == 0:  # the background, as datumaro reads it
                    continue
                a = expected[k]
                assert label_names[m.label] == a["label"], name
                value = iou(m.image.astype(bool), a["mask"])
                assert abs(value - a["iou"]) < 1e-12, (name, value, a["iou"])
                count.add(value, 0, name)
        assert seen == len(truth.images)
        print(f"datumaro {version('datumaro')}, {folder}: {boxes} boxes equal; {count}, each as stated")


def voc_by_others(root):
    import supervision
    import torchvision
    from supervision.dataset.formats.pascal_voc import load_pascal_voc_annotations

    truth = Truth(f"{root}/voc")
    # torchvision and supervision join folders differently, and expect .jpg and flat folders: ask for one image at a time.
    from torchvision.datasets.voc import VOCDetection
    from xml.etree.ElementTree import parse

    boxes = 0
    for name in truth.images:
        stem = os.path.splitext(name)[0]
        tree = VOCDetection.parse_voc_xml(parse(f"{root}/voc/Annotations/{stem}.xml").getroot())
        objects = tree["annotation"].get("object", [])
        expected = truth.of(name)
        assert tree["annotation"]["filename"] == name and len(objects) == len(expected), name
        for o, a in zip(objects, expected):
            b = {k: float(v) for k, v in o["bndbox"].items()}
            boxes += 1
            assert o["name"] == a["label"]
            assert [b["xmin"] - 1, b["ymin"] - 1, b["xmax"] - b["xmin"] + 1, b["ymax"] - b["ymin"] + 1] == a["bbox"]
    print(f"torchvision {torchvision.__version__}, voc: {boxes} boxes equal")
    boxes = 0
    for folder in sorted({os.path.dirname(n) for n in truth.images}):
        classes, paths, found = load_pascal_voc_annotations(f"{root}/voc/JPEGImages/{folder}", f"{root}/voc/Annotations/{folder}")
        for path in paths:
            expected = truth.of(os.path.relpath(path, f"{root}/voc/JPEGImages"))
            assert len(found[path]) == len(expected), path
            for xyxy, c, a in zip(found[path].xyxy, found[path].class_id, expected):
                x, y, w, h = a["bbox"]
                boxes += 1
                assert list(xyxy) == [x, y, x + w, y + h] and classes[c] == a["label"], path
    print(f"supervision {supervision.__version__}, voc: {boxes} boxes equal")


def labelstudio(root):
    import tempfile

    from label_studio_sdk.converter import Converter

    folder = f"{root}/labelstudio"
    truth, count = Truth(folder), Counter()
    with open(f"{folder}/config.xml", encoding="utf-8") as f:
        config = f.read()
    with open(f"{folder}/tasks.json", encoding="utf-8") as f:
        tasks = json.load(f)
    by_task = {}
    for n, task in enumerate(tasks):  # what a server adds
        task["id"] = n
        for a in task["annotations"]:
            a["id"] = n
            by_task[n] = a["result"]
    converter = Converter(config=config, project_dir=folder, download_resources=False)
    with tempfile.TemporaryDirectory() as out:
        with open(f"{out}/tasks.json", "w", encoding="utf-8") as f:
            json.dump(tasks, f)
        converter.convert_to_coco(f"{out}/tasks.json", f"{out}/coco", output_image_dir=f"{out}/images", is_dir=False)
        with open(f"{out}/coco/result.json", encoding="utf-8") as f:
            data = json.load(f)
    labels = {c["id"]: c["name"] for c in data["categories"]}
    found = {}
    for a in data["annotations"]:
        found.setdefault(a["image_id"], []).append(a)
    # The converter gives images other names, in the order of the tasks.
    ids = {name: image["id"] for name, image in zip(truth.images, data["images"], strict=True)}
    for name, image in truth.images.items():
        h, w = image["height"], image["width"]
        expected = truth.of(name)
        if not expected:
            continue
        shapes = [a for a in found[ids[name]]]
        # The converter writes an annotation for each region, those of each control together.
        regions = by_task[list(truth.images).index(name)]
        for control, kind in ("label", "polygon"), ("box", "box"):
            mine = [r for r in regions if r["from_name"] == control]
            theirs = [a for a in shapes if bool(a["segmentation"]) == (kind == "polygon")]
            assert len(mine) == len(theirs), name
            groups = {}
            for r, a in zip(mine, theirs):
                groups.setdefault(r.get("parentID", r["id"]), []).append(a)
            for key, group in groups.items():
                a = expected[int(key[1:]) - 1]
                assert labels[group[0]["category_id"]] == a["label"], name
                if kind == "box":
                    assert np.allclose(group[0]["bbox"], a["bbox"], atol=1e-9, rtol=0), name
                    continue
                value = iou(fill([s["segmentation"][0] for s in group], h, w), a["mask"])
                assert abs(value - a["iou"]) < 1e-12, (name, value, a["iou"])
                count.add(value, 1 if a["kind"] == "rle" else 0, name)
    print(f"label-studio-sdk {version('label-studio-sdk')}: {count}, each as stated")


def via(root):
    import globox

    truth, boxes, others = Truth(f"{root}/via"), 0, 0
    found = globox.AnnotationSet.from_via_json(f"{root}/via/via_project.json", label_key="class", image_folder=f"{root}/via")
    assert {a.image_id for a in found} == set(truth.images)
    for name, image in truth.images.items():
        read = found[name]
        assert tuple(read.image_size) == (image["width"], image["height"]), name
        expected = [a for a in truth.of(name) if a["kind"] == "none"]
        others += len(truth.of(name)) - len(expected)
        assert len(read.boxes) == len(expected), name
        for b, a in zip(read.boxes, expected):
            boxes += 1
            assert b.label == a["label"] and np.allclose([b.xmin, b.ymin, b.width, b.height], a["bbox"], atol=1e-9, rtol=0), (name, b, a["bbox"])
    print(f"globox {version('globox')}, via: {boxes} boxes equal; it does not read the other {others} instances, which are polygons")


if __name__ == "__main__":
    readers = {"labelme": labelme, "datumaro": datumaro, "voc": voc_by_others, "labelstudio": labelstudio, "via": via}
    if len(sys.argv) != 3 or sys.argv[1] not in readers:
        sys.exit(__doc__)
    readers[sys.argv[1]](sys.argv[2].rstrip("/"))
