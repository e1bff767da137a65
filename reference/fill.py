"""Writes golden files for the three fill rules of package rle.

    python reference/fill.py --out DIR [--seed N] [--count N] [--rule RULE] [--polygons PATH]

opencv  cv2.fillPoly, one call with all rings (opencv-python-headless)
coco    frPyObjects for each ring, then merge (pycocotools; its _mask.frPoly,
        so that a ring of two points is not a box)
center  implemented here in exact rational arithmetic: pixel (x, y) is inside if
        an odd number of edges cross the line through its centre, at the centre
        or to the left of it. An edge from y0 to y1 (y0 < y1) crosses the line y
        if y0 <= y < y1

Each rule gives DIR/fill_RULE.jsonl.gz: a header line with the versions, then
one line per polygon: height, width, rings as flat x, y lists, and the expected
mask as COCO compressed counts. The files committed under
rle/testdata/golden were written with the default arguments.

--polygons adds outlines from JSON lines in the form of HuBMAP's
polygons.jsonl, on images of 512 x 512, into DIR/fill_extra_RULE.jsonl.gz.
"""

import argparse
import gzip
import json
import math
import os
import platform
from fractions import Fraction

import numpy as np

RULES = ("opencv", "coco", "center")


# The expected masks.

def runs_of(mask):
    """Column-major run lengths of a 2-D mask, background first."""
    flat = np.asarray(mask, np.uint8).flatten("F")
    if flat.size == 0:
        return []
    cuts = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate(([0], cuts, [flat.size]))).tolist()
    return ([0] if flat[0] else []) + runs


def counts_of(runs):
    """COCO's compressed text of run lengths."""
    out = []
    for i, run in enumerate(runs):
        v = run - runs[i - 2] if i > 2 else run
        more = True
        while more:
            c = v & 31
            v >>= 5
            more = v != -1 if c & 16 else v != 0
            out.append(chr(c + (32 if more else 0) + 48))
    return "".join(out)


def fill_opencv(h, w, rings):
    import cv2

    mask = np.zeros((h, w), np.uint8)
    points = [np.array(r, np.float64).astype(np.int32).reshape(-1, 1, 2) for r in rings if r]
    if points:
        cv2.fillPoly(mask, points, 1)
    return counts_of(runs_of(mask))


def fill_coco(h, w, rings):
    from pycocotools import _mask

    return _mask.merge(_mask.frPoly([list(map(float, r)) for r in rings], h, w), 0)["counts"].decode()


def fill_center(h, w, rings):
    flips = np.zeros((h, w), np.uint8)
    half = Fraction(1, 2)
    for ring in rings:
        pts = [(Fraction(x), Fraction(y)) for x, y in zip(ring[::2], ring[1::2])]
        for (x0, y0), (x1, y1) in zip(pts[-1:] + pts, pts):
            if y0 == y1:
                continue
            if y0 > y1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            # Rows whose centre line is in [y0, y1).
            for y in range(max(0, math.ceil(y0 - half)), min(h, math.ceil(y1 - half))):
                at = x0 + (y + half - y0) * (x1 - x0) / (y1 - y0)
                x = max(0, math.ceil(at - half))  # the first centre at the crossing or to the right of it
                if x < w:
                    flips[y, x] ^= 1
    return counts_of(runs_of(np.bitwise_xor.accumulate(flips, axis=1)))


FILL = {"opencv": fill_opencv, "coco": fill_coco, "center": fill_center}


# The polygons. A ring is a flat list x, y, x, y, ...

def flat(points):
    return [v for p in points for v in p]


