"""Writes label images, numpy files and contours made by the real tools, with what these
tools say of them, and checks the files that hubdata writes.

    python reference/rasters.py --out DIR --seed N --count N
    python reference/rasters.py --check DIR

The first writes DIR/labels.jsonl.gz (label images of tifffile, scikit-image, OpenCV and
Pillow, with the regions of skimage.measure.regionprops and the connected parts that
skimage.measure.label and cv2.connectedComponents agree on), DIR/cellpose.jsonl.gz (.npy
files, and _seg.npy files with the members that cellpose 4.2.1.1's masks_flows_to_seg
saves), DIR/hovernet.jsonl.gz (HoVer-Net's JSON of contours of cv2.findContours, with the
pixels that cv2.drawContours fills). The first line of each has the versions. The second
reads each file of DIR/expected.jsonl with all tools, and fails if one reads other numbers.
"""

import argparse
import base64
import gzip
import io
import json
import os
import platform
import tempfile
import zlib

import cv2
import numpy as np
import PIL
import skimage
import skimage.io
import tifffile
from PIL import Image
from skimage import measure


def draw(rng, most):
    """A label image with parts, holes and instances that touch."""
    h, w = (int(v) for v in rng.integers(1, 48, 2))
    lab = np.zeros((h, w), np.int64)
    y, x = np.mgrid[:h, :w]
    for _ in range(int(rng.integers(0, 9))):
        number = int(rng.integers(1, most + 1))
        cy, cx = rng.integers(0, h), rng.integers(0, w)
        ry, rx = rng.integers(1, 2 + h // 3), rng.integers(1, 2 + w // 3)
        lab[((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 <= 1] = number
    if rng.random() < 0.3:  # single pixels, which touch at corners
        lab[rng.random((h, w)) < 0.2] = 0
    return lab


def region(number, mask):
    """The number, area and COCO box of a mask."""
    p = measure.regionprops(mask.astype(np.uint8))[0]
    top, left, bottom, right = p.bbox
    return [int(number), int(p.area), int(left), int(top), int(right - left), int(bottom - top)]


def parts(lab, connectivity):
    """The connected parts of each number."""
    out = []
    for number in np.unique(lab[lab > 0]):
        mask = lab == number
        found = measure.label(mask, connectivity=1 if connectivity == 4 else 2)
        n, _ = cv2.connectedComponents(mask.astype(np.uint8), connectivity=connectivity)
        assert n - 1 == found.max()
        out += [region(number, found == k) for k in range(1, found.max() + 1)]
    return sorted(out)


def answer(lab):
    regions = [region(n, lab == n) for n in np.unique(lab[lab > 0])]
    return {"height": lab.shape[0], "width": lab.shape[1], "labels": pack(lab), "number": regions, "parts4": parts(lab, 4), "parts8": parts(lab, 8)}


def pack(lab):
    return base64.b64encode(zlib.compress(lab.astype("<u4").tobytes(), 9)).decode()


def tiff(rng, lab):
    dtype = str(rng.choice(["uint8", "uint16", "uint32", "int16", "int32", "int64", "uint64"]))
    lab = lab % (100 if dtype == "uint8" else 30000 if dtype == "int16" else 60000 if dtype == "uint16" else 1 << 31)
    options = {"byteorder": str(rng.choice(["<", ">"])), "bigtiff": bool(rng.random() < 0.2)}
    codec = rng.choice(["none", "zlib", "lzw", "packbits", "zstd"])
    if codec != "none":
        options["compression"] = str(codec)
        if codec in ("zlib", "lzw", "zstd") and rng.random() < 0.5:
            options["predictor"] = 2
    if rng.random() < 0.3:
        options["tile"] = (16, 32)
    elif rng.random() < 0.5:
        options["rowsperstrip"] = int(rng.integers(1, 20))
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, lab.astype(dtype), photometric="minisblack", **options)
    return lab, buffer.getvalue(), f"tifffile {dtype} {options}"


def saved(save, lab, suffix):
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "x" + suffix)
        save(name, lab)
        with open(name, "rb") as f:
            return f.read()


def image(rng):
    kind = int(rng.integers(0, 10))
    if kind < 6:
        lab, data, about = tiff(rng, draw(rng, int(rng.choice([5, 300, 70000]))))
        return ".tif", lab, data, about
    if kind == 6:
        lab = draw(rng, 60000)
        return ".png", lab, saved(lambda n, a: cv2.imwrite(n, a), lab.astype(np.uint16), ".png"), "cv2 16 bits"
    if kind == 7:
        lab = draw(rng, 250)
        return ".png", lab, saved(lambda n, a: skimage.io.imsave(n, a, check_contrast=False), lab.astype(np.uint8), ".png"), "skimage 8 bits"
    if kind == 8:
        lab = draw(rng, 60000)
        lab = np.pad(lab, [(0, max(5 - n, 0)) for n in lab.shape])  # imsave takes 3 or 4 rows or columns for colours
        return ".tif", lab, saved(lambda n, a: skimage.io.imsave(n, a, check_contrast=False), lab.astype(np.uint32), ".tif"), "skimage 32 bits"
    lab = draw(rng, 20)

    def palette(name, a):
        img = Image.fromarray(a, "L")
        img.putpalette([int(v) for v in rng.integers(0, 256, 768)])
        img.save(name)

    return ".png", lab, saved(palette, lab.astype(np.uint8), ".png"), "Pillow palette"


def npy(rng):
    lab = draw(rng, int(rng.choice([5, 300, 70000])))
    dtype = str(rng.choice(["uint8", "uint16", ">u2", "uint32", "int32", ">i4", "int64", "uint64", "bool"]))
    lab = lab % (2 if dtype == "bool" else 200 if dtype == "uint8" else 60000)
    array = lab.astype(dtype)
    if rng.random() < 0.4:
        array = np.asfortranarray(array)
    buffer = io.BytesIO()
    kind = rng.integers(0, 3)
    if kind == 0:
        np.save(buffer, array)
        return lab, buffer.getvalue(), f"numpy.save {dtype}"
    if kind == 1:
        version = (int(rng.integers(1, 4)), 0)
        np.lib.format.write_array(buffer, array, version=version)
        return lab, buffer.getvalue(), f"write_array {version} {dtype}"
    h, w = lab.shape
    seg = {
        "outlines": (array * 0).astype(np.uint16),
        "masks": array,
        "chan_choose": [0, 0],
        "ismanual": np.zeros(int(lab.max()), bool),
        "filename": "folder/tile.png",
        "flows": [rng.integers(0, 255, (h, w, 3)).astype(np.uint8), rng.random((h, w)).astype(np.float32), [], None, [1, 2.5, True]],
        "diameter": np.nan,
        "est_diam": np.float64(17.5),
        "manual_changes": [["01/02/2026, 10:11:12", "added mask", [np.array([1, 2]), np.array([3, 4])]]],
        "normalize_params": {"lowhigh": None, "percentile": [1.0, 99.0], 3: -70000},
        "zdraw": [None] * int(rng.integers(0, 400)),
    }
    protocol = int(rng.integers(2, 6))
    if protocol == 2:
        np.save(buffer, seg)
        return lab, buffer.getvalue(), f"_seg numpy.save {dtype}"
    # numpy of other versions uses other protocols.
    import pickle

    np.lib.format.write_array_header_1_0(buffer, {"descr": "|O", "fortran_order": False, "shape": ()})
    data = pickle.dumps(np.array(seg, dtype=object), protocol=min(protocol, 4))
    if rng.random() < 0.5:  # numpy before 2 names its modules otherwise, with a name of the same length on both sides
        data = data.replace(b"\x8c\x16numpy._core.multiarray", b"\x8c\x15numpy.core.multiarray").replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
        if protocol >= 4:  # frames have lengths, which the change made wrong
            data = pickletools_optimize(data)
    buffer.write(data)
    return lab, buffer.getvalue(), f"_seg protocol {protocol} {dtype}"


def pickletools_optimize(data):
    """The pickle without its frames, which are optional."""
    out, at = b"", 0
    while (k := data.find(b"\x95", at)) >= 0 and k == 2:
        out, at = data[:2], 11
    return out + data[at:]


def nuclei(rng):
    """HoVer-Net's JSON for a map of instances, and the pixels of each contour."""
    lab = draw(rng, 60)
    nuc, filled = {}, []
    for number in np.unique(lab[lab > 0]):
        mask = (lab == number).astype(np.uint8)
        ys, xs = np.nonzero(mask)
        top, bottom, left, right = ys.min(), ys.max() + 1, xs.min(), xs.max() + 1
        contour = np.squeeze(cv2.findContours(mask[top:bottom, left:right], cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)[0][0].astype("int32"))
        if contour.ndim != 2 or contour.shape[0] < 3:  # as HoVer-Net leaves them out
            continue
        contour = contour + [left, top]
        full = np.zeros(lab.shape, np.uint8)
        cv2.drawContours(full, [contour.astype(np.int32)], 0, 1, cv2.FILLED)
        nuc[str(number)] = {
            "bbox": [[int(top), int(left)], [int(bottom), int(right)]],
            "centroid": [float(v) for v in contour.mean(0)],
            "contour": contour.tolist(),
            "type_prob": round(float(rng.random()), 3),
            "type": int(number % 3),
        }
        filled.append({"type": int(number % 3), "region": region(number, full), "mask": pack(full)})
    return lab, json.dumps({"mag": 40, "nuc": nuc}), filled


def generate(out, seed, count):
    rng = np.random.default_rng(seed)
    os.makedirs(out, exist_ok=True)

    versions = {"python": platform.python_version(), "numpy": np.__version__, "opencv": cv2.__version__, "scikit-image": skimage.__version__,
                "tifffile": tifffile.__version__, "pillow": PIL.__version__, "seed": seed, "count": count}

    def write(name, make):
        # The time and the name would make equal answers differ.
        with open(os.path.join(out, name + ".jsonl.gz"), "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as f:
            f.write(json.dumps(versions).encode() + b"\n")
            for _ in range(count):
                f.write(json.dumps(make()).encode() + b"\n")

    def labels():
        suffix, lab, data, about = image(rng)
        return {"about": about, "suffix": suffix, "file": base64.b64encode(data).decode(), **answer(lab)}

    def arrays():
        lab, data, about = npy(rng)
        return {"about": about, "file": base64.b64encode(data).decode(), **answer(lab)}

    def contours():
        lab, text, filled = nuclei(rng)
        return {"height": lab.shape[0], "width": lab.shape[1], "json": text, "nuclei": filled}

    write("labels", labels)
    write("cellpose", arrays)
    write("hovernet", contours)


def check(folder):
    n = 0
    with open(os.path.join(folder, "expected.jsonl")) as f:
        for line in f:
            case = json.loads(line)
            name = os.path.join(folder, case["file"])
            lab = np.frombuffer(zlib.decompress(base64.b64decode(case["labels"])), "<u4").reshape(case["height"], case["width"])
            readers = {"skimage": skimage.io.imread, "Pillow": lambda n: np.asarray(Image.open(n))}
            if lab.max(initial=0) < 1 << 16:
                readers["cv2"] = lambda n: cv2.imread(n, cv2.IMREAD_UNCHANGED)
            if name.endswith(".tif"):
                readers["tifffile"] = tifffile.imread
            for tool, reader in readers.items():
                got = reader(name)
                assert got.shape == lab.shape, (case["file"], tool, got.shape, lab.shape)
                assert got.dtype.kind in "iu", (case["file"], tool, got.dtype)
                assert (got.astype(np.int64) == lab).all(), (case["file"], tool, got.dtype)
                n += 1
    print(f"{n} readings are equal: tifffile {tifffile.__version__}, scikit-image {skimage.__version__}, opencv {cv2.__version__}, pillow {PIL.__version__}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out")
    parser.add_argument("--check")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=120)
    args = parser.parse_args()
    if args.check:
        check(args.check)
    else:
        generate(args.out, args.seed, args.count)
