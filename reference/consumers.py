"""Measures what tools that read COCO files do with each fault that `hubdata check` reports.

    python reference/consumers.py TABLE [CONSUMER...]
    python reference/consumers.py TABLE --page docs/consumers.md

Each consumer whose package this Python can import reads a sound dataset of three tiles, and then one copy per
fault. What it loads is compared with what it loads from the sound one: it fails (raises), drops images or
annotations, misreads (other boxes, labels or masks), or is unaffected. TABLE is a JSON file, in which the rows of
these consumers are replaced; reference/consumers.sh runs this in one virtual environment per set of packages. A
test of coco/check compares the rules with TABLE, and docs/consumers.md is made of it.
"""

import contextlib
import copy
import importlib.metadata
import io
import json
import os
import shutil
import sys
import tempfile

try:
    import numpy as np
    from PIL import Image
except ImportError:  # --page needs neither
    np = Image = None

H, W = 128, 160


def sound():
    """Three tiles with two triangles each, as polygons, far from each other and from the border."""
    images, annotations = [], []
    for i in range(3):
        images.append({"id": i + 1, "file_name": f"tile{i}.png", "height": H, "width": W})
        for k in range(2):
            x, y, w, h = 12 + 72 * k, 16 + 8 * i, 40, 48 + 8 * k
            annotations.append({"id": len(annotations) + 1, "image_id": i + 1, "category_id": 1 + k, "iscrowd": 0,
                                "segmentation": [[x, y, x + w, y, x + w, y + h]],
                                "area": w * h / 2, "bbox": [x, y, w, h]})
    return {"images": images, "annotations": annotations,
            "categories": [{"id": 1, "name": "vessel"}, {"id": 2, "name": "glomerulus"}]}


def runs(annotation, compressed):
    """Writes the mask of an annotation as runs."""
    flat = fill(np.asarray(annotation["segmentation"][0]).reshape(-1, 2)).astype(np.int8).ravel(order="F")
    edges = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), flat.size]
    counts = [b - a for a, b in zip(edges, edges[1:])]
    if compressed:
        counts = compress(counts)
    annotation["segmentation"] = {"size": [H, W], "counts": counts}


def compress(counts):
    """The text of runs, as in cocoapi's maskApi.c (rleToString)."""
    text = ""
    for i, n in enumerate(counts):
        x = n - (counts[i - 2] if i > 2 else 0)
        more = True
        while more:
            c = x & 0x1f
            x >>= 5
            more = x != -1 if c & 0x10 else x != 0
            text += chr((c | 0x20 if more else c) + 48)
    return text


def each(change):
    def apply(d):
        for a in d["annotations"]:
            change(a)
    return apply


def first(change):
    return lambda d: change(d["annotations"][0])


def boxes(d):
    for a in d["annotations"]:
        a.pop("segmentation")


def categories(ids, root=False):
    def apply(d):
        for c, n in zip(d["categories"], ids):
            c["id"] = n
        for a in d["annotations"]:
            a["category_id"] = ids[a["category_id"] - 1]
        if root:
            for c in d["categories"]:
                c["supercategory"] = "tissue"
            d["categories"].insert(0, {"id": 0, "name": "tissue", "supercategory": "none"})
    return apply


