"""Reads an export in the layout datumaro with datumaro, and writes it again:
    python reference/export_datumaro.py FOLDER OUT
"""

import json
import sys
from pathlib import Path

import datumaro
from pycocotools import mask as masks


def main():
    root, out = sys.argv[1:]
    data = datumaro.Dataset.import_from(root, "coco_instances")
    compared = 0
    for file in Path(root, "annotations").glob("*.json"):
        with open(file) as f:
            truth = json.load(f)
        split = file.stem.removeprefix("instances_")
        for image in truth["images"]:
            item = data.get(Path(image["file_name"]).stem, split)
            assert item is not None, image
            assert tuple(item.media.size) == (image["height"], image["width"])
            expected = {a["id"]: a for a in truth["annotations"] if a["image_id"] == image["id"]}
            found = {}
            for a in item.annotations:
                found.setdefault(a.group, []).append(a.points)
            assert set(found) == set(expected), image
            for k, rings in found.items():
                pixels = [masks.decode(masks.merge(masks.frPyObjects([list(r) for r in s], image["height"], image["width"]))) for s in (rings, expected[k]["segmentation"])]
                assert (pixels[0] == pixels[1]).all(), k
                compared += 1
    data.export(out, "coco_instances", save_media=False)
    print(f"export --to coco in datumaro's layout: {compared} instances are equal")


main()
