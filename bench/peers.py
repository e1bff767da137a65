"""Runs hubdata and its peers on the same work, compares their results, and
prints one table. bench/peers.sh calls it and describes its options.

A time counts only if the result is the same; the last column lists differences.
The commands for the same work alternate. Times are wall-clock seconds of whole processes, from the
files to the result, and processor time of all threads; memory is the peak resident set. Kernels run
in one process each, on one thread. The figures are the medians of the rounds."""
import argparse
import csv
import datetime
import glob
import importlib.metadata
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys

import eval_sets
import formats
import measure
import pseudo
import stitch

here = os.path.dirname(os.path.abspath(__file__))


class Bench:
    """The paths, and the measured rows."""

    def __init__(self, args):
        self.work, self.venvs, self.quick, self.most = args.work, args.venvs, args.quick, 1 if args.quick else args.rounds
        self.hubdata = f"{args.work}/bin/hubdata"
        self.real = os.environ.get("HUBDATA_REAL") or os.path.join(args.root, "..", "shared", "data")
        self.rows, self.skipped = [], []
        self.full, self.tenfold = f"{args.work}/full", f"{args.work}/tenfold"

    def python(self, venv="main"):
        return f"{self.venvs}/{venv}/bin/python"

    def ref(self, script, *argv, venv="main"):
        return [self.python(venv), f"{here}/{script}", *argv]

    def has(self, package, venv="main"):
        return bool(glob.glob(f"{self.venvs}/{venv}/lib/python*/site-packages/{package.replace('-', '_')}-*.dist-info"))

    def skip(self, why):
        self.skipped.append(why)
        print(f"skipped: {why}", file=sys.stderr, flush=True)

    def folder(self, name):
        """A fresh folder for outputs."""
        path = f"{self.work}/out/{name}"
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        return path

    def compare(self, section, work, tools, rounds, agree):
        """Measures tools, a dict of name to argv, "hubdata" first. agree(name) says after the
        first round how the peer's result compares with hubdata's: "" if it is the same.
        rounds is a number, or one for each name."""
        rounds = {name: min(self.most, rounds if isinstance(rounds, int) else rounds.get(name, rounds["*"])) for name in tools}
        print(f"{section}: {work}", file=sys.stderr, flush=True)
        checked = {}

        def runner(name, argv):
            def run():
                r = measure.Run(argv)
                if name != "hubdata" and name not in checked:
                    checked[name] = agree(name, r)
                elif name == "hubdata":
                    self.own = r
                return r
            return run

        measure.Run(tools["hubdata"])  # a first round that does not count fills the file cache
        runs, failed = measure.alternate({name: runner(name, argv) for name, argv in tools.items()}, rounds)
        if "hubdata" in failed:
            raise RuntimeError(failed["hubdata"])
        for name, why in failed.items():
            self.skip(f"{section}, {work}: {name} fails: {why.splitlines()[-1]}")
        for name, r in runs.items():
            self.row(section, work, name, "s", statistics.median(x.seconds for x in r), len(r),
                     cpu=statistics.median(x.cpu for x in r), mb=max(x.mb for x in r), differs=checked.get(name, ""),
                     inner=[float(v) for x in r for v in re.findall(r"^after import: ([\d.]+) s$", x.out, re.M)])

    def row(self, section, work, tool, unit, value, rounds, cpu=None, mb=None, differs="", inner=()):
        row = {"section": section, "work": work, "tool": tool, "unit": unit, "value": float(f"{value:.4g}"), "rounds": rounds}
        if cpu is not None:
            row["cpu"] = float(f"{cpu:.4g}")
        if inner:
            row["inner"] = float(f"{statistics.median(inner):.4g}")
        if mb is not None:
            row["mb"] = round(mb)
        if differs:
            row["differs"] = differs
        self.rows.append(row)
        print("  ", row, file=sys.stderr, flush=True)


def load(path):
    with open(path) as f:
        return json.load(f)


def megabytes(*paths):
    return f"{sum(os.path.getsize(p) for p in paths) / 1e6:.1f} MB"


# Convert outlines to COCO.