# The faults: the code of the rule, a name that tells variants apart, and what is done to the sound dataset.
FAULTS = [
    ("segmentation-runs", "compressed runs", each(lambda a: runs(a, True))),
    ("segmentation-runs", "uncompressed runs", each(lambda a: runs(a, False))),
    ("segmentation-none", "boxes alone", boxes),
    ("segmentation-missing", "one without a segmentation", first(lambda a: a.pop("segmentation"))),
    ("segmentation-empty", "one with an empty list", first(lambda a: a.update(segmentation=[]))),
    ("ring-box", "a ring of 4 numbers", first(lambda a: a.update(segmentation=[[12, 16, 52, 64]]))),
    ("ring-odd", "a ring of 7 numbers", first(lambda a: a["segmentation"][0].append(12))),
    ("iscrowd-set", "one crowd, of runs", first(lambda a: (runs(a, True), a.update(iscrowd=1)))),
    ("iscrowd-set", "one crowd, a polygon", first(lambda a: a.update(iscrowd=1))),
    ("iscrowd-missing", "no iscrowd", each(lambda a: a.pop("iscrowd"))),
    ("area-missing", "no area", each(lambda a: a.pop("area"))),
    ("bbox-missing", "one without a bbox", first(lambda a: a.pop("bbox"))),
    ("bbox-zero", "a box without width", first(lambda a: a.update(bbox=[12, 16, 0, 48]))),
    ("bbox-negative", "a box of negative width", first(lambda a: a.update(bbox=[52, 16, -40, 48]))),
    ("bbox-outside", "a box beyond the image", first(lambda a: a.update(bbox=[12, 16, 200, 48]))),
    ("bbox-zero", "boxes alone, one without width", lambda d: (boxes(d), d["annotations"][0].update(bbox=[12, 16, 0, 48]))),
    ("bbox-negative", "boxes alone, one of negative width", lambda d: (boxes(d), d["annotations"][0].update(bbox=[52, 16, -40, 48]))),
    ("bbox-outside", "boxes alone, one beyond the image", lambda d: (boxes(d), d["annotations"][0].update(bbox=[12, 16, 200, 48]))),
    ("category-id-low", "category ids from 0", categories([0, 1])),
    ("category-id-gap", "category ids 1 and 5", categories([1, 5])),
    ("category-group", "a root category, id 0", categories([1, 2], root=True)),
    ("image-id-string", "ids of images are strings", lambda d: ([i.update(id=f"s{i['id']}") for i in d["images"]],
                                                           [a.update(image_id=f"s{a['image_id']}") for a in d["annotations"]])),
    ("image-size-missing", "no height and width", lambda d: [(i.pop("height"), i.pop("width")) for i in d["images"]]),
    ("image-unknown", "an annotation of no image", first(lambda a: a.update(image_id=99))),
    ("category-unknown", "an annotation of no category", first(lambda a: a.update(category_id=99))),
    ("image-empty", "an image without annotations", lambda d: d.update(annotations=d["annotations"][2:])),
    ("byte-order-mark", "a byte order mark", None),
]


def record(label, box=None, mask=None):
    """What a consumer loaded of an annotation: box as corners, mask as an array of 0 and 1."""
    if box is not None:
        box = [round(float(v), 2) for v in box]
    return label, box, None if mask is None else np.asarray(mask).astype(bool)


def named(path):
    with open(path, encoding="utf-8-sig") as f:
        d = json.load(f)
    return d, {c["id"]: c["name"] for c in d["categories"]}, {str(i["id"]): i["file_name"] for i in d["images"]}


def read_pycocotools(path, images):
    from pycocotools.coco import COCO

    coco = COCO(path)
    out = {}
    for i in coco.loadImgs(coco.getImgIds()):
        out[i["file_name"]] = []
        for a in coco.loadAnns(coco.getAnnIds(imgIds=[i["id"]], catIds=coco.getCatIds())):
            x, y, w, h = a["bbox"]
            out[i["file_name"]].append(record(coco.cats[a["category_id"]]["name"], [x, y, x + w, y + h], coco.annToMask(a)))
    return out


def read_ultralytics(path, images):
    from ultralytics.data.converter import convert_coco
    from ultralytics.data.utils import verify_image_label

    _, names, _ = named(path)
    with tempfile.TemporaryDirectory() as work:
        os.mkdir(os.path.join(work, "json"))
        shutil.copy(path, os.path.join(work, "json", "all.json"))
        convert_coco(os.path.join(work, "json"), os.path.join(work, "out"), use_segments=True, cls91to80=False)
        labels = os.path.join(work, "out", "labels", "all")
        classes = [names[k] for k in sorted(names)]  # the list of names that a data.yaml has
        out = {}
        for name in sorted(os.listdir(images)):
            text = os.path.join(labels, name[:-4] + ".txt")
            copied = os.path.join(work, name)
            shutil.copy(os.path.join(images, name), copied)
            checked = verify_image_label((copied, text, "", False, len(classes), 0, 0, False))
            if checked[0] is None or checked[1] is None or len(checked[5:]) and checked[8]:
                continue  # left out as corrupt
            out[name] = []
            for row, ring in zip(checked[1], checked[3] or [None] * len(checked[1])):
                cx, cy, w, h = row[1] * W, row[2] * H, row[3] * W, row[4] * H
                mask = None if ring is None else fill(np.asarray(ring) * [W, H])
                out[name].append(record(classes[int(row[0])], [round(cx - w / 2), round(cy - h / 2), round(cx + w / 2), round(cy + h / 2)], mask))
        return out


