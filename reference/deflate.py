#!/usr/bin/env python3
"""Compresses texts with zlib at its best level. internal/deflate must give the same bytes.

  python reference/deflate.py --out DIR [--seed N] [--count N]
      writes DIR/deflate.jsonl.gz: a line with the versions, then each text with
      the result of zlib.compress(text, 9), in base64
"""
import argparse
import base64
import gzip
import json
import os
import platform
import random
import zlib

MOST = 16382  # bytes that zlib puts into one block


def fibonacci(rng, least):
    """Counts so uneven that the optimal code of the rarest would be too long."""
    counts = [1, 1]
    while sum(counts) < least:
        counts.append(counts[-1] + counts[-2])
    letters = rng.sample(range(256), len(counts))
    text = [c for c, n in zip(letters, counts) for _ in range(n)]
    rng.shuffle(text)
    return bytes(text[:MOST])


def draw(rng, n):
    kind = rng.randrange(8)
    if kind == 0:  # nothing to gain
        return rng.randbytes(n)
    if kind == 1:  # as counts strings are
        return bytes(rng.choice(b"0000111NNOOM2L345678cJh`W") for _ in range(n))
    if kind == 2:
        return bytes(rng.choice(b"ab") for _ in range(n))
    if kind == 3:  # one match after the other
        return bytes([rng.randrange(256)]) * n
    if kind == 4:
        text = bytearray()
        while len(text) < n:
            if text and rng.random() < 0.4:
                at = rng.randrange(len(text))
                text += text[at : at + rng.randint(2, 300)]
            else:
                text.append(rng.randrange(48, 112))
        return bytes(text[:n])
    if kind == 5:  # short matches far away
        part = rng.randbytes(3)
        return (part + rng.randbytes(rng.randint(0, n)) + part)[:MOST]
    if kind == 6:  # letters of a few lengths, for the code of the lengths
        return bytes(c for c in rng.sample(range(256), rng.randint(1, 256)) for _ in range(1 << rng.choice([0, 0, 1, 2, 3, 4, 5])))[:MOST]
    return bytes(min(255, int(rng.expovariate(1) ** 2 * 3)) for _ in range(n))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1500)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    lines = [json.dumps(dict(python=platform.python_version(), zlib=zlib.ZLIB_RUNTIME_VERSION, seed=args.seed, count=args.count))]
    for i in range(args.count):
        if i % 300 == 7:
            text = fibonacci(rng, rng.choice([2000, 6000, 11000]))
        elif i % 150 == 1:
            text = draw(rng, rng.randint(3000, MOST))
        else:
            text = draw(rng, rng.choice([0, 1, 2, 3, 4, 5, 6, 9, 20, rng.randint(0, 100), rng.randint(50, 400)]))
        lines.append(json.dumps([base64.b64encode(b).decode() for b in (text, zlib.compress(text, 9))]))
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "deflate.jsonl.gz"), "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as f:
        f.write(("\n".join(lines) + "\n").encode())


main()
