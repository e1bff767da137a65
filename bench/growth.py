"""Measures how time and memory of each command grow with its input:

    python bench/growth.py [PROGRAM] [--only TEXT] [--scale X] [--sizes DIMENSION=N,N,...] [--limit SECONDS] [--rounds N]
        [--json FILE]

PROGRAM is hubdata; without it, go builds it. In each dimension it writes sets of invented instances, each size some times
the one before, and runs every command that reads them:

    detections  n detections, 20 on an image
    images      n images, an instance on each
    apart       n instances on one image, as nuclei lie: none touches another
    crowded     n instances on one image, each of which overlaps 8 others by a part
    stacked     n instances on one image that are all the same (doubles, and the worst case of pairs)
    classes     n classes, an instance of each, 10 on an image
    both        n classes and n images, an instance of each class on an image of its own

It prints processor seconds (user and system, so that other processes on the machine hardly count), peak memory, both
per unit, and the exponent: the slope of a line through the logarithms of size and time, or of size and memory, beyond
what the program takes for one unit. An exponent of 1 is linear. Sizes at which all that takes under 50 ms say nothing
and are left out; "-" means that no two were left.

--scale multiplies all sizes; 1 takes a few minutes. --sizes gives those of one dimension, such as
detections=1e4,1e5,1e6,1e7 or images=1e2,1e4,1e6, and may be repeated; detections= leaves it out. --only runs the commands and
dimensions whose name, such as "eval bbox, stacked", contains TEXT. A command that took longer than --limit is not run
at larger sizes. --rounds takes the fastest of N runs, which steadies the exponents on a busy machine. --json writes every
run to FILE.
"""
import argparse
import json
import math
import pathlib
import shutil
import subprocess
import tempfile

import measure

SIZES = {
    "detections": [20_000, 40_000, 80_000],
    "images": [5_000, 10_000, 20_000],
    "apart": [5_000, 10_000, 20_000],
    "crowded": [2_500, 5_000, 10_000],
    "stacked": [500, 1_000, 2_000],
    "classes": [1_000, 2_000, 4_000],
    "both": [500, 1_000, 2_000],
}
EACH = {"detections": 20, "images": 1, "classes": 10, "both": 1}  # instances on an image; else all
SIDE, PITCH = 10, 13  # of the square instances, in pixels


def counts(height, width, x, y, side):
    """The compressed runs of a square."""
    runs = [x * height + y, side]
    for _ in range(side - 1):
        runs += [height - side, side]
    runs.append(height * width - sum(runs))
    text = ""
    for i, v in enumerate(runs):
        if i > 2:
            v -= runs[i - 2]
        more = True
        while more:
            c = v & 31
            v >>= 5
            more = v != -1 if c & 16 else v != 0
            text += chr((c | 32 if more else c) + 48)
    return text.replace("\\", "\\\\")


def smallest(dimension):
    """The size that shows what a command takes for nearly nothing: two images, where there are several."""
    return 2 * EACH[dimension] if dimension in EACH else 1


