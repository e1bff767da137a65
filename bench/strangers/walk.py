"""Walks the commands over a study that is not HuBMAP's (study.py) and compares every number with pycocotools and pandas:

    python bench/strangers/walk.py HUBDATA [--seed N] [--odd]

It stops at the first difference. convert, submission and demo are about HuBMAP's own files, and train starts
MMDetection: they are not walked.
"""
import argparse
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn.model_selection import GroupKFold

p = argparse.ArgumentParser()
p.add_argument("hubdata", type=pathlib.Path)
p.add_argument("--seed", type=int, default=1)
p.add_argument("--odd", action="store_true")
args = p.parse_args()
hubdata = args.hubdata.resolve()
words = ("HuBMAP", "Kaggle", "competition", "blood_vessel", "tile_meta")


def run(*line, codes=(0,)):
    """Runs a command; no text of it may speak of data that these are not."""
    out = subprocess.run([str(hubdata), *map(str, line)], cwd=folder, capture_output=True, text=True)
    said = out.stdout + out.stderr
    assert out.returncode in codes, (line, out.returncode, said)
    for word in words:
        assert word not in said, (line, word, said)
    return out.stdout


def equal(what, got, expected, tolerance=1e-12):
    same = abs(got - expected) <= tolerance * max(1, abs(expected)) if isinstance(expected, float) else got == expected
    assert same, f"{what}: found {got}, expected {expected}"
    global compared
    compared += 1


compared = 0
folder = pathlib.Path(tempfile.mkdtemp())
make = [sys.executable, str(pathlib.Path(__file__).with_name("study.py")), str(folder), "--seed", str(args.seed)]
subprocess.run(make, check=True)
quiet = contextlib.redirect_stdout(io.StringIO())
with quiet:
    truth = COCO(str(folder / "study.json"))
    found = truth.loadRes(str(folder / "detections.json"))
if args.odd:  # the same numbers, written as floats
    subprocess.run([*make, "--odd"], check=True)

images = pd.DataFrame(truth.dataset["images"])
images["path:1"] = images.file_name.str.split("/").str[0]
images["path:-1"] = images.file_name.str.split("/").str[-2]
images = images.merge(pd.read_csv(folder / "clinic.csv", keep_default_na=False), on="file_name", how="left")
images["hospital"] = images.hospital.replace("", np.nan)
keys = {"patient": "patient", "wsi": "source_wsi", "stain": "stain", "control": "control", "path:1": "path:1",
        "path:-1": "path:-1", "hospital": "hospital"}
groups = {}
for key, column in keys.items():
    values = images[column].map(lambda v: "none" if pd.isna(v) else str(v).lower() if isinstance(v, bool) else str(v))
    groups[key] = {v: list(images.id[values == v]) for v in sorted(set(values))}
groups["patient"] = {v: i for v, i in groups["patient"].items()}

run("check", "study.json")

# eval: the whole, and each group of each key.
report = json.loads(run("eval", "--json", "--metric", "coco", "--by", ",".join(keys), "--table", "clinic.csv", "study.json", "detections.json"))


def scores(ids):
    e = COCOeval(truth, found, "segm")
    e.params.imgIds = ids
    with contextlib.redirect_stdout(io.StringIO()):
        e.evaluate()
        e.accumulate()
        e.summarize()
    return e.stats


for k, v in enumerate(scores(sorted(images.id))):
    equal(f"eval stats[{k}]", report["stats"][k], float(v))
for by in report["by"]:
    parts = {part["part"]: part for part in by["parts"]}
    equal(f"eval --by {by['by']}", sorted(parts), sorted(groups[by["by"]]))
    for name, ids in groups[by["by"]].items():
        equal(f"eval --by {by['by']} {name}: images", parts[name]["images"], len(ids))
        equal(f"eval --by {by['by']} {name}: instances", parts[name]["instances"], len(truth.getAnnIds(ids)))
        equal(f"eval --by {by['by']} {name}: detections", parts[name]["detections"], len(found.getAnnIds(ids)))
        if truth.getAnnIds(ids):
            equal(f"eval --by {by['by']} {name}: AP", parts[name]["ap"], float(scores(sorted(ids))[0]))

# stats: measures of each group, from the pixels.
rows = []
for a in truth.dataset["annotations"]:
    pixels = masks.decode(truth.annToRLE(a))
    x, y = np.flatnonzero(pixels.any(0)), np.flatnonzero(pixels.any(1))
    height, width = pixels.shape
    rows.append({"image": a["image_id"], "area": float(pixels.sum()), "width": float(x[-1] - x[0] + 1), "height": float(y[-1] - y[0] + 1),
                 "border-cut": float(x[0] <= 1 or y[0] <= 1 or x[-1] >= width - 2 or y[-1] >= height - 2)})
