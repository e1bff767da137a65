"""Writes JPEG files of all kinds that libjpeg-turbo writes, for the decoder of parts.

    python reference/jpegs.py --out DIR [--seed N] [--count N]

Each line of DIR/jpegs.jsonl.gz has a file, and the same picture without restarts. The test
compares parts of the one with what Go's image/jpeg makes of the other, to the last bit.
"""

import argparse
import base64
import gzip
import io
import json
import os

import imagecodecs
import numpy as np
import PIL
from PIL import Image


def picture(rng, h, w, channels):
    """Waves with noise."""
    y, x = np.mgrid[0:h, 0:w]
    planes = [128 + 90 * np.sin(x / rng.uniform(2, 20) + rng.uniform(0, 6)) * np.cos(y / rng.uniform(2, 20)) for _ in range(channels)]
    p = np.dstack(planes) + rng.normal(0, rng.choice([0, 3, 30]), (h, w, channels))
    return p.clip(0, 255).astype(np.uint8)


def by_pillow(rng, mode):
    h, w = (int(n) for n in rng.integers(1, 60, 2))
    p = picture(rng, h, w, len(mode))
    kw = {"quality": int(rng.integers(5, 101)), "progressive": bool(rng.integers(2)), "optimize": bool(rng.integers(2))}
    if mode == "RGB":
        kw["subsampling"] = int(rng.integers(3))
        kw["keep_rgb"] = bool(rng.integers(4) == 0)
        if kw["keep_rgb"]:
            kw["subsampling"] = 0
    im = Image.fromarray(p[:, :, 0] if mode == "L" else p, mode)

    def save(**more):
        b = io.BytesIO()
        im.save(b, "JPEG", **kw, **more)
        return b.getvalue()
    restart = int(rng.integers(3))
    more = {("restart_marker_rows" if restart == 1 else "restart_marker_blocks"): int(rng.integers(1, 5))} if restart else {}
    return f"pillow {mode} {w} x {h} {kw} {more}", save(**more), save()


def by_imagecodecs(rng):
    h, w = (int(n) for n in rng.integers(1, 60, 2))
    kw = {"level": int(rng.integers(5, 101)), "subsampling": str(rng.choice(["444", "422", "420", "411", "440"])), "optimize": bool(rng.integers(2))}
    if rng.integers(3) == 0:
        kw |= {"colorspace": "cmyk", "outcolorspace": "ycck"}
        kw["subsampling"] = "444"
    p = picture(rng, h, w, 4 if "colorspace" in kw else 3)
    data = imagecodecs.jpeg8_encode(p, **kw)
    return f"imagecodecs {w} x {h} {kw}", data, data


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--out", required=True)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--count", type=int, default=80)
    o = a.parse_args()
    rng = np.random.default_rng(o.seed)
    with gzip.GzipFile(os.path.join(o.out, "jpegs.jsonl.gz"), "wb", mtime=0) as out:
        def line(record):
            out.write(json.dumps(record).encode() + b"\n")
        line({"versions": {"pillow": PIL.__version__, "imagecodecs": imagecodecs.__version__}})
        for i in range(o.count):
            name, data, plain = (by_imagecodecs(rng) if i % 4 == 3 else by_pillow(rng, ["RGB", "L", "RGB", "CMYK", "RGB"][i % 5]))
            line({"name": name, "file": base64.b64encode(data).decode(), "plain": base64.b64encode(plain).decode()})


if __name__ == "__main__":
    main()
