"""Merges COCO files with datumaro: python bench/merge_ref.py OUT FILE FILE..."""
import os
import sys

import datumaro as dm

out, *paths = sys.argv[1:]
parts = []
for path in paths:
    folder = os.path.join(out, "input", os.path.splitext(os.path.basename(path))[0], "annotations")
    os.makedirs(folder, exist_ok=True)
    os.makedirs(os.path.join(os.path.dirname(folder), "images"), exist_ok=True)  # datumaro needs one
    link = os.path.join(folder, "instances_all.json")  # and this name
    if not os.path.exists(link):
        os.symlink(os.path.abspath(path), link)
    parts.append(dm.Dataset.import_from(os.path.dirname(folder), "coco_instances"))
merged = dm.Dataset.from_extractors(*parts)
merged.export(os.path.join(out, "datumaro"), "coco_instances", save_media=False, segmentation_mode="mask")
