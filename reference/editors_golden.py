"""Makes files with the editors' own writers, for the tests of formats/*:

    python reference/editors_golden.py WRITER DIR

WRITER is labelme (its write_label_file and shape_to_mask; DIR formats/labelme/testdata),
datumaro (its exporters of CVAT and VOC; DIR formats) or labelstudio (label_studio_sdk's brush
encoder; DIR formats/labelstudio/testdata). Pixels are compressed runs of pycocotools.
"""

import json
import os
import shutil
import sys
from importlib.metadata import version

import numpy as np
from pycocotools import mask as coco_mask

RNG = np.random.default_rng(7)
H, W = 37, 53


def blob():
    m = np.zeros((H, W), bool)
    for k in range(RNG.integers(1, 6)):
        y, x = np.mgrid[:H, :W]
        cy, cx, r = RNG.integers(H), RNG.integers(W), RNG.integers(1, 12)
        m[(y - cy) ** 2 + (x - cx) ** 2 <= r * r] = k % 2 == 0
    m[RNG.integers(H), RNG.integers(W)] = True
    return m


def counts(m):
    return coco_mask.encode(np.asfortranarray(m.astype(np.uint8)))["counts"].decode()


def save(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(data, f, indent=1)
        f.write("\n")


def labelme(out):
    import base64
    import io

    import PIL.Image
    from labelme._label_file import write_label_file
    from labelme.utils.shape import shape_to_mask

    shapes, pixels = [], []
    for _ in range(40):
        m = blob()
        ys, xs = np.nonzero(m)
        box = [[int(xs.min()), int(ys.min())], [int(xs.max()), int(ys.max())]]
        part = m[box[0][1] : box[1][1] + 1, box[0][0] : box[1][0] + 1]
        picture = io.BytesIO()
        PIL.Image.fromarray(part.astype(np.uint8)).save(picture, "PNG")
        shapes.append({"label": "mask", "points": box, "group_id": None, "shape_type": "mask", "flags": {},
                       "description": "", "mask": base64.b64encode(picture.getvalue()).decode()})
        pixels.append(counts(m))
    for _ in range(40):  # sides at right angles and diagonals: Pillow and OpenCV agree on them
        x, y, w, h = RNG.integers(0, 30), RNG.integers(0, 20), RNG.integers(2, 20), RNG.integers(2, 15)
        k = int(min(w, h) // 2)
        ring = [[x + k, y], [x + w, y], [x + w, y + h - k], [x + w - k, y + h], [x, y + h], [x, y + k]]
        ring = [[float(a) + 0.25, float(b) + 0.5] for a, b in ring]
        shapes.append({"label": "polygon", "points": ring, "group_id": None, "shape_type": "polygon", "flags": {}})
        pixels.append(counts(shape_to_mask((H, W), ring, "polygon")))
    os.makedirs(out, exist_ok=True)
    write_label_file(f"{out}/labelme.json", shapes=shapes, image_path="a.png", image_height=H, image_width=W)
    save(f"{out}/expected/labelme.json", {"versions": f"labelme {version('labelme')}", "counts": pixels})


def datumaro(out):
    from datumaro.components.annotation import Bbox, Mask, Polygon
    from datumaro.components.dataset import Dataset
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image

    items, pixels = [], []
    for n in range(6):
        annotations = []
        for k in range(4):
            m = blob()
            label = int(RNG.integers(2))
            if k == 0:
                x, y = RNG.integers(0, 30), RNG.integers(0, 20)
                ring = [x, y, x + 9, y, x + 9, y + 7.5, x, y + 7.5]
                annotations.append(Polygon([float(v) for v in ring], label=label, group=0))
                m = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects([[float(v) for v in ring]], H, W)))
            else:
                annotations.append(Mask(m, label=label, group=0))
            pixels.append({"image": f"{n}.jpg", "class": f"class {label}", "counts": counts(m)})
        items.append(DatasetItem(id=str(n), subset="train", media=Image.from_numpy(np.zeros((H, W, 3), np.uint8)),
                                 annotations=annotations))
    data = Dataset.from_iterable(items, categories=["class 0", "class 1"])
    path = f"{out}/cvat/testdata/datumaro"
    shutil.rmtree(path, ignore_errors=True)
    data.export(path, "cvat", save_media=False)
    versions = f"datumaro {version('datumaro')}"
    save(f"{out}/cvat/testdata/expected.json", {"versions": versions, "instances": pixels})

    items, pixels = [], []
    for n in range(4):
        rest, annotations = np.ones((H, W), bool), []
        for k in range(3):
            m = blob() & rest
            if m.sum() == 0:
                continue
            rest &= ~m
            ys, xs = np.nonzero(m)
            label = int(RNG.integers(2))
            annotations.append(Bbox(int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1, label=label, group=k + 1, id=k))
            annotations.append(Mask(m, label=label, group=k + 1))
            pixels.append({"image": f"{n}.jpg", "class": f"class {label}", "counts": counts(m)})
        items.append(DatasetItem(id=str(n), subset="train", media=Image.from_numpy(np.zeros((H, W, 3), np.uint8)),
                                 annotations=annotations))
    data = Dataset.from_iterable(items, categories=["class 0", "class 1"])
    path = f"{out}/voc/testdata/datumaro"
    shutil.rmtree(path, ignore_errors=True)
    data.export(path, "voc", save_media=False, label_map="source", apply_colormap=True)
    save(f"{out}/voc/testdata/expected.json", {"versions": versions, "instances": pixels})


def labelstudio(out):
    from label_studio_sdk.converter import brush

    results, pixels = [], []
    for k in range(30):
        m = blob()
        results.append({"id": str(k), "from_name": "brush", "to_name": "image", "type": "brushlabels", "image_rotation": 0,
                        "original_width": W, "original_height": H,
                        "value": {"format": "rle", "rle": brush.mask2rle((m * 255).astype(np.uint8)), "brushlabels": ["x"]}})
        pixels.append(counts(m))
    tasks = [{"id": 1, "data": {"image": "a.png"}, "annotations": [{"id": 1, "result": results}], "predictions": []}]
    save(f"{out}/brush.json", tasks)
    save(f"{out}/expected/brush.json", {"versions": f"label-studio-sdk {version('label-studio-sdk')}", "counts": pixels})


if __name__ == "__main__":
    writers = {"labelme": labelme, "datumaro": datumaro, "labelstudio": labelstudio}
    if len(sys.argv) != 3 or sys.argv[1] not in writers:
        sys.exit(__doc__)
    writers[sys.argv[1]](sys.argv[2].rstrip("/"))
