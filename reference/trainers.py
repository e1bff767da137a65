"""Reads what `hubdata export` writes with the code of trainers, and compares each mask and box with those of the COCO
file that was exported; and writes files with Cellpose for `hubdata import`:

    python reference/trainers.py WORK FOLDER COCO [OUT]
"""

import csv
import importlib.metadata
import json
import os
import sys
from pathlib import Path

import numpy as np


class Truth:
    """A COCO file: masks, boxes and classes by the stems of the images."""

    def __init__(self, path):
        from pycocotools import mask

        with open(path) as f:
            d = json.load(f)
        classes = {c["id"]: c["name"] for c in d["categories"]}
        self.classes = list(classes.values())
        self.of = {}
        for i in d["images"]:
            found = []
            for a in d["annotations"]:
                if a["image_id"] == i["id"]:
                    s = a["segmentation"]
                    if isinstance(s, list):
                        s = mask.merge(mask.frPyObjects(s, i["height"], i["width"]))
                    elif isinstance(s["counts"], list):
                        s = mask.frPyObjects(s, i["height"], i["width"])
                    found.append((classes[a["category_id"]], a["bbox"], mask.decode(s).astype(bool)))
            self.of[Path(i["file_name"]).stem] = found

    def painted(self, stem, shape, number):
        """The image whose pixels are numbers, of which later instances cover earlier ones."""
        out = np.zeros(shape, np.int64)
        for k, (name, _, pixels) in enumerate(self.of[stem]):
            out[pixels] = number(k, name)
        return out


def rfdetr(root, truth):
    """RF-DETR's own dataset, on the layout roboflow: masks, boxes and labels as they come out of it."""
    from rfdetr.datasets.coco import CocoDetection, is_valid_coco_dataset

    assert is_valid_coco_dataset(root)
    compared = 0
    for split in "train", "valid":
        data = CocoDetection(f"{root}/{split}", f"{root}/{split}/_annotations.coco.json", None, include_masks=True, remap_category_ids=True)
        names = [data.coco.cats[data.label2cat[k]]["name"] for k in sorted(data.label2cat)]
        for k in range(len(data)):
            _, target = data[k]
            stem = Path(data.coco.imgs[data.ids[k]]["file_name"]).stem
            expected = truth.of.pop(stem)
            assert len(target["masks"]) == len(expected), stem
            for got, box, label, (name, bbox, pixels) in zip(target["masks"], target["boxes"], target["labels"], expected):
                x, y, w, h = bbox
                assert np.array_equal(got.numpy(), pixels), stem
                assert np.allclose(box.numpy(), [x, y, x + w, y + h]) and names[int(label)] == name, stem
                compared += 1
    assert not truth.of, "images of no split: %s" % sorted(truth.of)
    return compared


def mask2former(root, truth):
    """transformers' Mask2FormerImageProcessor on the format labels."""
    import tifffile
    from PIL import Image

    try:
        from transformers import Mask2FormerImageProcessor as Processor

        Processor()
    except ImportError:  # without torch
        from transformers.models.mask2former.image_processing_pil_mask2former import Mask2FormerImageProcessorPil as Processor

    rows = {}
    with open(f"{root}/labels.csv") as f:
        for row in csv.DictReader(f):
            rows.setdefault(row["label_image"], {})[int(row["id"])] = row["class"]
    processor = Processor(do_resize=False, do_rescale=False, do_normalize=False, ignore_index=0)
    compared = 0
    for stem, expected in truth.of.items():
        label = tifffile.imread(f"{root}/labels/{stem}.tif").astype(np.int64)
        instances = rows.get(f"labels/{stem}.tif", {})
        if not instances:
            continue
        (image,) = Path(f"{root}/images").glob(stem + ".*")
        classes = {number: truth.classes.index(name) for number, name in instances.items()}
        out = processor([Image.open(image).convert("RGB")], segmentation_maps=[label], instance_id_to_semantic_id=[classes], return_tensors=None)
        masks, found = np.asarray(out["mask_labels"][0]).astype(bool), np.asarray(out["class_labels"][0])
        painted = truth.painted(stem, label.shape, lambda k, _: k + 1)
        left = [k for k in range(len(expected)) if (painted == k + 1).any()]  # others are covered whole
        assert len(masks) == len(left) == len(instances), stem
        for m, c, k in zip(masks, found, left):
            h, w = label.shape  # the processor pads to multiples of 32
            assert np.array_equal(m[:h, :w], painted == k + 1) and not m[h:].any() and not m[:, w:].any(), stem
            assert truth.classes[int(c)] == expected[k][0], stem
            compared += 1
    return compared


