"""Makes a folder ten times as large: python bench/tenfold.py FROM TO
Each tile, its line and the predictions on it are repeated ten times under other names.
The ground truth of the predictions has no annotations."""
import glob
import json
import os
import re
import sys

src, dst = sys.argv[1:]
os.makedirs(f"{dst}/predictions", exist_ok=True)
with open(f"{src}/tile_meta.csv") as f, open(f"{dst}/tile_meta.csv", "w") as g:
    header, *rows = f.read().splitlines()
    g.write(header + "\n")
    for k in range(10):
        g.writelines(f"{k:02x}{row[2:]}\n" for row in rows)
with open(f"{dst}/polygons.jsonl", "w") as g:
    for k in range(10):
        with open(f"{src}/polygons.jsonl") as f:
            for line in f:
                assert line.startswith('{"id": "')
                g.write(f'{{"id": "{k:02x}{line[10:]}')
# The id of an image is the row of its tile.
for path in glob.glob(f"{src}/predictions/*.segm.json"):
    with open(path, "rb") as f:
        text = f.read().strip()
    assert text.startswith(b"[") and text.endswith(b"]")
    with open(f"{dst}/predictions/{os.path.basename(path)}", "wb") as g:
        for k in range(10):
            g.write(b"[" if k == 0 else b", ")
            g.write(re.sub(rb'"image_id": (\d+)', lambda m: b'"image_id": %d' % (int(m[1]) + k * len(rows)), text[1:-1]))
        g.write(b"]")
with open(f"{src}/ds3_truth.json") as f:
    truth = json.load(f)
images = [{**i, "id": i["id"] + k * len(rows), "file_name": f"{k:02x}{i['file_name'][2:]}"} for k in range(10) for i in truth["images"]]
with open(f"{dst}/ds3_truth.json", "w") as f:
    json.dump({**truth, "images": images, "annotations": []}, f)