def convert(b):
    works = [("the full demo", b.full, {"hubdata": 7, "*": 3}), ("ten times the full demo", b.tenfold, {"hubdata": 3, "*": 1})]
    if os.path.isdir(f"{b.real}/hubmap"):
        works.insert(0, ("96 real tiles", f"{b.real}/hubmap", 7))
    else:
        b.skip("convert, real tiles: they are not at hand")
    for name, folder, rounds in works:
        own, ref, dm = b.folder("convert"), b.folder("convert_ref"), b.folder("convert_datumaro")
        tools = {"hubdata": [b.hubdata, "convert", folder, "--quiet", "-o", own],
                 "notebook (csv, json, cv2, pycocotools)": b.ref("convert_ref.py", folder, ref)}
        if b.has("datumaro", "datumaro") and folder != b.tenfold:
            tools["datumaro"] = b.ref("convert_datumaro.py", folder, dm, venv="datumaro")

        def agree(tool, _):
            if tool == "datumaro":
                return same_masks(f"{own}/ds{{}}.json", f"{dm}/ds{{}}/annotations/instances_all.json")
            names = sorted(os.listdir(ref))
            for n in names:
                x, y = load(f"{own}/{n}"), load(f"{ref}/{n}")
                if x["images"] != y["images"] or x["annotations"] != y["annotations"]:
                    return f"{n} differs"
            return "" if names else "no file"

        b.compare("convert", f"outlines to COCO, {name}, {megabytes(f'{folder}/polygons.jsonl')}", tools, rounds, agree)


def masks_by_name(path):
    """The masks of a COCO file by the names of the images, in order."""
    d = load(path)
    names = {i["id"]: os.path.splitext(os.path.basename(i["file_name"]))[0] for i in d["images"]}
    out = {n: [] for n in names.values()}
    for a in d["annotations"]:
        counts = a["segmentation"]["counts"]
        out[names[a["image_id"]]].append(counts if isinstance(counts, str) else tuple(counts))
    return {n: sorted(m) for n, m in out.items()}


def same_masks(ours, theirs, sets=(1, 2)):
    from pycocotools import mask as mask_api

    for ds in sets:
        a, c = masks_by_name(ours.format(ds)), masks_by_name(theirs.format(ds))
        if set(a) != set(c):
            return f"ds{ds}: {len(c)} images, want {len(a)}"
        for name, masks in c.items():
            text = [m if isinstance(m, str) else mask_api.frPyObjects({"size": [512, 512], "counts": list(m)}, 512, 512)["counts"].decode() for m in masks]
            if sorted(text) != a[name]:
                return f"ds{ds}: masks of {name} differ"
    return ""


# Load and index a COCO file, in a running process.

def load_file(b):
    for form, flag in (("compressed runs", "rle"), ("polygons", "polygon")):
        for size, folder in (("", b.full), ("ten times ", b.tenfold)):
            out = b.folder("load")
            measure.Run([b.hubdata, "convert", folder, "--quiet", "--segmentation", flag, "-o", out])
            path = f"{out}/ds2.json"
            n = min(b.most, 5)
            tools = {"hubdata": [f"{b.work}/bin/load", path, "1"]}
            tools |= {t: b.ref("load_ref.py", t, path, "1") for t in ("pycocotools", "faster-coco-eval", "hotcoco", "ultrafast-pycocotools") if b.has(t)}
            runs, failed = measure.alternate({t: lambda argv=argv: measure.Run(argv) for t, argv in tools.items()}, {t: n for t in tools})
            for t, why in failed.items():
                b.skip(f"load: {t} fails: {why.splitlines()[-1]}")
            count = runs["hubdata"][0].out.split()[1]
            for t, r in runs.items():
                b.row("load", f"load and index {size}{megabytes(path)} of {form}", t, "s", statistics.median(float(x.out.split()[0]) for x in r), n,
                      mb=max(x.mb for x in r), differs="" if r[0].out.split()[1] == count else f"{r[0].out.split()[1]} annotations, want {count}")


# Average precision, from files to numbers.

EVALUATORS = ("pycocotools", "faster-coco-eval", "hotcoco", "ultrafast-pycocotools", "vernier")


