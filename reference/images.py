"""Writes image files of many kinds, with their pixels as OpenCV and Pillow read them.

    python reference/images.py --out DIR [--seed N]

Each line of DIR/images.jsonl.gz has a file, and the RGB picture that Pillow (after
ImageOps.exif_transpose) and OpenCV (imdecode, IMREAD_COLOR) make of it: the script stops
where the two differ. "tools" names those that read the file. "most" is how far a
channel may be off where decoders round differently (JPEG, lossy WebP, CMYK). A record
without a picture is of a kind that hubdata only measures.
"""

import argparse
import base64
import gzip
import io
import json
import os
import struct
import warnings

import cv2
import imagecodecs
import numpy as np
import PIL
import tifffile
from PIL import Image, ImageOps

warnings.simplefilter("ignore")
W, H = 35, 21


def picture(rng, smooth=False):
    """A picture without symmetry."""
    y, x = np.mgrid[0:H, 0:W]
    p = np.dstack([x * 6, y * 9, (x + 2 * y) * 2])
    if not smooth:
        p = p + rng.integers(0, 3, p.shape)
    return p.astype(np.uint8)


def by_pillow(data):
    with Image.open(io.BytesIO(data)) as im:
        im = ImageOps.exif_transpose(im)
        return np.asarray(im.convert("RGB"))


def by_opencv(data):
    p = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return None if p is None else p[:, :, ::-1]


def by_tifffile(data):
    """For files that only tifffile reads."""
    p = tifffile.imread(io.BytesIO(data))
    p = np.moveaxis(p, 0, 2) if p.shape[0] == 3 else p
    p = (p >> 8).astype(np.uint8) if p.dtype == np.uint16 else p
    return np.dstack([p] * 3) if p.ndim == 2 else p


class Writer:
    def __init__(self, path):
        self.out = gzip.GzipFile(path, "wb", mtime=0)
        self.line({"versions": {"opencv": cv2.__version__, "pillow": PIL.__version__, "tifffile": tifffile.__version__,
                                "imagecodecs": imagecodecs.__version__}})

    def line(self, record):
        self.out.write(json.dumps(record).encode() + b"\n")

    def add(self, name, data, most=0, tools="both", size=None):
        """Adds a file, with the picture that the tools make of it. tools: both, pillow, opencv or none."""
        seen = {}
        for tool, read in (("pillow", by_pillow), ("opencv", by_opencv)):
            if tools in ("both", tool):
                try:
                    seen[tool] = read(data)
                except Exception as e:
                    print(f"{name}: {tool} {type(e).__name__}: {e}")
        seen = {tool: p for tool, p in seen.items() if p is not None}
        if tools != "none" and not seen:
            seen["tifffile"] = by_tifffile(data)
        record = {"name": name, "file": base64.b64encode(data).decode(), "most": most, "tools": sorted(seen)}
        if tools == "both" and len(seen) == 1:
            print(f"{name}: read by {list(seen)} alone")
        seen = list(seen.values())
        if len(seen) == 2:
            far = np.abs(seen[0].astype(int) - seen[1]).max() if seen[0].shape == seen[1].shape else 999
            if far > most:
                raise SystemExit(f"{name}: the tools differ: {seen[0].shape} {seen[1].shape} {far}")
        if seen:
            h, w = seen[0].shape[:2]
            record["rgb"] = base64.b64encode(np.ascontiguousarray(seen[0]).tobytes()).decode()
        else:
            h, w = size or (H, W)
        self.line({**record, "height": h, "width": w})


def tiff(a, **kw):
    b = io.BytesIO()
    tifffile.imwrite(b, a, metadata=None, **kw)
    return b.getvalue()


def pillow(a, fmt, **kw):
    b = io.BytesIO()
    (a if isinstance(a, Image.Image) else Image.fromarray(a)).save(b, fmt, **kw)
    return b.getvalue()


def lzw(data, end=True):
    """TIFF's LZW, with clear codes, and with or without the end code."""
    codes, table, width, text = [(256, 9)], {bytes([i]): i for i in range(256)}, 9, b""
    free = 258
    for c in data:
        if text + bytes([c]) in table:
            text += bytes([c])
            continue
        codes.append((table[text], width))
        table[text + bytes([c])] = free
        free += 1
        if free == (1 << width):
            width += 1
        if free == 4094:
            codes.append((256, width if width < 13 else 12))
            table, free, width = {bytes([i]): i for i in range(256)}, 258, 9
        text = bytes([c])
    codes.append((table[text], width))
    if end:
        free += 1
        codes.append((257, width + (free == (1 << width))))
    bits = "".join(f"{code:0{n}b}" for code, n in codes)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def stripped(a, strips, rows, compression):
    """A TIFF of RGB with these strips."""
    h, w = a.shape[:2]
    entries = [(256, 4, [w]), (257, 4, [h]), (258, 3, [8, 8, 8]), (259, 3, [compression]), (262, 3, [2]), (273, 4, None),
               (277, 3, [3]), (278, 4, [rows]), (279, 4, [len(s) for s in strips])]
    at = 8 + 2 + 12 * len(entries) + 4
    extra, heap = b"", at + 6 + 8 * len(strips)
    offsets = []
    for s in strips:
        offsets.append(heap)
        heap += len(s)
    out = b"II*\0" + struct.pack("<IH", 8, len(entries))
    for tag, kind, values in entries:
        values = offsets if values is None else values
        raw = b"".join(struct.pack("<H" if kind == 3 else "<I", v) for v in values)
        out += struct.pack("<HHI", tag, kind, len(values))
        if len(raw) <= 4:
            out += raw.ljust(4, b"\0")
        else:
            out += struct.pack("<I", at + len(extra))
            extra += raw
    return (out + struct.pack("<I", 0) + extra).ljust(at + 6 + 8 * len(strips), b"\0") + b"".join(strips)