def fill(ring):
    from PIL import ImageDraw

    mask = Image.new("L", (W, H))
    ImageDraw.Draw(mask).polygon([tuple(p) for p in ring], fill=1)
    return np.asarray(mask)


def read_torchvision(path, images):
    from torchvision import datasets, tv_tensors  # noqa: F401

    _, names, files = named(path)
    ds = datasets.wrap_dataset_for_transforms_v2(datasets.CocoDetection(images, path), target_keys=("boxes", "labels", "masks", "image_id"))
    out = {}
    for k in range(len(ds)):
        _, t = ds[k]
        name = files[str(ds.ids[k])]
        labels = t["labels"].tolist() if "labels" in t else []
        out[name] = [record(names.get(n, f"class {n}"), b.tolist(), m.numpy()) for n, b, m in zip(labels, t.get("boxes", []), t.get("masks", []))]
    return out


def read_transformers(path, images):
    return processed(path, images, "DetrImageProcessor", True)


def read_rtdetr(path, images):
    return processed(path, images, "RTDetrImageProcessor", False)


def processed(path, images, name, masks):
    """Annotations as a DETR-like processor of transformers prepares them, without resizing."""
    import transformers

    d, names, files = None, None, None
    from pycocotools.coco import COCO  # as the examples of transformers, through torchvision

    coco = COCO(path)
    _, names, files = named(path)
    size = {"height": H, "width": W}
    processor = getattr(transformers, name)(size=size, do_rescale=False, do_normalize=False, do_pad=False, do_convert_annotations=True)
    out = {}
    for i in coco.getImgIds():
        picture = Image.open(os.path.join(images, files[str(i)])).convert("RGB")
        target = {"image_id": i, "annotations": coco.loadAnns(coco.getAnnIds(imgIds=[i]))}
        more = {"return_segmentation_masks": True} if masks else {}
        got = processor(images=picture, annotations=target, return_tensors="pt", **more)["labels"][0]
        boxes = np.asarray(got["boxes"]).reshape(-1, 4) * [W, H, W, H]
        corners = np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], 1)
        pixels = np.asarray(got["masks"]) if masks else [None] * len(boxes)
        out[files[str(i)]] = [record(names.get(int(n), f"class {n}"), np.round(b), m) for n, b, m in zip(got["class_labels"], corners, pixels)]
    return out


def read_sahi(path, images):
    from sahi.utils.coco import Coco

    coco = Coco.from_coco_dict_or_path(path, image_dir=images)
    out = {}
    for i in coco.images:
        out[os.path.basename(i.file_name)] = list_ = []
        for a in i.annotations:
            x, y, w, h = a.bbox
            mask = None
            if a.segmentation:
                mask = np.zeros((H, W), bool)
                for ring in a.segmentation:
                    mask |= fill(np.asarray(ring).reshape(-1, 2)).astype(bool)
            list_.append(record(a.category_name, [x, y, x + w, y + h], mask))
    return out


def read_supervision(path, images):
    import supervision as sv

    with open(path, encoding="utf-8-sig") as f:
        masks = any(a.get("segmentation") for a in json.load(f)["annotations"])
    ds = sv.DetectionDataset.from_coco(images_directory_path=images, annotations_path=path, force_masks=masks)
    out = {}
    for name, _, found in ds:
        out[os.path.basename(name)] = [record(ds.classes[int(found.class_id[k])], found.xyxy[k], None if found.mask is None else found.mask[k])
                                       for k in range(len(found))]
    return out


def read_datumaro(path, images):
    from datumaro.components.dataset import Dataset

    with tempfile.TemporaryDirectory() as work:
        os.mkdir(os.path.join(work, "annotations"))
        shutil.copytree(images, os.path.join(work, "images", "all"))
        shutil.copy(path, os.path.join(work, "annotations", "instances_all.json"))
        ds = Dataset.import_from(work, "coco_instances")
        labels = [c.name for c in next(iter(ds.categories().values())).items]
        out = {}
        for item in ds:
            parts = {}  # a box and a mask have the id of their annotation
            for a in item.annotations:
                label, box, mask = parts.get(a.id, (labels[a.label], None, None))
                kind = a.type.name
                if kind == "bbox":
                    box = a.points
                elif kind == "polygon":
                    mask = fill(np.asarray(a.points).reshape(-1, 2))
                elif kind == "mask":
                    mask = a.image
                parts[a.id] = label, box, mask
            out[item.id + ".png"] = [record(*parts[k]) for k in sorted(parts)]
        return out