def dense(rng, n, radius, cx, cy):
    """A wobbly outline with about one vertex per pixel, in which all steps lead to a neighbour."""
    phase = rng.uniform(0, 2 * np.pi, 4)
    swing = rng.uniform(0, 0.25, 4)
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    r = radius * (1 + sum(swing[i] * np.sin((i + 1) * t + phase[i]) for i in range(4)))
    x = np.round(cx + r * np.cos(t)).astype(int)
    y = np.round(cy + r * np.sin(t)).astype(int)
    out = [(int(x[0]), int(y[0]))]
    for px, py in list(zip(x[1:], y[1:])) + [(x[0], y[0])]:
        px, py = int(px), int(py)
        while out[-1] != (px, py):
            ox, oy = out[-1]
            out.append((ox + (px > ox) - (px < ox), oy + (py > oy) - (py < oy)))
        if rng.random() < 0.02:
            out.append(out[-1])  # a repeated vertex
    return flat(out)


def walk(rng, n, w, h):
    """A random walk over neighbours, which crosses itself everywhere."""
    steps = rng.integers(-1, 2, (n, 2)).cumsum(0)
    return flat((steps + [int(rng.integers(0, w + 1)), int(rng.integers(0, h + 1))]).tolist())


def size(rng):
    kind = rng.integers(0, 10)
    if kind == 0:
        return 1, 1
    if kind == 1:
        return 1, int(rng.integers(1, 80))
    if kind == 2:
        return int(rng.integers(1, 80)), 1
    if kind == 3:
        return int(rng.integers(60, 200)), int(rng.integers(2, 60))
    if kind == 4:
        return int(rng.integers(60, 68)), int(rng.integers(60, 140))
    return int(rng.integers(2, 50)), int(rng.integers(2, 50))


def uniform(rng, n, lo, hi):
    return rng.integers(lo, hi + 1, (n, 2)).tolist()


