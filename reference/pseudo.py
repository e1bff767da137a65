"""Writes golden files for package pseudo's BoxFuser with the results of ensemble-boxes.

    python reference/pseudo.py --out DIR [--seed N] [--count N]

DIR/boxes.jsonl.gz holds a header line with the versions, then one line per case: a
method (wbf, nmw, nms or soft-nms) with its arguments, the boxes, scores and labels of the
models, and the boxes, scores and labels of the result, with the indices of the members of each
in the list of all boxes. Cases in which the order of gaussian soft-NMS depends on the last
bits of exp are left out.

The sort in ensemble-boxes is not stable, so its result for equal scores depends on the processor.
Here its modules are loaded with a stable sort. Without ties both results are equal,
which is asserted. Where package pseudo differs intentionally (see its type Fusion),
"why" names the reasons and "raw" has the unchanged result. The boxes and the other values then
come from ensemble-boxes, called in such a way that it gives the documented result:

    weight0    the models of weight 0 left out of the call
    overflow   scores above 1 set to 1, before the last sort
    nan        the first member's box for a cluster whose scores sum to 0
    empty      no box left: an empty result, where nms raises an error
    decay      the scores that soft-NMS lowered; "before" has those that it returns

Coordinates that 32 bits hold have 9 digits. The file committed as
pseudo/testdata/golden/boxes.jsonl.gz was written with the default arguments.
"""

import argparse
import contextlib
import gzip
import importlib.util
import io
import json
import math
import os
import platform
import random
import types
import warnings
from importlib.metadata import version

import numpy as np

METHODS = [("wbf", "avg"), ("wbf", "max"), ("wbf", "box_and_model_avg"), ("wbf", "absent_model_aware_avg"),
           ("nmw", None), ("nms", None), ("soft-nms", "linear"), ("soft-nms", "gaussian")]
CODES = {"linear": 1, "gaussian": 2}


def load(name, stable):
    """A module of ensemble-boxes, with a stable sort or as it is."""
    path = importlib.util.find_spec("ensemble_boxes." + name).origin
    with open(path) as f:
        source = f.read()
    if stable:
        assert ".argsort()" in source
        source = source.replace(".argsort()", '.argsort(kind="stable")')
    module = types.ModuleType(name)
    exec(compile(source, path, "exec"), module.__dict__)
    if stable and hasattr(module, "nms_float_fast"):
        module.nms_float_fast = module.nms_float_fast.py_func  # numba has no stable sort
    return module


class Numpy:
    """numpy that records what was concatenated last: the clusters before they are sorted."""

    def __init__(self, last_bits=None):
        self.last_bits = last_bits

    def __getattr__(self, name):
        return getattr(np, name)

    def concatenate(self, *args, **kwargs):
        self.last = np.concatenate(*args, **kwargs)
        return self.last

    def exp(self, x):
        """exp, on request with a wrong last bit for some x, always the same for the same x."""
        y = np.exp(x)
        if self.last_bits is None:
            return y
        way = (y.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(self.last_bits << 61)) >> np.uint64(62)
        return np.where((way > 0) & (y < 1), np.nextafter(y, np.where(way > 1, 2, 0)), y)


PLAIN = {m: load("ensemble_boxes_" + m, False) for m in ("wbf", "nmw", "nms")}
STABLE = {m: load("ensemble_boxes_" + m, True) for m in ("wbf", "nmw", "nms")}


def call(modules, c, models, weights):
    """The result of ensemble-boxes: boxes, scores, labels."""
    boxes = [np.array(m["boxes"], dtype=np.float64).reshape(-1, 4) for m in models]
    scores = [np.array(m["scores"], dtype=np.float64) for m in models]
    labels = [np.array(m["labels"], dtype=np.int64) for m in models]
    method = c["method"]
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if method == "wbf":
            return modules["wbf"].weighted_boxes_fusion(boxes, scores, labels, weights, c["iou"], c["skip"], c["conf"], c["overflow"])
        if method == "nmw":
            return modules["nmw"].non_maximum_weighted(boxes, scores, labels, weights, c["iou"], c["skip"])
        if method == "nms":
            return modules["nms"].nms(boxes, scores, labels, c["iou"], weights)
        return modules["nms"].soft_nms(boxes, scores, labels, CODES[c["decay"]], c["iou"], c["sigma"], c["thresh"], weights)


def replaced(module, **names):
    """Replaces names of a module, and restores them."""
    @contextlib.contextmanager
    def manage():
        old = {k: getattr(module, k) for k in names}
        module.__dict__.update(names)
        try:
            yield
        finally:
            module.__dict__.update(old)
    return manage()


