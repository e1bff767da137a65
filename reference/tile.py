"""Compares hubdata tile with pycocotools and OpenSlide on random slides.

    python reference/tile.py PROGRAM [--seed N] [--count N]

Slides are drawn with outlines that have fractions and reach beyond the border, and written as pyramids by libvips. Each
part that hubdata cuts must have the pixels that pycocotools fills on the whole slide, cropped; each part that is missing
must be empty; each image of a tile must have the pixels that OpenSlide reads there.
"""

import argparse
import json
import os
import subprocess
import tempfile

import numpy as np
import openslide
import pycocotools
import pyvips
from PIL import Image
from pycocotools import mask


def draw(rng, d):
    """Writes slides and their annotations; returns the set."""
    images, annotations = [], []
    for k in range(int(rng.integers(1, 4))):
        w, h = (int(n) for n in rng.integers(30, 900, 2))
        images.append({"id": k + 1, "file_name": "s%d.tif" % k, "width": w, "height": h, "patient": "p%d" % k})
        pixels = rng.integers(0, 256, (h, w, 3)).astype(np.uint8)
        im = pyvips.Image.new_from_memory(pixels.tobytes(), w, h, 3, "uchar").copy(interpretation="srgb")
        im.tiffsave(os.path.join(d, "s%d.tif" % k), tile=True, pyramid=True, tile_width=64, tile_height=64, compression=str(rng.choice(["lzw", "deflate", "none"])))
        for _ in range(int(rng.integers(0, 12))):
            x, y, size = rng.uniform(-20, w + 20), rng.uniform(-20, h + 20), rng.uniform(3, 200)
            rings = []
            for _ in range(int(rng.integers(1, 3))):
                p = np.array([x, y]) + (rng.random((int(rng.integers(3, 12)), 2)) - 0.5) * size
                rings.append(np.round(p, int(rng.integers(0, 4))).ravel().tolist())
            annotations.append({"id": len(annotations) + 1, "image_id": k + 1, "category_id": 1, "iscrowd": 0, "segmentation": rings, "score": 0.5})
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "vessel"}]}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("program")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--count", type=int, default=40)
    o = a.parse_args()
    rng = np.random.default_rng(o.seed)
    parts = tiles = instances = 0
    for n in range(o.count):
        with tempfile.TemporaryDirectory() as d:
            data = draw(rng, d)
            path = os.path.join(d, "in.json")
            with open(path, "w") as f:
                json.dump(data, f)
            size = [int(v) for v in rng.integers(20, 400, 2)]
            edge = str(rng.choice(["pad", "shift", "crop", "drop"]))
            out = os.path.join(d, "out")
            run = subprocess.run([o.program, "tile", "--quiet", "--size", "%dx%d" % tuple(size), "--overlap", str(int(rng.integers(0, min(size)))), "--edge", edge,
                                  "--segmentation", str(rng.choice(["rle", "polygon", "counts"])), "--image-dir", d, "-o", out, path], capture_output=True, text=True)
            if "no tile of" in run.stderr:
                continue
            assert run.returncode in (0, 4), run.stderr  # 4: an outline has no pixel on its slide
            with open(os.path.join(out, "tiles.json")) as f:
                got = json.load(f)
            whole = {}
            for a in data["annotations"]:
                img = data["images"][a["image_id"] - 1]
                rles = mask.frPyObjects(a["segmentation"], img["height"], img["width"])
                whole[a["id"]] = mask.decode(mask.merge(rles))
            slides = {"s%d" % k: openslide.OpenSlide(os.path.join(d, img["file_name"])) for k, img in enumerate(data["images"])}
            of = {}
            for p in got["annotations"]:
                of.setdefault(p["image_id"], {})[p["whole"]] = p
            for img in got["images"]:
                slide, x, y, w, h = img["source_wsi"], img["i"], img["j"], img["width"], img["height"]
                k = int(slide[1:])
                assert img["patient"] == "p%d" % k
                for a in data["annotations"]:
                    if a["image_id"] != k + 1:
                        continue
                    expected = np.zeros((h, w), np.uint8)
                    crop = whole[a["id"]][y:y + h, x:x + w]
                    expected[:crop.shape[0], :crop.shape[1]] = crop
                    p = of.get(img["id"], {}).pop(a["id"], None)
                    assert (p is not None) == bool(expected.any()), (n, img, a)
                    if p is None:
                        continue
                    s = p["segmentation"]
                    s = mask.merge(mask.frPyObjects(s, h, w)) if isinstance(s, list) else mask.frPyObjects(s, h, w) if isinstance(s["counts"], list) else s
                    assert (mask.decode(s) == expected).all(), (n, img, a)
                    ys, xs = np.nonzero(expected)
                    box = [xs.min(), ys.min(), xs.max() - xs.min() + 1, ys.max() - ys.min() + 1]
                    assert p["area"] == expected.sum() and p["bbox"] == box and p["score"] == 0.5, (n, p)
                    parts += 1
                assert not of.get(img["id"]), (n, of[img["id"]])
                pixels = np.asarray(Image.open(os.path.join(out, img["file_name"])))
                rgba = np.asarray(slides[slide].read_region((x, y), 0, (w, h)))
                expected = np.where(rgba[:, :, 3:] == 255, rgba[:, :, :3], 255)
                assert (pixels == expected).all(), (n, img)
                tiles += 1
            instances += len(data["annotations"])
    print("%d parts of %d instances as pycocotools fills them, %d tiles as OpenSlide %s reads them" % (parts, instances, tiles, openslide.__library_version__))


if __name__ == "__main__":
    main()