def read_cvat(path, images):
    """As the import of COCO 1.0 in CVAT's server: a ZIP file's folder, read by CVAT's fork of datumaro."""
    return read_datumaro(path, images)


def read_mmdet(path, images):
    """As a training loads them: mmdet_load.py has the pipeline."""
    from mmdet_load import Loaded

    d, names, files = named(path)
    classes = [c["name"] for c in d["categories"]]
    loaded = Loaded(path, images, classes, filtered=True)
    out = {}
    for k, number in enumerate(loaded.ids()):
        _, _, _, boxes, labels, masks, _, _ = loaded.item(k)
        out[files[str(number)]] = [record(classes[int(n)], b.tolist(), m) for n, b, m in zip(labels, boxes, masks)]
    return out


def read_detectron2(path, images):
    """As a training loads them: load_coco_json, the filter of empty images, and DatasetMapper without augmentation."""
    from detectron2.data import DatasetMapper, MetadataCatalog
    from detectron2.data.build import filter_images_with_only_crowd_annotations
    from detectron2.data.datasets import load_coco_json

    name = f"measured {len(MetadataCatalog.list())}"
    dicts = load_coco_json(path, images, name)
    dicts = filter_images_with_only_crowd_annotations(dicts)
    masks = any("segmentation" in a for d in dicts for a in d["annotations"])
    mapper = DatasetMapper(True, augmentations=[], image_format="RGB", use_instance_mask=masks, instance_mask_format="polygon")
    classes = MetadataCatalog.get(name).thing_classes
    out = {}
    for d in dicts:
        found = mapper(d)["instances"]
        pixels = [None] * len(found)
        if masks:
            from pycocotools import mask as coco_masks

            pixels = [coco_masks.decode(coco_masks.merge(coco_masks.frPyObjects(p, H, W))) for p in found.gt_masks.polygons]
        out[os.path.basename(d["file_name"])] = [record(classes[int(n)], b.tolist(), m)
                                                for n, b, m in zip(found.gt_classes, found.gt_boxes.tensor, pixels)]
    return out


def read_labelstudio(path, images):
    from label_studio_converter.imports.coco import convert_coco_to_ls

    with tempfile.TemporaryDirectory() as work:
        to = os.path.join(work, "ls.json")
        convert_coco_to_ls(path, to)
        with open(to) as f:
            tasks = json.load(f)
    out = {}
    for t in tasks:
        name = os.path.basename(t["data"]["image"].split("=")[-1])
        out[name] = list_ = []
        for r in t["annotations"][0]["result"]:
            v = r["value"]
            if r["type"] == "rectanglelabels":
                x, y = v["x"] * W / 100, v["y"] * H / 100
                list_.append(record(v["rectanglelabels"][0], [x, y, x + v["width"] * W / 100, y + v["height"] * H / 100]))
            elif r["type"] == "polygonlabels":
                ring = np.asarray(v["points"]) * [W / 100, H / 100]
                label, box, mask = list_.pop() if list_ and list_[-1][2] is None else (v["polygonlabels"][0], None, None)
                list_.append(record(label, box, fill(ring)))  # the rectangle of an annotation comes before its polygon
    return out


def read_rfdetr(path, images):
    from rfdetr.datasets import coco as module

    with open(path, encoding="utf-8-sig") as f:
        masks = any(a.get("segmentation") for a in json.load(f)["annotations"])
    ds = module.CocoDetection(images, path, transforms=None, include_masks=masks, remap_category_ids=True)
    _, names, files = named(path)
    back = {v: names[k] for k, v in ds.cat2label.items()}
    out = {}
    for k in range(len(ds)):
        _, t = ds[k]
        pixels = t["masks"].numpy() if "masks" in t else [None] * len(t["labels"])
        out[files[str(ds.ids[k])]] = [record(back[int(n)], b.tolist(), m) for n, b, m in zip(t["labels"], t["boxes"], pixels)]
    return out


