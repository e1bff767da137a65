"""Writes reference results for structuring elements, morphology, holes, components
and boundary bands, computed with OpenCV, scikit-image and SciPy.

    python reference/morph.py --out DIR --seed N --count N

writes DIR/morph.jsonl.gz and DIR/morph_versions.json. The first lines hold all
elements of sides 1 to 31. Each of the others holds a random mask with the results of
all operations on it. If several tools compute an operation, the script
requires that they agree before it writes the result once. Masks are written as
numpy.packbits of the row-major pixels, in base64.
"""

import argparse
import base64
import gzip
import json
import os
import platform
import warnings

import cv2
import numpy as np
import scipy
import skimage
from scipy import ndimage
from skimage import measure, morphology

warnings.filterwarnings("ignore", category=FutureWarning)

CV_SHAPES = {"cross": cv2.MORPH_CROSS, "square": cv2.MORPH_RECT, "ellipse": cv2.MORPH_ELLIPSE}


def pack(mask):
    return base64.b64encode(np.packbits(mask.astype(bool)).tobytes()).decode()


def element(name, n):
    """The element by its number: a side for OpenCV's shapes, otherwise a radius."""
    if name in CV_SHAPES:
        return cv2.getStructuringElement(CV_SHAPES[name], (n, n))
    return getattr(morphology, name)(n)


def agree(results, what):
    first = results[0].astype(bool)
    for r in results[1:]:
        if (r.astype(bool) != first).any():
            raise SystemExit(f"the tools disagree on {what}")
    return first


def erode_band(mask, d):
    """boundary IoU's mask_to_boundary with a given width."""
    h, w = mask.shape
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return mask - cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=d)[1 : h + 1, 1 : w + 1]


