"""Compares the time of hubdata show with matplotlib: 100 tiles to 100 PNGs, and to one sheet.

    python bench/show.py HUBDATA FOLDER [RUNS]

FOLDER is a dataset folder with images (hubdata demo writes one). The tiles become LZW
TIFF, like those of the competition. Tiles with outlines are repeated under other names
until there are 100. The processes run in turn. The output has the medians of wall-clock
time, processor time and peak memory of whole processes.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from PIL import Image

hubdata, folder = sys.argv[1:3]
runs = int(sys.argv[3]) if len(sys.argv) > 3 else 3
here = os.path.dirname(os.path.abspath(__file__))


def timed(argv):
    start = time.perf_counter()
    p = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    if status:
        sys.exit(f"{argv} failed")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


with tempfile.TemporaryDirectory() as d:
    images = os.path.join(d, "train")
    os.mkdir(images)
    data = {"images": [], "annotations": [], "categories": []}
    for tier in ("ds1", "ds2"):
        with open(os.path.join(folder, "coco_data", "coco", tier + ".json")) as f:
            part = json.load(f)
        data["categories"] = part["categories"]
        data["images"] += part["images"]
        data["annotations"] += part["annotations"]
    of = {}
    for a in data["annotations"]:
        of.setdefault(a["image_id"], []).append(a)
    out = {"images": [], "annotations": [], "categories": data["categories"]}
    for n in range(100):
        img = data["images"][n % len(data["images"])]
        name = f"tile{n:03d}"
        Image.open(os.path.join(folder, "train", img["file_name"])).convert("RGB").save(os.path.join(images, name + ".tif"), compression="tiff_lzw")
        out["images"].append({"id": n + 1, "file_name": name + ".tif", "height": img["height"], "width": img["width"]})
        for a in of.get(img["id"], []):
            out["annotations"].append({**a, "id": len(out["annotations"]) + 1, "image_id": n + 1})
    path = os.path.join(d, "tiles.json")
    with open(path, "w") as f:
        json.dump(out, f)
    show = [hubdata, "show", path, "--all", "--quiet", "--force"]
    commands = {
        "matplotlib, Pillow, pycocotools: 100 PNGs": [sys.executable, os.path.join(here, "show_ref.py"), path, images, os.path.join(d, "ref")],
        "hubdata show --all -o DIR/: 100 PNGs": [*show, "-o", os.path.join(d, "own") + os.sep],
        "hubdata show --all -o DIR/ -j 1": [*show, "-j", "1", "-o", os.path.join(d, "one") + os.sep],
        "hubdata show --all --grid 10x10: one sheet": [*show, "--grid", "10x10", "-o", os.path.join(d, "sheet.png")],
    }
    seen = {name: [] for name in commands}
    for i in range(runs + 1):
        for name, argv in commands.items():
            got = timed(argv)
            if i:  # the first round fills the file cache
                seen[name].append(got)
    print(f"| 100 tiles of 512 x 512, {len(out['annotations']):,} instances | wall s | processor s | peak MB | times faster |")
    print("|---|---|---|---|---|")
    base = None
    for name, list_ in seen.items():
        wall, cpu, peak = (statistics.median(r[k] for r in list_) for k in range(3))
        base = base or wall
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {base / wall:.1f} |")
    size = lambda folder: sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder)) / 1e6
    print(f"\n{size(os.path.join(d, 'own')):.0f} MB of PNG, matplotlib's {size(os.path.join(d, 'ref')):.0f} MB")
