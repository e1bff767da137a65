"""Prints which loaders turn a picture as its file says, and which kinds of file.

    python reference/orientation.py [--ultralytics FOLDER] [--transformers FOLDER]

The loaders are run, on files of all eight orientations (EXIF of JPEG, PNG and WebP, and
TIFF's own). A loader "turns" if it shows every file as Pillow's ImageOps.exif_transpose
shows the stored picture, and "stored" if it shows them as they are stored. What `hubdata
check` says of turned files (rule image-file-turned) is from this table. mmcv is that of
the wheel mmcv-lite, if it is installed. ultralytics and transformers need PyTorch to be
imported: of their unpacked wheels only the functions that load images are run.

OpenCV 5.0.0, Pillow 13.0.0, mmcv-lite 2.2.0, ultralytics 8.4.190, transformers 5.24.0:

    cv2.imread                 jpeg: turns  png: turns  webp: turns  tiff: fails at 5 to 8
    cv2.imdecode               jpeg: turns  png: turns  webp: turns  tiff: turns
    mmcv.imfrombytes           jpeg: turns  png: turns  webp: turns  tiff: turns
    PIL.Image.open             jpeg: stored png: stored webp: stored tiff: turns
    PIL.ImageOps.exif_transpose jpeg: turns png: turns  webp: turns  tiff: turns
    ultralytics imread         jpeg: turns  png: turns  webp: turns  tiff: turns
    transformers load_image    jpeg: turns  png: turns  webp: turns  tiff: turns

OpenCV 4.10.0, Pillow 10.4.0: cv2.imread turns a TIFF, and shows a WebP as it is stored.
detectron2 was not run: its read_image turns pictures by getexif, as exif_transpose does.
"""

import argparse
import ast
import io
import os
import tempfile

import cv2
import numpy as np
import PIL
from PIL import Image, ImageOps

try:
    import mmcv
except ImportError:
    mmcv = None

W, H = 24, 16


def picture():
    y, x = np.mgrid[0:H, 0:W]
    return np.dstack([x * 10, y * 15, (x + y) * 6]).astype(np.uint8)


def encoded(kind, orientation):
    b, im = io.BytesIO(), Image.fromarray(picture())
    if kind == "tiff":
        im.save(b, "TIFF", compression="tiff_lzw", tiffinfo={274: orientation})
        return b.getvalue()
    exif = Image.Exif()
    exif[274] = orientation
    how = {"jpeg": {"quality": 95, "subsampling": 0}, "png": {}, "webp": {"lossless": True}}[kind]
    im.save(b, kind.upper(), exif=exif.tobytes(), **how)
    return b.getvalue()


def shown(orientation):
    im = Image.fromarray(picture())
    im.getexif()[274] = orientation
    return np.asarray(ImageOps.exif_transpose(im))


def function(path, name, **names):
    """A function of a source file, with the file's constants but without what it imports."""
    with open(path) as f:
        tree = ast.parse(f.read())
    space = dict(names)
    for n in tree.body:
        if isinstance(n, ast.Assign):
            try:
                exec(compile(ast.Module([n], []), path, "exec"), space)
            except Exception:
                continue  # it needs an import
    tree.body = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    for n in tree.body:
        n.decorator_list, n.returns = [], None
        for a in n.args.args + n.args.kwonlyargs:
            a.annotation = None
    exec(compile(tree, path, "exec"), space)
    return space[name]


def loaders(o):
    def bgr(p):
        return None if p is None else p[:, :, 2::-1]

    yield "cv2.imread", lambda path: bgr(cv2.imread(path, cv2.IMREAD_COLOR))
    yield "cv2.imdecode", lambda path: bgr(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR))
    if mmcv:
        yield f"mmcv.imfrombytes {mmcv.__version__}", lambda path: bgr(mmcv.imfrombytes(open(path, "rb").read(), flag="color", backend="cv2"))
    yield "PIL.Image.open", lambda path: np.asarray(Image.open(path).convert("RGB"))
    yield "PIL.ImageOps.exif_transpose", lambda path: np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
    if o.ultralytics:
        from pathlib import Path
        load = function(os.path.join(o.ultralytics, "ultralytics", "utils", "patches.py"), "imread", cv2=cv2, np=np, Path=Path, Image=Image, ImageOps=ImageOps, os=os)
        yield "ultralytics imread", lambda path: bgr(load(path))
    if o.transformers:
        load = function(os.path.join(o.transformers, "transformers", "image_utils.py"), "load_image", PIL=PIL, os=os, requires_backends=lambda *_: None)
        yield "transformers load_image", lambda path: np.asarray(load(Image.open(path)))


def judge(load, kind):
    """How a loader shows the orientations of a kind of file."""
    seen = {"turns": [], "stored": [], "fails": [], "other": []}
    for orientation in range(2, 9):
        path = os.path.join(tempfile.gettempdir(), f"orientation-{os.getpid()}.{kind}")
        with open(path, "wb") as f:
            f.write(encoded(kind, orientation))
        try:
            p = load(path)
        except Exception as e:
            print(f"    {type(e).__name__}: {e}")
            p = None
        os.remove(path)

        def near(a):
            return p is not None and p.shape == a.shape and np.abs(a.astype(int) - p).mean() < 3

        seen["fails" if p is None else "turns" if near(shown(orientation)) else "stored" if near(picture()) else "other"].append(orientation)
    return ", ".join(what if len(at) == 7 else f"{what} at {at}" for what, at in seen.items() if at)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--ultralytics", help="folder of its unpacked wheel")
    a.add_argument("--transformers", help="folder of its unpacked wheel")
    o = a.parse_args()
    print(f"OpenCV {cv2.__version__}, Pillow {PIL.__version__}")
    for name, load in loaders(o):
        print(f"{name:32}" + "  ".join(f"{kind}: {judge(load, kind)}" for kind in ("jpeg", "png", "webp", "tiff")))


if __name__ == "__main__":
    main()