class Set:
    """The shape of a set: n instances, so many on an image and in so many classes, in a lattice."""

    def __init__(self, dimension, n):
        self.n = n
        self.each = EACH.get(dimension, n)
        self.classes = n if dimension in ("classes", "both") else 3 if dimension == "detections" else 1
        self.images = -(-n // self.each)
        self.pitch = {"crowded": 7, "stacked": 0}.get(dimension, PITCH)
        self.columns = max(4, math.isqrt(self.each - 1) + 1)
        self.edge = max(64, self.columns * self.pitch + SIDE + 4)

    def place(self, i):
        i %= self.each
        return i % self.columns * self.pitch, i // self.columns * self.pitch

    def records(self, shift, score):
        """The text of the instances as JSON, without ids; detections lie shift pixels to the right."""
        known = {}
        for i in range(self.n):
            at = i % self.each
            if at not in known:
                x, y = self.place(i)
                known[at] = (f'"bbox":[{x + shift},{y},{SIDE},{SIDE}],"segmentation":'
                             f'{{"size":[{self.edge},{self.edge}],"counts":"{counts(self.edge, self.edge, x + shift, y, SIDE)}"}}')
            extra = f'"score":{1 - (i * 7919 % 9973) / 10007:.4f}' if score else f'"area":{SIDE * SIDE},"iscrowd":0'
            yield f'"image_id":{i // self.each + 1},"category_id":{i % self.classes + 1},{known[at]},{extra}}}'

    def write(self, folder):
        """Writes truth.json, first.json and second.json (two models), and a folder hubmap of outlines."""
        with open(folder / "truth.json", "w") as f:
            f.write('{"images":[')
            f.write(",\n".join(f'{{"id":{i + 1},"file_name":"{i:012x}.png","height":{self.edge},"width":{self.edge}}}' for i in range(self.images)))
            f.write('],\n"categories":[')
            f.write(",\n".join(f'{{"id":{k + 1},"name":"{f"class {k + 1}" if k else "blood_vessel"}"}}' for k in range(self.classes)))
            f.write('],\n"annotations":[')
            f.writelines((",\n" if i else "") + f'{{"id":{i + 1},' + r for i, r in enumerate(self.records(0, False)))
            f.write("]}\n")
        shutil.copy(folder / "truth.json", folder / "copy.json")
        with open(folder / "copy.json", "a") as f:
            f.write("\n")  # other content, since merge refuses one file twice
        for name, shift in (("first", 1), ("second", 2)):
            with open(folder / f"{name}.json", "w") as f:
                f.write("[")
                f.writelines((",\n" if i else "") + "{" + r for i, r in enumerate(self.records(shift, True)))
                f.write("]\n")
        hubmap = folder / "hubmap"
        hubmap.mkdir()
        with open(hubmap / "tile_meta.csv", "w") as table, open(hubmap / "polygons.jsonl", "w") as outlines:
            table.write("id,source_wsi,dataset,i,j\n")
            for i in range(self.images):
                table.write(f"{i:012x},{i % 4 + 1},1,{i % 1000 * 512},{i // 1000 * 512}\n")
                rings = []
                for k in range(i * self.each, min((i + 1) * self.each, self.n)):
                    x, y = self.place(k)
                    ring = [[x, y], [x + SIDE - 1, y], [x + SIDE - 1, y + SIDE - 1], [x, y + SIDE - 1]]
                    rings.append({"type": "blood_vessel", "coordinates": [ring]})
                outlines.write(json.dumps({"id": f"{i:012x}", "annotations": rings}) + "\n")


def commands(s):
    """The commands, by name: their arguments, in a folder that has the set s."""
    every = str(max(100, s.each))
    lines = {
        "eval segm": "eval --quiet --metric coco truth.json first.json",
        "eval bbox": "eval --quiet --metric coco --type bbox truth.json first.json",
        "eval segm, all detections": f"eval --quiet --metric coco --max-dets {every} truth.json first.json",
        "eval bbox, all detections": f"eval --quiet --metric coco --type bbox --max-dets {every} truth.json first.json",
        "eval hubmap": "eval --quiet --metric hubmap truth.json first.json",
        "eval --by tile": f"eval --quiet --metric coco --by tile --max-dets {every} truth.json first.json",
        "eval --errors --confusion": f"eval --quiet --metric coco --errors --confusion --max-dets {every} truth.json first.json",
        "stats": "stats truth.json",
        "stats --by class": "stats --by class truth.json",
        "check": "check --quiet truth.json",
        "check results": "check --quiet --truth truth.json first.json",
        "pseudo": "pseudo --quiet --class all --thr 0.3 --images truth.json --model a=first.json --model b=second.json -o out.json",
        "pseudo --cluster mask": "pseudo --quiet --class all --thr 0.3 --cluster mask --images truth.json --model a=first.json --model b=second.json -o out.json",
        "pseudo --non-overlap": "pseudo --quiet --class all --thr 0.3 --non-overlap --images truth.json --model a=first.json --model b=second.json -o out.json",
        "pseudo --fuse soft-nms": "pseudo --quiet --class all --thr 0.3 --fuse soft-nms --images truth.json --model a=first.json --model b=second.json -o out.json",
        "show with predictions": "show --quiet --random 4 --zoom 1 -o out/ --min-score 0 truth.json first.json",
        "report": "report --quiet --image-dir none -o out.html --predictions first.json truth.json",
        "merge": "merge --quiet --renumber-images -o out.json truth.json copy.json",
        "merge --drop-duplicates": "merge --quiet --drop-duplicates -o out.json truth.json copy.json",
        "filter": "filter --quiet --min-area 1 --renumber -o out.json truth.json",
        "folds": "folds --quiet --coco truth.json -k 2 -o split",
        "submission encode": "submission encode --quiet --images truth.json --tiles truth.json -o out.csv first.json",
        "submission decode": "submission decode --quiet --images truth.json -o out.json made.csv",
        "convert": f"convert --quiet --class all --per none --tile-size {s.edge} -o out.json hubmap",
    }
    if s.images == 1:
        del lines["folds"]
    return lines


def run(program, line, folder):
    """The measured run, or why there is none. A command may end with 4: something was found or not drawn."""
    words = line.split()
    force = [] if words[0] in ("stats", "check") else ["--force"]
    quoted = " ".join(f"'{w}'" for w in [program, *words, *force])
    try:
        return measure.Run(["sh", "-c", f"cd '{folder}' && {quoted} >/dev/null; c=$?; [ $c = 4 ] || [ $c = 3 -a '{words[0]}' = check ] || exit $c"]), None
    except RuntimeError as e:
        return None, str(e).splitlines()[-1]


def slope(points):
    """The slope of the line through the logarithms of the points."""
    if len(points) < 2:
        return None
    xs, ys = zip(*((math.log(n), math.log(v)) for n, v in points))
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def exponents(points, base):
    """The exponents of time and memory beyond those of one unit."""
    time = [(n, r.cpu - base.cpu) for n, r in points if r.cpu - base.cpu > 0.05]
    memory = [(n, r.mb - base.mb) for n, r in points if r.mb - base.mb > 20]
    return slope(time), slope(memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?")
    parser.add_argument("--only", default="")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--sizes", action="append", default=[])
    parser.add_argument("--limit", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json")
    o = parser.parse_args()
    sizes = {d: [int(n * o.scale) for n in list_] for d, list_ in SIZES.items()}
    for text in o.sizes:
        dimension, _, list_ = text.partition("=")
        sizes[dimension] = [int(float(n)) for n in list_.split(",") if n]
    out = []
    with tempfile.TemporaryDirectory() as work:
        program = o.program and str(pathlib.Path(o.program).resolve())
        if not program:
            program = f"{work}/hubdata"
            subprocess.run(["go", "build", "-o", program, "./cmd/hubdata"], check=True, cwd=pathlib.Path(__file__).parent.parent)
        print("| dimension | command | n | cpu s | us a unit | MB | kB a unit | exponent of time | of memory |\n|---|---|---|---|---|---|---|---|---|")
        for dimension, list_ in sizes.items():
            chosen = [c for c in commands(Set(dimension, smallest(dimension))) if o.only in f"{c}, {dimension}"]
            if chosen and list_:
                out += grow(program, pathlib.Path(work), dimension, list_, chosen, o.limit, o.rounds)
    if o.json:
        with open(o.json, "w") as f:
            json.dump(out, f, indent=1)
            f.write("\n")


def grow(program, work, dimension, sizes, chosen, limit, rounds):
    """Measures the chosen commands in a dimension, and prints them."""
    runs = {name: [] for name in chosen}
    base, failed = {}, {}
    first = smallest(dimension)
    for n in [first, *sizes]:
        with tempfile.TemporaryDirectory(dir=work) as d:
            s = Set(dimension, n)
            s.write(pathlib.Path(d))
            lines = commands(s)
            if "submission decode" in chosen:
                run(program, "submission encode --quiet --images truth.json --tiles truth.json -o made.csv first.json", d)
            for name in chosen:
                if name in failed or runs[name] and runs[name][-1][1].cpu > limit:
                    continue
                r, why = min((run(program, lines[name], d) for _ in range(rounds)), key=lambda x: x[0].cpu if x[0] else 0)
                if why:
                    failed[name] = why
                elif n == first:
                    base[name] = r
                else:
                    runs[name].append((n, r))
    out = []
    for name in chosen:
        if name in failed:
            print(f"| {dimension} | {name} | failed: {failed[name]} |")
        if not runs[name] or name not in base:
            continue
        n, last = runs[name][-1]
        time, memory = exponents(runs[name], base[name])
        shown = ["-" if v is None else f"{v:.2f}" for v in (time, memory)]
        print(f"| {dimension} | {name} | {n:,} | {last.cpu:.2f} | {1e6 * (last.cpu - base[name].cpu) / n:.1f} | {last.mb:.0f} "
              f"| {1e3 * (last.mb - base[name].mb) / n:.2f} | {shown[0]} | {shown[1]} |", flush=True)
        out.append({"dimension": dimension, "command": name, "exponent": time, "memory": memory,
                    "runs": [{"n": n, "cpu": round(r.cpu, 3), "mb": round(r.mb, 1)} for n, r in runs[name]]})
    return out


if __name__ == "__main__":
    main()
