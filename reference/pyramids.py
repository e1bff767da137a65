"""Writes slides as tifffile and libvips do, and their pixels as OpenSlide reads them.

    python reference/pyramids.py --out DIR [--seed N]

Each line of DIR/pyramids.jsonl.gz has a file, the size of the slide, and the colours of all its pixels, or their checksum:
of OpenSlide where that opens the file, else of tifffile. "most" is how far a channel may be off: JPEG is decoded by Go's
image/jpeg, which rounds otherwise than libjpeg, and does not smooth colours of half the resolution.
"""

import argparse
import base64
import gzip
import hashlib
import io
import json
import os
import tempfile

import imagecodecs
import numpy as np
import openslide
import pyvips
import tifffile

H, W = 52, 70
RIM = 48  # colours of half the resolution, at the rim, beyond which tiles are black
APERIO = "Aperio Image Library v12.0.15 \r\n70x52 [0,0 70x52] (32x32) JPEG/RGB Q=90|AppMag = 20|MPP = 0.5"


def picture(rng, period=10, h=H, w=W):
    """Waves of colours, which JPEG keeps."""
    y, x = np.mgrid[0:h, 0:w]
    planes = [128 + 100 * np.sin(x / rng.uniform(period, 3 * period) + rng.uniform(0, 6)) * np.cos(y / rng.uniform(period, 3 * period)) for _ in range(3)]
    return np.dstack(planes).clip(0, 255).astype(np.uint8)


class Slides:
    def __init__(self, path):
        self.out = gzip.GzipFile(path, "wb", mtime=0)
        self.line({"versions": {"tifffile": tifffile.__version__, "imagecodecs": imagecodecs.__version__, "openslide": openslide.__library_version__,
                                "pyvips": pyvips.__version__, "libvips": "%d.%d.%d" % tuple(pyvips.version(i) for i in range(3))}})

    def line(self, record):
        self.out.write(json.dumps(record).encode() + b"\n")

    def add(self, name, data, most=0, tool="openslide", page=None, shape=None):
        rgb, levels = None, 0
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "slide.svs" if "svs" in name else "slide.tif")
            with open(path, "wb") as f:
                f.write(data)
            if tool == "openslide":
                s = openslide.OpenSlide(path)
                levels = s.level_count
                rgba = np.asarray(s.read_region((0, 0), 0, s.dimensions))
                assert (rgba[:, :, 3] == 255).all()
                rgb = rgba[:, :, :3]
            elif tool == "tifffile":
                with tifffile.TiffFile(path) as t:
                    rgb = t.pages[page].asarray()
                if rgb.ndim == 2:
                    rgb = np.dstack([rgb] * 3)
                if rgb.dtype == np.uint16:
                    rgb = (rgb >> 8).astype(np.uint8)
        h, w = rgb.shape[:2] if rgb is not None else shape
        self.line({"name": name, "file": base64.b64encode(data).decode(), "height": h, "width": w, "levels": levels, "tool": tool, "most": most,
                   "sum": "" if rgb is None else hashlib.sha256(rgb.tobytes()).hexdigest(),
                   "rgb": base64.b64encode(rgb.tobytes()).decode() if most else None})


def pyramid(a, first=None, description=None, bigtiff=False, sub=False, extra=(), flagged=True, tile=(32, 32), **kw):
    """A pyramid of two levels, after pages that come first, with pages of a scanner after it."""
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=bigtiff) as t:
        for p in first or ():
            t.write(p, photometric="rgb", metadata=None)
        t.write(a, tile=tile, photometric=kw.pop("photometric", "rgb"), subifds=1 if sub else 0, description=description, metadata=None, **kw)
        if sub:
            t.write(a[::2, ::2], tile=tile, subfiletype=1, metadata=None, **kw)
        else:
            for text, p in extra:
                t.write(p, photometric="rgb", description=text, metadata=None, rowsperstrip=8)
            t.write(a[::2, ::2], tile=tile, subfiletype=1 if flagged else 0, description=description if not flagged else None, metadata=None, **kw)
    return out.getvalue()


