"""Does what `hubdata submission encode` and `decode` do, in the way of notebooks:

    python bench/submission_ref.py encode TILES.json RESULTS.json OUT.csv
    python bench/submission_ref.py decode TILES.json SUBMISSION.csv OUT.json
"""
import base64
import csv
import json
import os
import sys
import zlib

from pycocotools import mask as mask_api


def images(path):
    with open(path) as f:
        d = json.load(f)
    return [(os.path.splitext(i["file_name"])[0], i) for i in d["images"]], d["categories"][0]["id"]


def encode(tiles, results, out):
    tiles, _ = images(tiles)
    found = {i["id"]: [] for _, i in tiles}
    with open(results) as f:
        for r in json.load(f):
            found[r["image_id"]].append(r)
    with open(out, "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["id", "height", "width", "prediction_string"])
        for name, i in tiles:
            tokens = []
            for r in sorted(found[i["id"]], key=lambda r: -r["score"]):
                counts = r["segmentation"]["counts"]
                if len(counts) < 6 and mask_api.area(r["segmentation"]) == 0:  # the competition's scorer rejects it
                    continue
                packed = base64.b64encode(zlib.compress(counts.encode(), zlib.Z_BEST_COMPRESSION))
                tokens.append(f"0 {r['score']} {packed.decode()}")
            w.writerow([name, i["height"], i["width"], " ".join(tokens)])


def decode(tiles, submission, out):
    tiles, category = images(tiles)
    ids = {name: i["id"] for name, i in tiles}
    csv.field_size_limit(1 << 30)
    found = []
    with open(submission, newline="") as f:
        for row in csv.DictReader(f):
            h, w = int(row["height"]), int(row["width"])
            tokens = row["prediction_string"].split()
            for score, text in zip(tokens[1::3], tokens[2::3]):
                rle = {"size": [h, w], "counts": zlib.decompress(base64.b64decode(text))}
                found.append({"image_id": ids[row["id"]], "category_id": category, "bbox": mask_api.toBbox(rle).tolist(), "score": float(score),
                              "segmentation": {"size": [h, w], "counts": rle["counts"].decode()}})
    with open(out, "w") as f:
        json.dump(found, f)


{"encode": encode, "decode": decode}[sys.argv[1]](*sys.argv[2:])