def orientations(w, rng):
    smooth = picture(rng, True)
    for o in range(1, 9):
        exif = Image.Exif()
        exif[274] = o
        exif = exif.tobytes()
        w.add(f"jpeg orientation {o}", pillow(smooth, "JPEG", exif=exif, quality=95, subsampling=0), most=3)
        png = pillow(smooth, "PNG", exif=exif)
        w.add(f"png orientation {o}", png)
        w.add(f"webp orientation {o}", pillow(smooth, "WEBP", exif=exif, lossless=True))
        for compression in ("raw", "tiff_lzw"):
            w.add(f"tiff {compression} orientation {o}", pillow(smooth, "TIFF", compression=compression, tiffinfo={274: o}))


def tiffs(w, rng):
    rgb, smooth = picture(rng), picture(rng, True)
    grey = rgb[:, :, 0]
    deep = rgb.astype(np.uint16) * 251 + 17
    rgba = np.dstack([rgb, rgb[:, :, 1] // 2 + 100])
    for order in "<>":
        for big in (False, True):
            kind = f"tiff {'big ' if big else ''}{order} "
            kw = {"byteorder": order, "bigtiff": big}
            w.add(kind + "rgb", tiff(rgb, photometric="rgb", **kw))
            w.add(kind + "rgb tiles", tiff(rgb, photometric="rgb", tile=(16, 16), **kw))
            w.add(kind + "rgb planes", tiff(np.moveaxis(rgb, 2, 0), photometric="rgb", planarconfig="separate", **kw))
            w.add(kind + "rgb planes tiles", tiff(np.moveaxis(rgb, 2, 0), photometric="rgb", planarconfig="separate", tile=(16, 16), **kw))
            w.add(kind + "rgb 16", tiff(deep, photometric="rgb", **kw), tools="opencv", most=1)  # libtiff rounds
            w.add(kind + "rgb 16 lzw", tiff(deep, photometric="rgb", compression="lzw", predictor=True, rowsperstrip=5, **kw), tools="opencv", most=1)
            w.add(kind + "grey 16", tiff(deep[:, :, 0], photometric="minisblack", **kw), tools="opencv")
            w.add(kind + "grey", tiff(grey, photometric="minisblack", **kw))
            w.add(kind + "white is 0", tiff(grey, photometric="miniswhite", **kw))
    for compression in ("lzw", "deflate", "packbits", "zstd"):
        for predictor in (False, True) if compression != "packbits" else (False,):
            for tile in (None, (32, 16)):
                kind = f"tiff {compression}{' predictor' if predictor else ''}{' tiles' if tile else ''}"
                kw = {"tile": tile} if tile else {"rowsperstrip": 4}
                tools = "pillow" if compression == "zstd" else "both"  # OpenCV's libtiff has no Zstandard
                w.add(kind, tiff(rgb, photometric="rgb", compression=compression, predictor=predictor, **kw), tools=tools)
    w.add("tiff deflate, one strip", tiff(rgb, photometric="rgb", compression="deflate"))
    w.add("tiff rgb + unknown", tiff(rgba, photometric="rgb", extrasamples=["unspecified"]), tools="pillow")
    colors = (np.arange(256, dtype=np.uint16)[None] * np.array([[257], [100], [20]], dtype=np.uint16))
    w.add("tiff palette", tiff(grey, photometric="palette", colormap=colors))
    w.add("tiff palette lzw tiles", tiff(grey, photometric="palette", colormap=colors, compression="lzw", tile=(16, 16)))
    w.add("tiff cmyk", pillow(Image.fromarray(rgb).convert("CMYK"), "TIFF", compression="tiff_lzw"), most=1)
    for bilevel in ("raw", "group3", "group4", "packbits", "tiff_lzw"):
        w.add(f"tiff 1 bit {bilevel}", pillow(Image.fromarray(grey > 110), "TIFF", compression=bilevel))
    w.add("tiff jpeg grey", tiff(smooth[:, :, 0], photometric="minisblack", compression="jpeg", compressionargs={"level": 95}), most=2)
    for tile in (None, (32, 32)):
        kw = {"tile": tile} if tile else {"rowsperstrip": 8}
        kind = " tiles" if tile else ""
        w.add(f"tiff jpeg rgb{kind}", tiff(smooth, photometric="rgb", compression="jpeg", compressionargs={"level": 95, "outcolorspace": "rgb"}, **kw), most=3)
        w.add(f"tiff jpeg ycbcr{kind}", tiff(smooth, photometric="ycbcr", subsampling=(1, 1), compression="jpeg", compressionargs={"level": 95}, **kw), most=4)
    w.add("tiff jpeg ycbcr tables", pillow(smooth, "TIFF", compression="jpeg", quality=95), most=12, tools="pillow")
    # Strips whose end is not as the specification says, but full.
    rows = 5
    parts = [rgb[y:y + rows].tobytes() for y in range(0, H, rows)]
    w.add("tiff lzw own", stripped(rgb, [lzw(p) for p in parts], rows, 5))
    w.add("tiff lzw without end code", stripped(rgb, [lzw(p, False) for p in parts], rows, 5))
    w.add("tiff lzw, bytes behind", stripped(rgb, [lzw(p) + b"\xfe\xdc\xba" * 9 for p in parts], rows, 5))
    w.add("tiff lzw without end code, bytes behind", stripped(rgb, [lzw(p, False) + b"\xff" * 40 for p in parts], rows, 5))
    import zlib
    w.add("tiff deflate, bytes behind", stripped(rgb, [zlib.compress(p) + b"\xff" * 40 for p in parts], rows, 8))
    w.add("tiff deflate without checksum", stripped(rgb, [zlib.compress(p)[:-4] for p in parts], rows, 8), tools="pillow")
    w.add("tiff raw, bytes behind", stripped(rgb, [p + b"\xff" * 9 for p in parts], rows, 1))
    # Measured only.
    w.add("tiff float", tiff(grey.astype(np.float32), photometric="minisblack"), tools="none")
    w.add("tiff 32 bits", tiff(grey.astype(np.uint32), photometric="minisblack"), tools="none")
    w.add("tiff signed", tiff(grey.astype(np.int16), photometric="minisblack"), tools="none")
    w.add("tiff cmyk 16", tiff(np.dstack([deep, deep[:, :, :1]]), photometric="separated"), tools="none")
    w.add("tiff jpeg 2000", tiff(rgb, photometric="rgb", compression="jpeg2000"), tools="none")
    w.add("tiff webp", tiff(rgb, photometric="rgb", compression="webp"), tools="none")
    w.add("tiff lzma", tiff(rgb, photometric="rgb", compression="lzma"), tools="none")
    w.add("tiff lab", pillow(Image.fromarray(rgb).convert("LAB"), "TIFF"), tools="none")


def others(w, rng):
    rgb, smooth = picture(rng), picture(rng, True)
    im = Image.fromarray(rgb)
    flat = Image.fromarray(smooth)
    for mode in ("L", "RGB", "1"):
        w.add(f"png {mode}", pillow(im.convert(mode), "PNG"))
    w.add("png P", pillow(im.convert("P"), "PNG"))
    w.add("png P 16 colours", pillow(im.quantize(16), "PNG", bits=4))
    w.add("png 16 bits", imagecodecs.png_encode(rgb.astype(np.uint16) * 251), tools="opencv")
    ok, data = cv2.imencode(".png", rgb[:, :, 0].astype(np.uint16) * 251)
    w.add("png grey 16 bits", data.tobytes(), tools="opencv")
    w.add("jpeg grey", pillow(flat.convert("L"), "JPEG", quality=95), most=1)
    w.add("jpeg 444", pillow(flat, "JPEG", quality=95, subsampling=0), most=3)
    w.add("jpeg 420", pillow(flat, "JPEG", quality=95, subsampling=2), most=14)
    w.add("jpeg progressive", pillow(flat, "JPEG", quality=95, subsampling=0, progressive=True), most=3)
    w.add("jpeg cmyk", pillow(flat.convert("CMYK"), "JPEG", quality=95), most=4, tools="pillow")
    ycck = imagecodecs.jpeg8_encode(np.asarray(flat.convert("CMYK")), level=95, colorspace="cmyk", outcolorspace="ycck", subsampling="444")
    w.add("jpeg ycck", ycck, most=5, tools="pillow")
    w.add("webp lossless", pillow(im, "WEBP", lossless=True))
    w.add("webp lossy", pillow(flat, "WEBP", quality=95), most=12)
    w.add("bmp", pillow(im, "BMP"))
    w.add("bmp grey", pillow(im.convert("L"), "BMP"))
    w.add("gif", pillow(im, "GIF"))
    w.add("jpeg 2000", pillow(im, "JPEG2000"), tools="none")
    w.add("jpeg 2000 stream", imagecodecs.jpeg2k_encode(rgb, codecformat="j2k"), tools="none")
    w.add("animated webp", pillow(im, "WEBP", save_all=True, append_images=[im.point(lambda v: 255 - v)], duration=100), tools="none")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--out", required=True)
    a.add_argument("--seed", type=int, default=1)
    o = a.parse_args()
    rng = np.random.default_rng(o.seed)
    w = Writer(os.path.join(o.out, "images.jsonl.gz"))
    orientations(w, rng)
    tiffs(w, rng)
    others(w, rng)
    w.out.close()


if __name__ == "__main__":
    main()