# Each consumer: its name in hubdata, the package that gives the version, how it is called, and its reader.
CONSUMERS = [
    ("pycocotools", "pycocotools", "COCO, annToMask", read_pycocotools),
    ("yolo", "ultralytics", "convert_coco(use_segments=True, cls91to80=False), verify_image_label", read_ultralytics),
    ("torchvision", "torchvision", "CocoDetection, wrap_dataset_for_transforms_v2 with boxes and masks", read_torchvision),
    ("transformers", "transformers", "DetrImageProcessor(annotations=..., return_segmentation_masks=True)", read_transformers),
    ("rtdetr", "transformers", "RTDetrImageProcessor(annotations=...), which reads boxes", read_rtdetr),
    ("rfdetr", "rfdetr", "rfdetr.datasets.coco.CocoDetection, with masks if there are any", read_rfdetr),
    ("sahi", "sahi", "Coco.from_coco_dict_or_path", read_sahi),
    ("supervision", "supervision", "DetectionDataset.from_coco, with masks if there are any", read_supervision),
    ("datumaro", "datumaro", "Dataset.import_from(format=coco_instances)", read_datumaro),
    ("cvat", "datumaro", "Dataset.import_from(format=coco_instances) of CVAT's fork of datumaro", read_cvat),
    ("mmdet2", "mmdet", "CocoDataset with LoadAnnotations(with_mask=True), filter_empty_gt=True", read_mmdet),
    ("mmdet3", "mmdet", "CocoDataset with LoadAnnotations(with_mask=True), filter_cfg=dict(filter_empty_gt=True, min_size=32)", read_mmdet),
    ("detectron2", "detectron2", "load_coco_json, DatasetMapper(instance_mask_format=polygon), with masks if there are any", read_detectron2),
    ("label-studio", "label-studio-converter", "convert_coco_to_ls", read_labelstudio),
]


def compare(meant, got):
    """The outcome, and what differs."""
    lost = sorted(set(meant) - set(got))
    few = [n for n in meant if n in got and len(got[n]) < len(meant[n])]
    more = [n for n in meant if n in got and len(got[n]) > len(meant[n])]
    if lost:
        return "drops", f"leaves out {len(lost)} of {len(meant)} images"
    if few:
        return "drops", f"leaves out {sum(len(meant[n]) - len(got[n]) for n in few)} of {sum(map(len, meant.values()))} annotations"
    if more:
        return "misreads", f"loads {sum(map(len, got.values()))} annotations, not {sum(map(len, meant.values()))}"
    for n in meant:
        for (label, box, mask), (label2, box2, mask2) in zip(meant[n], got[n]):
            if label != label2:
                return "misreads", f"the label {label} becomes {label2}"
            if mask is not None and mask2 is None:
                return "misreads", "has a box, and no mask"
            if mask is not None and mask2 is not None:
                both, any_ = (mask & mask2).sum(), (mask | mask2).sum()
                if any_ and both / any_ < 0.85:
                    return "misreads", f"another mask, of {int(mask2.sum())} pixels and not {int(mask.sum())}"
            if (box is None) != (box2 is None) or box and max(abs(a - b) for a, b in zip(box, box2)) > 1.5:
                return "misreads", f"the box {box} becomes {box2}"
    return "unaffected", ""


def version_of(package):
    """The version of a package, or HUBDATA_VERSION for one that is not from a registry; None if there is none."""
    try:
        return os.environ.get("HUBDATA_VERSION") or importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def measure(reader, code, fault, change, images, work):
    meant_data, data = sound(), sound()
    if change:
        change(data)
    path = os.path.join(work, "instances.json")
    meant = reader_out(reader, write(path, meant_data), images)
    text = b"\xef\xbb\xbf" if code == "byte-order-mark" else b""
    try:
        got = reader_out(reader, write(path, data, text), images)
    except BaseException as e:  # noqa: BLE001: a consumer may raise anything
        if isinstance(e, KeyboardInterrupt):
            raise
        while e.__cause__ is not None:
            e = e.__cause__
        return "fails", f"{type(e).__name__}: {str(e).splitlines()[0][:100] if str(e) else ''}".replace(work, "").rstrip(": ")
    if fault.startswith("boxes alone"):  # boxes are all that is meant
        meant = {n: [(label, box, None) for label, box, _ in list_] for n, list_ in meant.items()}
        got = {n: [(label, box, None) for label, box, _ in list_] for n, list_ in got.items()}
    if code == "image-empty":
        meant = copy.copy(meant)
        meant["tile0.png"] = []
    return compare(meant, got)


def reader_out(reader, path, images):
    with contextlib.redirect_stdout(io.StringIO()):
        return reader(path, images)