def evaluate(b):
    sets = f"{b.work}/eval"
    eval_sets.make(sets, f"{b.full}/polygons.jsonl", 0.02 if b.quick else 1)
    works = []
    if os.path.isdir(f"{b.real}/hubmap"):
        truth = load(f"{b.real}/hubmap/fold0_val_gt.json")
        truth["licenses"] = []  # hotcoco needs a list
        for k, a in enumerate(truth["annotations"]):
            a["id"] = k + 1
        with open(f"{b.work}/real_truth.json", "w") as f:
            json.dump(truth, f)
        results = sorted(glob.glob(f"{b.real}/hubmap/predictions/*.segm.json"))[0]
        works += [(f"85 real tiles, 703 vessels, {len(load(results)):,} real detections", kind, f"{b.work}/real_truth.json", results, 5) for kind in ("segm", "bbox")]
    else:
        b.skip("eval, real detections: they are not at hand")
    slow = {"pycocotools": 3, "faster-coco-eval": 3, "*": 5}
    for name, set_, rounds in (("hubmap, 1,633 tiles, 136,000 detections", "hubmap", slow), ("like val2017, 36,781 detections", "coco", slow),
                               ("like val2017, 367,810 detections", "coco10", slow | {"pycocotools": 1})):
        works += [(name, kind, f"{sets}/{set_.rstrip('10')}_truth.json", f"{sets}/{set_}_{kind}.json", rounds) for kind in ("segm", "bbox")]
    # What pycocotools takes hours or a large machine for.
    none = {"pycocotools": 0, "faster-coco-eval": 0, "vernier": 0, "*": 5}
    for name, set_ in (("like val2017, 367,810 float32 boxes", "real10"), ("like val2017, 2,206,860 float64 boxes", "real60")):
        works.append((f"{name}, {megabytes(f'{sets}/{set_}_bbox.json')}", "bbox", f"{sets}/coco_truth.json", f"{sets}/{set_}_bbox.json", none))
    if os.path.isfile(f"{b.full}/ds3_truth.json"):
        results = sorted(glob.glob(f"{b.full}/predictions/*.segm.json"))[0]
        works.append((f"the full demo, 5,400 tiles, 540,000 detections, {megabytes(results)}", "segm", f"{b.full}/ds3_truth.json", results, none))
    for name, kind, truth, results, rounds in works:
        tools = {"hubdata": [b.hubdata, "eval", "--type", kind, "--metric", "coco", "--quiet", truth, results]}
        tools |= {t: b.ref("eval_ref.py", t, kind, truth, results) for t in EVALUATORS if b.has(t) and (isinstance(rounds, int) or rounds.get(t, 1))}

        def agree(_, run):
            want, got = numbers(b.own.out), numbers(run.out)
            return "" if len(want) == 12 and got == want else "other numbers: " + " ".join(map(str, got))

        b.compare("eval", f"AP {kind}, {name}", tools, rounds, agree)


def numbers(text):
    return [float(v) for v in re.findall(r"\] = +(-?[\d.]+)", text)][:12]


# Fusion of boxes, on one thread.

def boxes(b):
    argv = b.ref("boxes.py", b.work, f"{b.work}/bin/boxes", str(min(b.most, 3)))
    for line in measure.Run(argv).out.splitlines():
        r = json.loads(line)
        b.row("boxes", r["work"], r["tool"], "ns a box", r["ns"], r["rounds"], differs=r["differs"])


# Folds.

def folds(b):
    tables = [("7,033 tiles", b.full)]
    if os.path.isdir(f"{b.real}/hubmap"):
        tables = [("the real 7,033 tiles", f"{b.real}/hubmap")]
    for name, folder in tables + [("ten times the full demo's", b.tenfold)]:
        out = b.folder("folds")
        tools = {"hubdata": [b.hubdata, "folds", "-k", "5", "--quiet", "--force", "-o", f"{out}/plan.csv", folder],
                 "scikit-learn (csv, StratifiedKFold)": b.ref("folds_ref.py", folder, f"{out}/ref.csv")}

        def agree(*_):
            own, ref = ({r["id"]: r["fold"] for r in csv.DictReader(open(f"{out}/{n}.csv"))} for n in ("plan", "ref"))
            return "" if {i: f for i, f in own.items() if f != "-1"} == ref else "other folds"

        b.compare("folds", f"five stratified folds of dataset 1, {name}, to a CSV", tools, 7, agree)