def opencv(op, mask, e, n, background):
    if background:
        return cv2.morphologyEx(mask, op, e, iterations=n, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return cv2.morphologyEx(mask, op, e, iterations=n)


def series(erode, dilate, name, mask, e, n, **more):
    for step in {"erode": [erode], "dilate": [dilate], "open": [erode, dilate], "close": [dilate, erode]}[name]:
        for _ in range(n):
            mask = step(mask, e, **more)
    return mask


def morph(mask, e, n, background):
    """erode, dilate, open and close, each by all tools that support the rule."""
    results = {}
    ops = {"erode": cv2.MORPH_ERODE, "dilate": cv2.MORPH_DILATE, "open": cv2.MORPH_OPEN, "close": cv2.MORPH_CLOSE}
    for name, op in ops.items():
        seen = [opencv(op, mask, e, n, background)]
        if background:
            # SciPy 1.17.1 crashes on some masks if iterations is above 1
            # (binary_dilation and binary_opening), so the loop is here.
            seen.append(series(ndimage.binary_erosion, ndimage.binary_dilation, name, mask, e, n))
            if n == 1:
                whole = {"open": ndimage.binary_opening, "close": ndimage.binary_closing}.get(name)
                if whole:
                    seen.append(whole(mask, e))
        else:
            b = mask.astype(bool)
            for mode in ("ignore", "reflect"):  # reflect is scikit-image's default
                seen.append(series(morphology.erosion, morphology.dilation, name, b, e, n, mode=mode))
            if n == 1:
                whole = {"open": morphology.opening, "close": morphology.closing}.get(name)
                if whole:
                    seen.append(whole(b, e))
        results[name] = agree(seen, name)
    return results


def random_mask(rng):
    kind = rng.choice(["noise", "blobs", "border", "rings", "thin", "empty", "full", "tall"], p=[0.2, 0.25, 0.15, 0.15, 0.1, 0.03, 0.05, 0.07])
    h, w = int(rng.integers(1, 40)), int(rng.integers(1, 40))
    if kind == "thin":
        h, w = (1, int(rng.integers(1, 90))) if rng.random() < 0.5 else (int(rng.integers(1, 140)), int(rng.integers(1, 4)))
    if kind == "tall":  # more than one word per column
        h, w = int(rng.integers(60, 200)), int(rng.integers(1, 24))
    mask = np.zeros((h, w), np.uint8)
    if kind == "full":
        mask[:] = 1
    elif kind in ("noise", "thin"):
        mask[:] = rng.random((h, w)) < rng.uniform(0.05, 0.98)
    elif kind in ("blobs", "tall"):
        for _ in range(int(rng.integers(1, 6))):
            center = int(rng.integers(0, w)), int(rng.integers(0, h))
            axes = int(rng.integers(0, max(2, w // 2))), int(rng.integers(0, max(2, h // 2)))
            cv2.ellipse(mask, center, axes, float(rng.uniform(0, 180)), 0, 360, int(rng.random() < 0.8), -1)
    elif kind == "border":  # touches some sides
        mask[:] = 1
        for _ in range(int(rng.integers(1, 4))):
            center = int(rng.integers(0, w)), int(rng.integers(0, h))
            cv2.circle(mask, center, int(rng.integers(0, max(2, min(h, w) // 3))), 0, -1)
    elif kind == "rings":
        for _ in range(int(rng.integers(1, 8))):
            center = int(rng.integers(0, w)), int(rng.integers(0, h))
            cv2.circle(mask, center, int(rng.integers(0, 12)), 1, 1)
    return mask


def random_element(rng):
    name = str(rng.choice(["cross", "square", "ellipse", "disk", "diamond"]))
    n = int(rng.integers(0, 8))
    return name, 2 * n + 1 if name in CV_SHAPES else n


def partition(labels):
    """Each pixel's label replaced by the column-major index of its label's
    first pixel, plus 1. This form does not depend on the numbering."""
    flat = labels.T.ravel()
    values, first = np.unique(flat, return_index=True)
    table = dict(zip(values.tolist(), (first + 1).tolist()))
    table[0] = 0
    return [table[v] for v in flat.tolist()]


def components(mask, conn):
    cv = cv2.connectedComponents(mask, connectivity=conn)[1]
    sk = measure.label(mask, connectivity=conn // 4, background=0)
    sp = ndimage.label(mask, np.ones((3, 3)) if conn == 8 else None)[0]
    a, b, c = partition(cv), partition(sk), partition(sp)
    if not a == b == c:
        raise SystemExit("the tools disagree on components")
    return a


def remove_small(mask, area, conn):
    return morphology.remove_small_objects(mask.astype(bool), max_size=area - 1, connectivity=conn // 4)


def case(rng):
    mask = random_mask(rng)
    h, w = mask.shape
    name, size = random_element(rng)
    n = int(rng.integers(1, 5))
    d = int(rng.integers(1, 8))
    area = int(rng.integers(1, 30))
    rec = {"h": h, "w": w, "in": pack(mask), "e": f"{name}:{size}", "n": n, "d": d, "area": area}
    e = element(name, size)
    for border in ("ignore", "background"):
        for op, result in morph(mask, e, n, border == "background").items():
            rec[f"{op}_{border}"] = pack(result)
    rec["fill4"] = pack(ndimage.binary_fill_holes(mask))
    rec["fill8"] = pack(ndimage.binary_fill_holes(mask, np.ones((3, 3))))
    rec["band"] = pack(erode_band(mask, d))
    for conn in (4, 8):
        labels = components(mask, conn)
        # The first pixel of each component, and the label of each pixel: the
        # number of its component in column-major order.
        order = {v: i for i, v in enumerate(sorted(set(labels) | {0}))}
        rec[f"labels{conn}"] = base64.b64encode(np.array([order[v] for v in labels], "<u2").tobytes()).decode()
        rec[f"small{conn}"] = pack(remove_small(mask, area, conn))
    return rec


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=3000)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    rng = np.random.default_rng(args.seed)

    with open(os.path.join(args.out, "morph.jsonl.gz"), "wb") as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as f:
            def put(rec):
                f.write((json.dumps(rec, separators=(",", ":")) + "\n").encode())

            for name in ("cross", "square", "ellipse"):
                for n in range(1, 32, 2):
                    put({"h": n, "w": n, "e": f"{name}:{n}", "element": pack(element(name, n))})
            for name in ("disk", "diamond"):
                for n in range(16):
                    put({"h": 2 * n + 1, "w": 2 * n + 1, "e": f"{name}:{n}", "element": pack(element(name, n))})
            for _ in range(args.count):
                put(case(rng))
    with open(os.path.join(args.out, "morph_versions.json"), "w") as f:
        versions = {
            "python": platform.python_version(), "opencv": cv2.__version__, "numpy": np.__version__,
            "scikit-image": skimage.__version__, "scipy": scipy.__version__,
            "seed": args.seed, "count": args.count,
        }
        json.dump(versions, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