def polygon(rng):
    """One image and its rings, with integer coordinates."""
    h, w = size(rng)
    kind = int(rng.integers(0, 16))
    if kind == 0:
        h, w = int(rng.integers(30, 90)), int(rng.integers(30, 90))
        n = int(rng.integers(20, 120))
        return h, w, [dense(rng, n, n / 7, rng.uniform(0, w), rng.uniform(0, h))]
    if kind == 1:
        return h, w, [walk(rng, int(rng.integers(3, 90)), w, h)]
    if kind == 2:  # one and two points, none at all
        return h, w, [flat(uniform(rng, int(rng.integers(0, 3)), -3, max(h, w) + 3))]
    if kind == 3:  # all in one line
        n = int(rng.integers(2, 7))
        p, d = uniform(rng, 2, -4, 8)
        return h, w, [flat([(p[0] + k * d[0], p[1] + k * d[1]) for k in rng.integers(-5, 9, n).tolist()])]
    if kind == 4:  # repeated vertices
        p = uniform(rng, int(rng.integers(1, 7)), 0, max(h, w))
        return h, w, [flat([q for q in p for _ in range(int(rng.integers(1, 4)))])]
    if kind == 5:  # a hole, and a ring next to it, in either direction
        h, w = int(rng.integers(20, 80)), int(rng.integers(20, 80))
        cx, cy, r = w / 2, h / 2, min(h, w) / 2.2
        rings = [dense(rng, 60, r, cx, cy), dense(rng, 30, r / 2.5, cx, cy), dense(rng, 20, r / 4, cx + r, cy)]
        return h, w, [flat(list(zip(q[::2], q[1::2]))[::-1]) if rng.random() < 0.5 else q for q in rings]
    if kind == 6:  # rectangles that overlap, touch or coincide
        rings = []
        for _ in range(int(rng.integers(2, 6))):
            x0, x1 = sorted(rng.integers(-2, w + 3, 2).tolist())
            y0, y1 = sorted(rng.integers(-2, h + 3, 2).tolist())
            box = [x0, y0, x1, y0, x1, y1, x0, y1]
            rings.append(box if rng.random() < 0.5 else box[6:] + box[4:6] + box[2:4] + box[:2])
        if rng.random() < 0.3:
            rings.append(list(rings[0]))
        return h, w, rings
    if kind == 7:  # wholly or mostly outside
        d = [int(v) for v in rng.integers(-2, 3, 2) * (max(h, w) + 5)]
        return h, w, [flat([(x + d[0], y + d[1]) for x, y in uniform(rng, int(rng.integers(3, 8)), -5, max(h, w) + 5)])]
    if kind == 8:  # huge
        e = int(10 ** rng.uniform(2, 6))
        return h, w, [flat(uniform(rng, int(rng.integers(2, 6)), -e, e))]
    if kind == 9:  # some vertices near, some far
        e = int(10 ** rng.uniform(1, 6))
        n = int(rng.integers(3, 8))
        return h, w, [flat([p if rng.random() < 0.6 else q for p, q in
                            zip(uniform(rng, n, 0, max(h, w)), uniform(rng, n, -e, e))])]
    if kind == 10:  # slender edges at the border
        n = int(rng.integers(3, 9))
        xs = rng.choice([-2, -1, 0, 1, w - 2, w - 1, w, w + 1], n).tolist()
        ys = rng.choice([-2, -1, 0, 1, h - 2, h - 1, h, h + 1], n).tolist()
        return h, w, [flat(zip(xs, ys))]
    if kind == 11:  # two or three random rings
        return h, w, [flat(uniform(rng, int(rng.integers(1, 7)), -3, max(h, w) + 3))
                      for _ in range(int(rng.integers(2, 4)))]
    if kind == 12:  # a closed ring, the last point repeats the first
        p = uniform(rng, int(rng.integers(3, 9)), 0, max(h, w))
        return h, w, [flat(p + p[:1])]
    return h, w, [flat(uniform(rng, int(rng.integers(3, 14)), -max(h, w) // 4, max(h, w) * 5 // 4))]


def loosen(rng, rule, rings):
    """Gives integer rings the fractions that suit the rule."""
    kind = int(rng.integers(0, 8))
    if rule == "opencv":
        if kind > 0:
            return rings
        return [[v + round(float(rng.uniform(-0.99, 0.99)), 2) for v in r] for r in rings]
    if kind < 3:
        return rings
    step = [2, 5, 10, 4, 100][kind - 3]
    if kind == 7 and rng.random() < 0.3:  # all bits of a float
        return [[v + float(rng.uniform(-0.5, 0.5)) for v in r] for r in rings]
    return [[(v * step + int(rng.integers(0, step))) / step for v in r] for r in rings]


# Files.

def versions(rule):
    out = {"rule": rule, "python": platform.python_version(), "numpy": np.__version__}
    if rule == "opencv":
        import cv2

        out["opencv"] = cv2.__version__
    if rule == "coco":
        from importlib.metadata import version

        out["pycocotools"] = version("pycocotools")
    return out


def write(path, header, cases):
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
        out.write((json.dumps(header, separators=(",", ":")) + "\n").encode())
        for h, w, rings, counts in cases:
            line = {"h": h, "w": w, "rings": rings, "counts": counts}
            out.write((json.dumps(line, separators=(",", ":")) + "\n").encode())


def read_outlines(path):
    with open(path) as lines:
        for line in lines:
            for a in json.loads(line)["annotations"]:
                yield 512, 512, [flat(ring) for ring in a["coordinates"]]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--out", required=True)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--count", type=int, default=6000, help="polygons for each rule")
    args.add_argument("--rule", choices=RULES, help="only this rule")
    args.add_argument("--polygons", help="outlines to add")
    args = args.parse_args()
    os.makedirs(args.out, exist_ok=True)
    for rule in [args.rule] if args.rule else RULES:
        rng = np.random.default_rng([args.seed, RULES.index(rule)])

        def cases():
            for _ in range(args.count):
                h, w, rings = polygon(rng)
                rings = loosen(rng, rule, rings)
                yield h, w, rings, FILL[rule](h, w, rings)

        header = versions(rule) | {"seed": args.seed, "count": args.count}
        write(os.path.join(args.out, f"fill_{rule}.jsonl.gz"), header, cases())
        if args.polygons:
            extra = ((h, w, r, FILL[rule](h, w, r)) for h, w, r in read_outlines(args.polygons))
            write(os.path.join(args.out, f"fill_extra_{rule}.jsonl.gz"), versions(rule), extra)


if __name__ == "__main__":
    main()