# Merge two COCO files.

def merge(b):
    if not b.has("datumaro", "datumaro"):
        return b.skip("merge: datumaro is not installed")
    for name, folder, rounds in (("the full demo", b.full, {"hubdata": 7, "*": 3}), ("ten times the full demo", b.tenfold, {"hubdata": 3, "*": 1})):
        parts, out = b.folder("merge"), b.folder("merged")
        measure.Run([b.hubdata, "convert", folder, "--quiet", "-o", parts])
        inputs = [f"{parts}/ds1.json", f"{parts}/ds2.json"]
        tools = {"hubdata": [b.hubdata, "merge", "--quiet", "--force", "-o", f"{out}/own.json", *inputs],
                 "datumaro": b.ref("merge_ref.py", out, *inputs, venv="datumaro")}

        def agree(*_):
            return same_masks(f"{out}/own.json", f"{out}/datumaro/annotations/instances_all.json", sets=("",))

        b.compare("merge", f"dataset 1 and 2 of {name} to one, {megabytes(*inputs)}", tools, rounds, agree)


# Pseudo-labels of several models.

def pseudo_labels(b):
    works = [("the full demo's 5,400 tiles, three models of 100 predictions each", b.full, b.full, {"hubdata": 5, "*": 1}),
             ("ten times as many", b.tenfold, b.tenfold, 1)]
    if os.path.isdir(f"{b.real}/hubmap"):
        works.insert(0, ("two real models on 85 real tiles", real_predictions(b), f"{b.real}/hubmap", 3))
    else:
        b.skip("pseudo, real predictions: they are not at hand")
    for name, folder, table, rounds in works:
        models = sorted(glob.glob(f"{folder}/predictions/*.segm.json"))
        out = b.folder("pseudo")
        notebook = "notebook (json, ensemble-boxes, scikit-image)"
        tools = {"hubdata": [b.hubdata, "pseudo", "--preset", "winner", "--thr", "0.5", "--quiet", "--force", "-o", f"{out}/own.json", folder],
                 notebook: b.ref("fuse_ref.py", "--models", ",".join(models), "--tile-meta", f"{folder}/tile_meta.csv",
                                 "--thr", "0.5", "--stable", "--lazy", "--out", f"{out}/ref.json")}
        if folder == b.tenfold and not b.quick:
            del tools[notebook]
            b.skip("pseudo, ten times as many: the notebook is not run, which holds all predictions and so would take 19 GB, and half an hour")

        def agree(*_):
            try:
                pseudo.compare(f"{out}/own.json", f"{out}/ref.json")
            except AssertionError as e:
                return f"other instances: {str(e)[:60]}"
            return ""

        b.compare("pseudo", f"pseudo-labels, {name}, {megabytes(*models)}", tools, rounds, agree)


def real_predictions(b):
    """A folder with the real predictions, as if they were on tiles of dataset 3."""
    folder = b.folder("real_pseudo")
    os.makedirs(f"{folder}/predictions")
    with open(f"{b.real}/hubmap/tile_meta.csv") as f:
        rows = list(csv.DictReader(f))
    row = {r["id"]: k for k, r in enumerate(rows, 1)}
    ids = {i["id"]: row[os.path.splitext(i["file_name"])[0]] for i in load(f"{b.real}/hubmap/fold0_val_gt.json")["images"]}
    for k in ids.values():
        rows[k - 1]["dataset"] = 3
    with open(f"{folder}/tile_meta.csv", "w", newline="") as f:
        w = csv.DictWriter(f, rows[0])
        w.writeheader()
        w.writerows(rows)
    for path in sorted(glob.glob(f"{b.real}/hubmap/predictions/*.segm.json")):
        found = [{**p, "image_id": ids[p["image_id"]], "category_id": 1} for p in load(path)]
        found.sort(key=lambda p: p["image_id"])
        with open(f"{folder}/predictions/{os.path.basename(path)}", "w") as f:
            json.dump(found, f)
    return folder