def joined(c, models, weights, mend):
    """The result of wbf and nmw, with members and whether scores tie."""
    module = STABLE[c["method"]]
    wbf = c["method"] == "wbf"
    name = "find_matching_box_fast" if wbf else "find_matching_box"
    find, weigh, numpy = getattr(module, name), module.get_weighted_box, Numpy()
    steps = []

    def traced(boxes, box, iou):
        at, best = find(boxes, box, iou)
        steps.append((len(boxes), int(at), box.copy()))
        return at, best

    def mended(boxes, *args):
        box = weigh(boxes, *args).astype(np.float64)
        if mend and sum(b[1] for b in boxes) == 0:
            box[-4:] = boxes[0][-4:]
        return box

    with replaced(module, **{name: traced, "get_weighted_box": mended, "np": numpy}):
        answer = call(STABLE, c, models, weights)
    # The box of each step: those that pass the filter, by label, best first.
    scale = np.ones(len(models)) if weights is None else np.array(weights)
    if not wbf:
        scale = scale / max(scale)
    by_label, ties, n = {}, False, 0
    for t, m in enumerate(models):
        for box, score, label in zip(m["boxes"], m["scores"], m["labels"]):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if module.prefilter_boxes([[box]], [[score]], [[label]], [1.0], c["skip"]):
                    by_label.setdefault(label, []).append((score * scale[t], n, (score * scale[t], box)))
            n += 1
    clusters, todo = [], iter(steps)
    for kept in by_label.values():
        order = np.array([k[0] for k in kept]).argsort(kind="stable")[::-1]
        ties = ties or len({k[0] for k in kept}) < len(kept)
        of_label = []
        for i in order:
            have, at, box = next(todo)
            assert have == len(of_label) and box[1] == kept[i][0]
            inside = sorted(min(max(v, 0), 1) for v in kept[i][2][1])
            assert sorted(box[-4:]) == inside
            if at < 0:
                of_label.append([])
            of_label[at].append(kept[i][1])
        clusters += of_label
    assert next(todo, None) is None
    if not clusters:
        return answer, clusters, ties
    rows = numpy.last
    before = rows[:, 1].copy()
    order = before.argsort(kind="stable")[::-1]
    assert np.array_equal(answer[1], before[order], equal_nan=True)
    ties = ties or len(set(before)) < len(before)
    if mend and wbf and not c["overflow"]:
        before = np.minimum(before, 1)
        order = before.argsort(kind="stable")[::-1]
        answer = rows[order, -4:], before[order], rows[order, 0]
    return answer, [clusters[i] for i in order], ties


def kept(c, models, weights):
    """The result of nms and soft-nms, with members, whether scores tie, and lowered scores."""
    module = STABLE["nms"]
    fast, soft = module.nms_float_fast, module.cpu_soft_nms_float
    runs = []

    def traced_fast(boxes, scores, thresh):
        keep = fast(boxes, scores, thresh)
        runs.append((boxes, scores.copy(), keep, None))
        return keep

    def traced_soft(boxes, scores, *args, **kwargs):
        before = scores.copy()
        keep = soft(boxes.copy(), scores, *args, **kwargs)
        runs.append((boxes, before, keep, scores[scores > kwargs["thresh"]]))
        return keep

    with replaced(module, nms_float_fast=traced_fast, cpu_soft_nms_float=traced_soft):
        answer = call(STABLE, c, models, weights)
    boxes = np.concatenate([np.array(m["boxes"], dtype=np.float64).reshape(-1, 4) for m in models])
    labels = np.concatenate([np.array(m["labels"], dtype=np.int64) for m in models])
    with contextlib.redirect_stdout(io.StringIO()):
        _, places, labels = module.prepare_boxes(boxes, np.arange(len(boxes)), labels)
    clusters, ties, lowered = [], False, []
    for label, (boxes, scores, keep, low) in zip(np.unique(labels), runs, strict=True):
        place = places[labels == label]
        ties = ties or len(set(scores)) < len(scores)
        if low is not None:
            clusters += [[int(place[k])] for k in keep]
            lowered += low.tolist()
            continue
        # Each box belongs to the first kept box that it overlaps enough.
        members = {int(k): [int(k)] for k in keep}
        for i in scores.argsort(kind="stable")[::-1]:
            if int(i) not in members:
                owner = next(int(k) for k in keep if overlap(boxes[k], boxes[i]) > c["iou"])
                members[owner].append(int(i))
        clusters += [[int(place[i]) for i in members[int(k)]] for k in keep]
    return answer, clusters, ties, lowered