def write(path, data, head=b""):
    with open(path, "wb") as f:
        f.write(head + json.dumps(data).encode())
    return path


PAGE = """# What the readers of COCO files do with each fault

Made by `reference/consumers.py` from `reference/consumers.json`; `bash reference/consumers.sh` measures again. Each
package read a sound set of three tiles and a copy with one fault, and what it loaded was compared.

- ok: it loads the same
- fails: it stops with an error
- drops: it leaves out images or annotations without an error
- misreads: it loads other boxes, labels or masks

`hubdata check --for CONSUMER` reports the same for a file; a test compares its rules with these measurements.

## Who was measured

| `--for` | package | version | what was called |
|---|---|---|---|
"""

NOT_MEASURED = """
- mmdet2, mmdet3 and detectron2 load as a training does, with the filter of images without annotations. What their
  evaluation needs, which is pycocotools', is not loaded here: iscrowd, and for detectron2 area.
- detectron2 has no package; its source was measured. It numbers classes by their ids, and is compared by names.
- cvat is the import of COCO 1.0 in CVAT's server: it calls a fork of datumaro with these options. The newest copy of
  the fork that could be had was measured; CVAT now pins a later one. What CVAT does with the annotations afterwards,
  such as finding the labels of its task, was not measured.
- kaggle was not measured: its rules come from the published scorer, which reads no COCO file.
"""


def page(rows, path):
    names = [c[0] for c in CONSUMERS if any(r["consumer"] == c[0] for r in rows)]
    at = {(r["consumer"], r["fault"]): r for r in rows}
    text = PAGE
    for n in names:
        r = next(r for r in rows if r["consumer"] == n)
        text += f"| `{n}` | {r['package']} | {r['version']} | `{r['call']}` |\n"
    text += NOT_MEASURED + "\n## Faults and outcomes\n\n"
    text += "| fault | " + " | ".join(names) + " |\n|---" * 1 + "|---" * len(names) + "|\n"
    for code, fault, _ in FAULTS:
        cells = [at[n, fault]["outcome"].replace("unaffected", "ok") if (n, fault) in at else "not measured" for n in names]
        text += f"| {fault} ([{code}](checks.md#{code})) | " + " | ".join(cells) + " |\n"
    text += "\n## What was seen\n"
    for code, fault, _ in FAULTS:
        seen = {}
        for n in names:
            if (n, fault) in at and at[n, fault]["outcome"] != "unaffected":
                seen.setdefault((at[n, fault]["outcome"], at[n, fault]["what"]), []).append(n)
        if seen:
            text += f"\n{fault}:\n\n"
        for (outcome, what), who in seen.items():
            text += f"- {', '.join(who)}: {outcome}: `{what.replace('`', chr(39))}`\n"
    with open(path, "w") as f:
        f.write(text)


def main():
    table_path, only = sys.argv[1], sys.argv[2:]
    if only[:1] == ["--page"]:
        with open(table_path) as f:
            page(json.load(f)["rows"], only[1])
        return
    table = []
    if os.path.exists(table_path):
        with open(table_path) as f:
            table = json.load(f)["rows"]
    with tempfile.TemporaryDirectory() as work:
        images = os.path.join(work, "images")
        os.mkdir(images)
        for i in range(3):
            Image.fromarray(np.full((H, W, 3), 40 * i + 90, np.uint8)).save(os.path.join(images, f"tile{i}.png"))
        for name, package, call, reader in CONSUMERS:
            if only and name not in only:
                continue
            version = version_of(package)
            if not version or package == "mmdet" and name != "mmdet" + version[0] or not only and name == "cvat":
                continue  # cvat is another package of the name datumaro
            table = [r for r in table if r["consumer"] != name]
            for code, fault, change in FAULTS:
                outcome, what = measure(reader, code, fault, change, images, work)
                table.append({"consumer": name, "package": package, "version": version, "call": call, "code": code, "fault": fault,
                              "outcome": outcome, "what": what})
                print(f"{name} {version}: {fault}: {outcome} {what}", file=sys.stderr)
    names, faults = [c[0] for c in CONSUMERS], [f[1] for f in FAULTS]
    table.sort(key=lambda r: (names.index(r["consumer"]), faults.index(r["fault"])))
    with open(table_path, "w") as f:
        f.write('{"rows": [\n' + ",\n".join(json.dumps(r) for r in table) + "\n]}\n")


main()