# Submissions.

def submission(b):
    out = b.folder("submission")
    works = []
    for folder, rounds in ((b.full, {"hubdata": 5, "*": 3}), (b.tenfold, 1)):
        first = sorted(glob.glob(f"{folder}/predictions/*.segm.json"))[0]
        works.append((f"{len(load(f'{folder}/ds3_truth.json')['images']):,} tiles, 100 instances each", f"{folder}/ds3_truth.json", first, rounds, []))
    if os.path.isdir(f"{b.real}/hubmap"):
        real = sorted(glob.glob(f"{b.real}/hubmap/predictions/*.segm.json"))[0]
        works.insert(0, ("85 real tiles", f"{b.real}/hubmap/fold0_val_gt.json", real, 5, ["--category-start", "0"]))
    else:
        b.skip("submission, real predictions: they are not at hand")
    for name, tiles, results, rounds, flags in works:
        own, ref = f"{out}/own.csv", f"{out}/ref.csv"
        tools = {"hubdata": [b.hubdata, "submission", "encode", "--quiet", "--force", "--tiles", tiles, "--images", tiles, *flags, "-o", own, results],
                 "notebook (json, zlib, base64)": b.ref("submission_ref.py", "encode", tiles, results, ref)}
        b.compare("submission", f"encode a submission, {name}, {megabytes(results)}", tools, rounds, lambda *_: same_bytes(own, ref))
        back, theirs = f"{out}/back.json", f"{out}/back_ref.json"
        tools = {"hubdata": [b.hubdata, "submission", "decode", "--quiet", "--force", "--images", tiles, *flags, "-o", back, own],
                 "notebook (csv, zlib, pycocotools, json)": b.ref("submission_ref.py", "decode", tiles, own, theirs)}
        b.compare("submission", f"decode a submission, {name}, {megabytes(own)}", tools, rounds, lambda *_: same_results(back, theirs))


def same_bytes(a, b):
    with open(a, "rb") as f, open(b, "rb") as g:
        for k, (x, y) in enumerate(zip(f, g)):
            if x.split() != y.split():
                return f"line {k + 1} differs"
        return "" if not f.read(1) and not g.read(1) else "other lines"


def same_results(a, b):
    x, y = load(a), load(b)
    if len(x) != len(y):
        return f"{len(y)} results, want {len(x)}"
    for p, q in zip(x, y):
        if any(p[k] != q[k] for k in ("image_id", "score", "bbox", "segmentation")):
            return f"results differ: {p} and {q}"
    return ""


# Kernels, on one thread.

def kernels(b):
    maskapi = f"{b.work}/bin/maskapi"
    argv = [f"{b.work}/bin/kernels", f"{b.full}/polygons.jsonl", b.work, str(min(b.most, 9)),
            maskapi if os.path.exists(maskapi) else "", " ".join(b.ref("kernels_ref.py")) if b.has("opencv-python-headless") else ""]
    for line in measure.Run(argv).out.splitlines():
        work, peer, ns, own, rounds = line.split("\t")
        if not any(r["work"] == work and r["tool"] == "hubdata" for r in b.rows):
            b.row("kernels", work, "hubdata", "ns", float(own), int(rounds))
        b.row("kernels", work, peer, "ns", float(ns), int(rounds))


SECTIONS = {"convert": convert, "load": load_file, "eval": evaluate, "boxes": boxes, "folds": folds, "merge": merge,
            "pseudo": pseudo_labels, "submission": submission, "formats": formats.measured, "stitch": stitch.measured, "kernels": kernels}


# The peers and what they use, by environment.
PACKAGES = {
    "main": ("numpy", "pycocotools", "faster-coco-eval", "hotcoco", "ultrafast-pycocotools", "vernier", "ensemble-boxes", "scikit-learn",
             "scikit-image", "opencv-python-headless", "supervision", "tifffile"),
    "datumaro": ("datumaro",),
    "labelme": ("labelme2coco", "pylabel"),
    "ultralytics": ("ultralytics",),
    "slides": ("shapely", "sahi"),
}