measures = pd.DataFrame(rows)
stats = json.loads(run("stats", "--json", "--by", ",".join([*keys, "class"]), "--table", "clinic.csv", "study.json"))
for group in stats["sets"][0]["groups"]:
    by, name = group.get("by", ""), group.get("name", "")
    if by == "class":
        continue
    ids = groups[by][name] if by else list(images.id)
    of = measures[measures.image.isin(ids)]
    equal(f"stats {by} {name}: tiles", group["tiles"], len(ids))
    equal(f"stats {by} {name}: instances", group["instances"], len(of))
    for m in group["measures"]:
        if m["measure"] in measures and len(of):
            equal(f"stats {by} {name}: mean {m['measure']}", m["mean"], float(of[m["measure"]].mean()))
            equal(f"stats {by} {name}: median {m['measure']}", m["median"], float(of[m["measure"]].median()))

# filter and merge: the parts are the whole.
for key in ("stain", "patient", "hospital", "path:-1"):
    parts = []
    for k, (value, ids) in enumerate(groups[key].items()):
        run("filter", "--where", f"{key}={value}", "--table", "clinic.csv", "--allow-empty", "--force", "--quiet", "-o", f"part{k}.json", "study.json")
        part = json.loads((folder / f"part{k}.json").read_text())
        equal(f"filter --where {key}={value}", sorted(i["id"] for i in part["images"]), sorted(ids))
        equal(f"filter --where {key}={value}: annotations", len(part["annotations"]), len(truth.getAnnIds(ids)))
        parts.append(f"part{k}.json")
    run("merge", "--quiet", "--force", "-o", "whole.json", *parts)
    whole = json.loads((folder / "whole.json").read_text())
    equal(f"merge by {key}", [len(whole["images"]), len(whole["annotations"])], [len(images), len(truth.dataset["annotations"])])

# folds: whole patients, as scikit-learn divides them; leaks by patient and slide are found where there are any.
run("folds", "--coco", "study.json", "--group", "patient", "-k", 3, "-o", "split")
plan = pd.read_csv(folder / "split" / "study_folds3.csv").fold.to_numpy()
expected = np.zeros(len(images), int)
for k, (_, valid) in enumerate(GroupKFold(3, shuffle=True, random_state=42).split(images, groups=images.patient)):
    expected[valid] = k + 1
equal("folds --group patient", plan.tolist(), expected.tolist())
for fold in (1, 2, 3):
    for use in ("train", "valid"):
        ids = images.id[(plan == fold) == (use == "valid")]
        part = json.loads((folder / "split" / f"study_{use}_fold{fold}.json").read_text())
        equal(f"folds: {use} {fold}", [len(part["images"]), len(part["annotations"])], [len(ids), len(truth.getAnnIds(list(ids)))])
run("folds", "--coco", "study.json", "-k", 3, "-o", "plain.csv")
audit = json.loads(run("folds", "--audit", "plain.csv", "--coco", "study.json", "--table", "clinic.csv", "--audit-by", "hospital",
                       "--image-dir", "images", "--json"))["audit"]
plan = pd.read_csv(folder / "plain.csv").fold.to_numpy()
for fold in audit["folds"]:
    def shared(column):
        sides = images.assign(valid=plan == fold["fold"]).groupby(column).valid
        return sorted(str(v) for v in sides.any().index[sides.any() & ~sides.all()])
    equal("folds: slides", sorted(s["slide"] for s in fold["shared_slides"]), shared("source_wsi"))
    for name in ("patient", "hospital"):
        equal(f"folds: {name}", sorted(s["value"] for s in fold.get("shared_groups", []) if s["group"] == name), shared(name))
assert any("stain" in text for text in audit["not_audited"]), audit["not_audited"]

# pseudo: one model's results above a score are its labels.
run("pseudo", "--images", "study.json", "--model", "m=detections.json", "--iou", 0.99, "--thr", 0.5, "--post", "none", "--skip", 0, "-o", "pseudo.json")
pseudo = json.loads((folder / "pseudo.json").read_text())
equal("pseudo: labels", len(pseudo["annotations"]), sum(r["score"] > 0.5 for r in found.dataset["annotations"]))
equal("pseudo: categories", [c["id"] for c in pseudo["categories"]], [7, 12, 30])
run("check", "pseudo.json")

# show and report: a map of each slide, a page without an error.
run("show", "--map", "--image-dir", "images", "-o", "maps/", "study.json")
equal("show --map", len(list((folder / "maps").glob("*.png"))), images.source_wsi.nunique())
shown = json.loads(run("show", "--where", "stain=none", "--all", "--image-dir", "images", "--json", "-o", "shown/", "study.json"))
equal("show --where stain=none", len(shown["tiles"]), len(groups["stain"]["none"]))
run("report", "--folds", "plain.csv", "--truth", "study.json", "--predictions", "detections.json", "--image-dir", "images", "-o", "report.html", "study.json")
page = (folder / "report.html").read_text()
assert "images of one slide" in page or "patient" in page
print(f"{compared} numbers of {len(images)} images are equal to those of pycocotools, pandas and scikit-learn")