def steady(c):
    """Whether the order of gaussian soft-NMS is independent of the last bits of exp,
    which differ between processors."""
    if c.get("decay") != "gaussian":
        return True
    try:
        first = kept(c, c["models"], c["weights"])[1]
        for last_bits in range(8):
            with replaced(STABLE["nms"], np=Numpy(last_bits)):
                if kept(c, c["models"], c["weights"])[1] != first:
                    return False
    except ValueError:
        pass  # no box
    return True


def overlap(a, b):
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def number(v):
    v = float(v)
    if math.isnan(v):
        return None
    if v == float(np.float32(v)):
        return float(f"{v:.9g}")
    return v


def listed(answer, clusters):
    boxes, scores, labels = answer
    assert len(boxes) == len(scores) == len(labels) == len(clusters)
    return {"boxes": [[number(v) for v in b] for b in boxes], "scores": [None if math.isnan(s) else float(s) for s in scores],
            "labels": [int(v) for v in labels], "clusters": clusters}


def same(a, b):
    return all(np.array_equal(x, y, equal_nan=True) for x, y in zip(a, b, strict=True))


def solve(c, counts):
    models, weights = c["models"], c["weights"]
    joins = c["method"] in ("wbf", "nmw")
    why = set()
    # The unchanged result.
    try:
        if joins:
            answer, clusters, ties = joined(c, models, weights, False)
        else:
            answer, clusters, ties, lowered = kept(c, models, weights)
        raw = listed(answer, clusters)
        if not ties:
            assert same(answer, call(PLAIN, c, models, weights)), c
        elif c["method"] != "soft-nms":
            counts["ties"] += 1
        if any(v is None for b in raw["boxes"] for v in b):
            why.add("nan")
        if c["method"] == "wbf" and not c["overflow"] and any(s is not None and s > 1 for s in raw["scores"]):
            why.add("overflow")
    except ValueError as e:
        assert not joins and "concatenate" in str(e)
        raw = {"error": "concatenate"}
        why.add("empty")
    # The documented result.
    places = list(range(sum(len(m["boxes"]) for m in models)))
    if weights is not None and 0 in weights:
        why.add("weight0")
        places, n = [], 0
        for m, w in zip(models, weights):
            places += range(n, n + len(m["boxes"])) if w else []
            n += len(m["boxes"])
        models = [m for m, w in zip(models, weights) if w]
        weights = [w for w in weights if w]
    try:
        if joins:
            answer, clusters, _ = joined(c, models, weights, True)
        else:
            answer, clusters, _, lowered = kept(c, models, weights)
        own = listed(answer, [[places[i] for i in m] for m in clusters])
        if c["method"] == "soft-nms":
            why.add("decay")
            own["before"], own["scores"] = own["scores"], lowered
    except ValueError as e:
        assert not joins and "concatenate" in str(e)
        own = {"boxes": [], "scores": [], "labels": [], "clusters": []}
        why.add("empty")
    assert not any(v is None for b in own["boxes"] for v in b), c
    if not why:
        assert own == raw, c
    c.update(own)
    c["why"] = sorted(why)
    if why - {"decay"}:
        c["raw"] = raw
    for w in why:
        counts[w] += 1