def versions(b):
    out = {"python": platform.python_version(), "go": subprocess.check_output(["go", "env", "GOVERSION"], text=True).strip()}
    for venv, packages in PACKAGES.items():
        for path in glob.glob(f"{b.venvs}/{venv}/lib/python*/site-packages"):
            for d in importlib.metadata.distributions(path=[path]):
                name = d.metadata["Name"].lower()
                if name in packages:
                    out[name] = d.version
                elif name == "opencv-python-headless" and venv == "datumaro":
                    out["opencv-python-headless (with datumaro)"] = d.version
    return dict(sorted(out.items()))


def machine():
    cpu, memory = platform.processor() or platform.machine(), 0
    with open("/proc/cpuinfo") as f:
        names = [line.split(":")[1].strip() for line in f if line.startswith("model name")]
    with open("/proc/meminfo") as f:
        memory = int(f.readline().split()[1])
    return {"processor": names[0] if names else cpu, "cores": os.cpu_count(), "memory_gb": round(memory / 1e6), "system": platform.system()}


def markdown(rows):
    """One table that compares hubdata with each peer."""
    lines = ["| work | peer | peer's | hubdata's | times as fast | by processor time | peer's MB | hubdata's MB | results |", "|---|---|---|---|---|---|---|---|---|"]
    own = {r["work"]: r for r in rows if r["tool"] == "hubdata"}
    for r in rows:
        if r["tool"] == "hubdata":
            continue
        o = own[r["work"]]
        by_cpu = f"{r['cpu'] / o['cpu']:.1f}" if "cpu" in r else ""
        cells = [r["work"], r["tool"], f"{r['value']:g} {r['unit']}", f"{o['value']:g} {o['unit']}", f"{r['value'] / o['value']:.1f}", by_cpu,
                 r.get("mb", ""), o.get("mb", ""), r.get("differs") or "equal"]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def write(b, section, path, load_before):
    """Writes the rows of a section into the file of all, in place of older ones."""
    old = load(path) if os.path.exists(path) else {"rows": [], "measured": {}, "skipped": []}
    rows = [r for r in old["rows"] if r["section"] != section] + [r for r in b.rows if r["section"] == section]
    order = list(SECTIONS)
    rows.sort(key=lambda r: order.index(r["section"]))
    measured = old["measured"] | {section: {"day": datetime.date.today().isoformat(), "load_before": round(load_before, 1)}}
    skipped = [s for s in old["skipped"] if not s.startswith(section)] + [s for s in b.skipped if s.startswith(section)]
    out = {"machine": machine(), "versions": versions(b), "measured": dict(sorted(measured.items())), "skipped": skipped, "rows": rows}
    with open(path, "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


def main():
    p = argparse.ArgumentParser()
    for name in ("root", "work", "venvs"):
        p.add_argument(f"--{name}", required=True)
    p.add_argument("--quick", action="store_true")
    p.add_argument("--rounds", type=int, default=9, help="at most so many of each command")
    p.add_argument("--only", default=",".join(SECTIONS))
    p.add_argument("--out", help="where the figures go as JSON; those of sections that are not measured stay")
    args = p.parse_args()
    b = Bench(args)
    b.work = os.path.abspath(b.work)
    if not os.path.exists(f"{b.full}/tile_meta.csv"):
        scale = [] if b.quick else ["--scale", "full", "--predictions", "100"]
        measure.Run([b.hubdata, "demo", *scale, "--no-convert", "--quiet", b.full])
    if not os.path.exists(f"{b.tenfold}/ds3_truth.json"):
        measure.Run([sys.executable, f"{here}/tenfold.py", b.full, b.tenfold])
    for name in args.only.split(","):
        load_before = os.getloadavg()[0]
        SECTIONS[name](b)
        if args.out:
            write(b, name, args.out, load_before)
    print(markdown(b.rows))
    for why in b.skipped:
        print(f"\nskipped: {why}")
    bad = [r for r in b.rows if r.get("differs") and r["tool"] == "hubdata"]
    sys.exit(bool(bad))


main()