def nnunet(root, truth):
    """nnU-Net's check of a raw dataset, and its readers, on the layout nnunet."""
    from nnunetv2.experiment_planning.verify_dataset_integrity import verify_dataset_integrity
    from nnunetv2.imageio.reader_writer_registry import determine_reader_writer_from_dataset_json

    verify_dataset_integrity(root, 1)
    with open(f"{root}/dataset.json") as f:
        dataset = json.load(f)
    suffix = dataset["file_ending"]
    reader = determine_reader_writer_from_dataset_json(dataset, f"{root}/imagesTr/{next(iter(truth.of))}_0000{suffix}")()
    compared = 0
    for stem in truth.of:
        image, _ = reader.read_images([f"{root}/imagesTr/{stem}_0000{suffix}"])
        seg, _ = reader.read_seg(f"{root}/labelsTr/{stem}{suffix}")
        assert image.shape[0] == len(dataset["channel_names"]) and image.shape[1:] == seg.shape[1:], stem
        expected = truth.painted(stem, seg.shape[2:], lambda _, name: dataset["labels"][name])
        assert np.array_equal(seg[0, 0], expected), stem
        compared += len(truth.of[stem])
    with open(f"{root}/splits_final.json") as f:
        (split,) = json.load(f)
    assert sorted(split["train"] + split["val"]) == sorted(truth.of) and split["val"]
    return compared


def cellpose(root, truth, out):
    """Cellpose's readers on the format labels; and _seg.npy and _cp_masks.tif that it writes of the same masks."""
    from cellpose import io

    os.makedirs(out + "/seg")
    os.makedirs(out + "/cp/masks")
    compared = 0
    for stem in truth.of:
        (image,) = Path(f"{root}/images").glob(stem + ".*")
        pixels, label = io.imread(str(image)), io.imread(f"{root}/labels/{stem}.tif")
        painted = truth.painted(stem, label.shape, lambda k, _: k + 1)
        shown = [n for n in np.unique(painted) if n]
        for number, n in enumerate(shown, 1):
            assert np.array_equal(label == number, painted == n), stem
            compared += 1
        assert label.max() == len(shown), stem
        for folder in "seg", "cp":  # it reads and writes next to the image
            os.link(image, f"{out}/{folder}/{image.name}")
        flows = [np.zeros((*label.shape, 3), np.uint8), np.zeros((2, *label.shape), np.float32), np.zeros(label.shape, np.float32)]
        io.masks_flows_to_seg(pixels, label, flows, f"{out}/seg/{image.name}")
        io.save_masks([pixels], [label], [flows], [f"{out}/cp/{image.name}"], png=False, tif=True, savedir=out + "/cp/masks")
        os.link(f"{root}/labels/{stem}.tif", f"{out}/cp/{stem}_masks.tif")
    images, labels, names = io.load_images_labels(out + "/cp", mask_filter="_masks", image_filter=None)[:3]
    assert len(labels) == len(truth.of) and all(np.array_equal(l, io.imread(f"{root}/labels/{Path(n).stem}.tif")) for l, n in zip(labels, names))
    return compared


WORKS = {"rfdetr": (rfdetr, "rfdetr"), "mask2former": (mask2former, "transformers"), "nnunet": (nnunet, "nnunetv2"), "cellpose": (cellpose, "cellpose")}


def main():
    name, root, coco, *more = sys.argv[1:]
    check, package = WORKS[name]
    compared = check(root, Truth(coco), *more)
    assert compared > 0
    print(f"{package} {importlib.metadata.version(package)}: {compared} instances equal")


if __name__ == "__main__":  # nnU-Net starts processes
    main()