def draw_models(rng, large):
    """What some models detected of some objects, with everything that can be wrong."""
    digits = rng.choice([1, 2, 2, 2, 3, 3, 3, 3, 4, None])
    if large:
        digits = rng.choice([3, None]) if large < 800 else 3
    fine = rng.choice([1, 1, 2, 2, 2, 3, None]) if digits else None
    objects = large or rng.choice([1, 2, 3, 5, 8, 12])
    count = rng.choice([1, 2, 2, 3, 3, 3, 4, 5, 5, 9])
    if large:
        count = 3
    classes = rng.choice([1, 1, 2, 3, 30])
    names = rng.sample(range(200), classes)
    jitter = rng.choice([0, 0.01, 0.03, 0.1, 0.3])
    odd = rng.random() < 0.25
    ends = rng.random() < 0.15
    zero = rng.random() < 0.04
    twice = rng.choice([0.2, 0.2, 0.9])
    size = 0.03 if large else rng.choice([0.1, 0.3, 0.6])

    def place(v):
        return round(v, digits) if digits else v

    seen = []
    for _ in range(objects):
        w, h = size * rng.uniform(0.3, 1), size * rng.uniform(0.3, 1)
        x, y = rng.uniform(0, 1 - w), rng.uniform(0, 1 - h)
        seen.append((x, y, x + w, y + h, rng.choice(names), w, h))
    models = []
    for _ in range(count):
        boxes, scores, labels = [], [], []
        for x0, y0, x1, y1, label, w, h in seen:
            if rng.random() < 0.2:
                continue
            for _ in range(1 + (rng.random() < twice and not large)):
                box = [place(x0 + rng.gauss(0, jitter) * w), place(y0 + rng.gauss(0, jitter) * h),
                       place(x1 + rng.gauss(0, jitter) * w), place(y1 + rng.gauss(0, jitter) * h)]
                how = rng.random()
                if odd and how < 0.1:
                    box[2] = box[0]
                elif odd and how < 0.2:
                    box = [box[2], box[3], box[0], box[1]]
                elif odd and how < 0.3:
                    box[rng.randrange(4)] += rng.choice([-1, 1, -0.5, 0.5])
                elif odd and how < 0.35:
                    box = [v + 2 for v in box]
                elif not odd:
                    box = [min(max(v, 0), 1) for v in box]
                if digits:
                    box = [round(v, digits) for v in box]
                score = rng.random() ** 0.5
                score = round(score, fine) if fine else score
                if ends and rng.random() < 0.3:
                    score = rng.choice([0.0, 1.0])
                boxes.append(box)
                scores.append(0.0 if zero else score)
                labels.append(label if rng.random() < 0.95 else rng.choice(names))
        models.append({"boxes": boxes, "scores": scores, "labels": labels})
    how = rng.random()
    if how < 0.08:
        models[rng.randrange(count)] = {"boxes": [], "scores": [], "labels": []}
    elif how < 0.1:
        models = [{"boxes": [], "scores": [], "labels": []} for _ in models]
    elif how < 0.14:
        models = [models[0]] * count
    return models


def draw(rng, k, large):
    method, kind = METHODS[k % len(METHODS)]
    models = draw_models(rng, large)
    c = {"method": method, "iou": rng.choice([0, 0.1, 0.25, 0.5, 0.5, 0.55, 0.6, 0.7, 0.9, 0.95, 1 / 3, rng.uniform(0, 0.95)])}
    if large:
        c["iou"] = rng.choice([0.1, 0.3, 0.5, 0.6, 0.7])
    scores = [s for m in models for s in m["scores"]]
    skip = rng.choice([0, 0, 0.01, 0.3, rng.choice(scores or [0])])
    if method == "wbf":
        c.update(skip=skip, conf=kind, overflow=rng.random() < 0.25)
    elif method == "nmw":
        c.update(skip=skip)
    elif method == "soft-nms":
        c.update(decay=kind, sigma=rng.choice([0.5, 0.1, 2, rng.uniform(0.05, 1)]), thresh=rng.choice([0.001, 0, 0.1, 0.5]))
    weights = None
    how = rng.random()
    if how < 0.15:
        weights = [rng.choice([1, 2, 0.5])] * len(models)
    elif how < 0.4:
        weights = [rng.choice([1, 2, 3, 0.5, 0.1, 0.7]) for _ in models]
    elif how < 0.46:
        weights = [9] + [rng.choice([0.1, 1])] * (len(models) - 1)
    elif how < 0.53:
        weights = [rng.choice([0, 1, 2, 0.3]) for _ in models]
        if not any(weights):
            weights[0] = 1
    c["weights"] = weights
    c["models"] = models
    return c


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2560)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    header = {"ensemble-boxes": version("ensemble-boxes"), "numpy": np.__version__, "numba": version("numba"),
              "python": platform.python_version(), "platform": platform.machine(), "seed": args.seed, "count": args.count}
    counts = {k: 0 for k in ("ties", "weight0", "overflow", "nan", "empty", "decay", "unsteady")}
    large = {args.count // 17 * (k + 1): n for k, n in enumerate([100, 150, 100, 200, 100, 300, 120, 1000, 100, 200, 150, 400, 100, 200, 120, 300])}
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "boxes.jsonl.gz"), "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
        z.write(json.dumps(header, separators=(",", ":")).encode() + b"\n")
        for k in range(args.count):
            c = draw(rng, k, large.get(k, 0))
            while not steady(c):
                c = draw(rng, k, large.get(k, 0))
                counts["unsteady"] += 1
            solve(c, counts)
            z.write(json.dumps(c, separators=(",", ":"), allow_nan=False).encode() + b"\n")
    print(json.dumps(header), json.dumps(counts))


if __name__ == "__main__":
    main()