def svs(a, **kw):
    """The pages of an Aperio SVS: slide, thumbnail, level, label, macro."""
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as t:
        t.write(a, tile=(32, 32), description=APERIO, metadata=None, **kw)
        t.write(a[::4, ::4], photometric="rgb", description=APERIO + "\r\n", metadata=None, rowsperstrip=8)
        t.write(a[::2, ::2], tile=(32, 32), description=APERIO, metadata=None, **kw)
        t.write(a[:20, :20], photometric="rgb", subfiletype=1, description="Aperio Image Library v12.0.15\r\nlabel 20x20", metadata=None, compression="lzw", predictor=True)
        t.write(a[:25, :45], photometric="rgb", subfiletype=9, description="Aperio Image Library v12.0.15\r\nmacro 45x25", metadata=None)
    return out.getvalue()


def vips(a, **kw):
    im = pyvips.Image.new_from_memory(np.ascontiguousarray(a).tobytes(), a.shape[1], a.shape[0], 3, "uchar").copy(interpretation="srgb")
    return im.tiffsave_buffer(tile=True, pyramid=True, tile_width=32, tile_height=32, **kw)


def main():
    o = argparse.ArgumentParser()
    o.add_argument("--out", required=True)
    o.add_argument("--seed", type=int, default=1)
    o = o.parse_args()
    rng = np.random.default_rng(o.seed)
    s = Slides(os.path.join(o.out, "pyramids.jsonl.gz"))
    a, smooth = picture(rng), picture(rng, 25)
    level = {"level": 90}
    for name, kw in {"raw": {}, "lzw": {"compression": "lzw"}, "lzw predictor": {"compression": "lzw", "predictor": True},
                     "deflate predictor": {"compression": "zlib", "predictor": True}}.items():
        s.add("tifffile " + name, pyramid(a, **kw))
        s.add("tifffile bigtiff " + name, pyramid(a, bigtiff=True, **kw))
    s.add("tifffile packbits", pyramid(a, compression="packbits"))
    s.add("tifffile zstd", pyramid(a, compression="zstd"), tool="tifffile", page=0)
    s.add("tifffile jpeg ycbcr 444", pyramid(a, compression="jpeg", compressionargs=level | {"outcolorspace": "ycbcr"}, subsampling=(1, 1)), most=3)
    s.add("tifffile jpeg ycbcr 420", pyramid(smooth, compression="jpeg", compressionargs=level, subsampling=(2, 2)), most=RIM)
    s.add("tifffile jpeg rgb", pyramid(a, compression="jpeg", compressionargs=level | {"outcolorspace": "rgb"}), most=3)
    s.add("tifffile sub-IFDs", pyramid(a, sub=True, compression="lzw"), tool="tifffile", page=0)
    s.add("tifffile thumbnail first", pyramid(a, first=[a[::8, ::8]], compression="lzw"), tool="tifffile", page=1)
    s.add("tifffile label and overview", pyramid(a, extra=[("label", a[:20, :20]), ("macro", a[:25, :45])], compression="lzw"))
    s.add("tifffile one level", pyramid(a, compression="lzw", tile=(96, 96)))
    s.add("tifffile wide tiles", pyramid(a, compression="lzw", tile=(16, 48)))
    s.add("tifffile grey", pyramid(np.ascontiguousarray(a[:, :, 0]), photometric="minisblack", compression="lzw"), tool="tifffile", page=0)
    s.add("tifffile grey 16 bits", pyramid(a[:, :, 0].astype(np.uint16) * 251, photometric="minisblack", compression="lzw", predictor=True), tool="tifffile", page=0)
    s.add("svs lzw", svs(a, compression="lzw"))
    s.add("svs jpeg rgb", svs(a, compression="jpeg", compressionargs=level | {"outcolorspace": "rgb"}), most=3)
    s.add("svs jpeg ycbcr", svs(smooth, compression="jpeg", compressionargs=level, subsampling=(2, 2)), most=RIM)
    s.add("svs jpeg 2000", svs(a, compression="jpeg2000"), tool="none", shape=(H, W))
    for name, kw in {"raw": {"compression": "none"}, "lzw": {"compression": "lzw"}, "deflate": {"compression": "deflate", "predictor": "horizontal"},
                     "bigtiff": {"compression": "lzw", "bigtiff": True}}.items():
        s.add("vips " + name, vips(a, **kw))
    s.add("vips sub-IFDs", vips(a, compression="lzw", subifd=True), tool="tifffile", page=0)
    s.add("vips jpeg 444", vips(a, compression="jpeg", Q=95), most=3)  # from Q 90 on
    s.add("vips jpeg 420", vips(smooth, compression="jpeg", Q=85), most=RIM)
    s.out.close()


if __name__ == "__main__":
    main()
