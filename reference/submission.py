#!/usr/bin/env python3
"""Writes and compares submissions with csv, base64, zlib and pycocotools.

  python reference/submission.py --out DIR [--seed N] [--count N]
      writes DIR/submission.csv.gz, rows encoded by Python at all levels of zlib,
      and DIR/submission_masks.jsonl.gz: a line with the versions, then for each
      row its instances: score and pycocotools' counts
  python reference/submission.py --check ORIGINAL WRITTEN
      fails unless both CSV files hold the same tiles, sizes, scores and masks;
      masks without pixels are ignored in both
"""
import argparse
import base64
import csv
import gzip
import importlib.metadata
import io
import json
import os
import platform
import random
import zlib

import numpy as np
from pycocotools import mask as mask_utils

csv.field_size_limit(1 << 30)


def encode(counts, level, wbits=15):
    z = zlib.compressobj(level, zlib.DEFLATED, wbits)
    return base64.b64encode(z.compress(counts) + z.flush()).decode()


def decode(text, h, w):
    return mask_utils.decode({"size": [h, w], "counts": zlib.decompress(base64.b64decode(text))})


def draw(rng, h, w):
    mask = np.zeros((h, w), np.uint8)
    kind = rng.randrange(10) if h * w < 4000 else 5
    if kind == 0:  # noise
        mask = (np.random.default_rng(rng.getrandbits(32)).random((h, w)) < rng.random()).astype(np.uint8)
    elif kind == 1:
        mask[:] = 1
    else:
        for _ in range(rng.randint(1, 3)):
            y, x, r = rng.randrange(h), rng.randrange(w), rng.uniform(0.5, 0.3 * max(h, w) + 1)
            ys, xs = np.mgrid[:h, :w]
            mask[(ys - y) ** 2 + (xs - x) ** 2 <= r * r] = 1
    mask[rng.randrange(h), rng.randrange(w)] = 1
    return mask


def make(out, seed, count):
    rng = random.Random(seed)
    versions = dict(python=platform.python_version(), numpy=np.__version__, zlib=zlib.ZLIB_RUNTIME_VERSION,
                    pycocotools=importlib.metadata.version("pycocotools"), seed=seed)
    table, lines = io.StringIO(), [json.dumps(versions)]
    rows = csv.writer(table, lineterminator=rng.choice(["\n", "\r\n"]), quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    rows.writerow(["id", "height", "width", "prediction_string"])
    for _ in range(count):
        h, w = (512, 512) if rng.random() < 0.03 else (rng.randint(1, 60), rng.randint(1, 60))
        tokens, instances = [], []
        for _ in range(rng.choice([0, 1, 2, 5, 9])):
            mask = draw(rng, h, w)
            counts = mask_utils.encode(np.asfortranarray(mask))["counts"]
            score = rng.choice([0.0, 1.0, round(rng.random(), 2), rng.random(), rng.random() * 1e-5])
            text = encode(counts, rng.choice([0, 1, 6, 9]), rng.choice([15, 15, 15, 9]))
            assert (decode(text, h, w) == mask).all()
            tokens += ["0", repr(score), text]
            instances.append([score, counts.decode()])
        space = rng.choice([" ", " ", "  "])
        rows.writerow(["%012x" % rng.getrandbits(48), h, w, space.join(tokens) + rng.choice(["", " "])])
        lines.append(json.dumps(instances))
    os.makedirs(out, exist_ok=True)
    for name, text in ("submission.csv.gz", table.getvalue()), ("submission_masks.jsonl.gz", "\n".join(lines) + "\n"):
        with open(os.path.join(out, name), "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as f:
            f.write(text.encode())


def read(path):
    out = []
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8-sig", newline="") as f:
        for row in csv.DictReader(f):
            h, w = int(row["height"]), int(row["width"])
            tokens = row["prediction_string"].split()
            assert len(tokens) % 3 == 0, len(tokens)
            instances = []
            for c, s, text in zip(tokens[::3], tokens[1::3], tokens[2::3]):
                mask = decode(text, h, w)
                if mask.any():
                    instances.append((int(c), float(s), mask))
            out.append((row["id"], h, w, instances))
    return out


def check(original, written):
    a, b = read(original), read(written)
    assert len(a) == len(b), (len(a), len(b))
    for x, y in zip(a, b):
        assert x[:3] == y[:3], (x[:3], y[:3])
        assert len(x[3]) == len(y[3]), (x[0], len(x[3]), len(y[3]))
        for p, q in zip(x[3], y[3]):
            assert p[:2] == q[:2] and (p[2] == q[2]).all(), (x[0], p[:2], q[:2])
    print("%d rows, %d instances equal" % (len(a), sum(len(x[3]) for x in a)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--check", nargs=2)
    args = parser.parse_args()
    if args.check:
        check(*args.check)
    else:
        make(args.out, args.seed, args.count)


if __name__ == "__main__":
    main()
