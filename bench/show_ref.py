"""Draws each image of a COCO file with the outlines of its masks, as notebooks do:
json and pycocotools for the masks, Pillow for the images, matplotlib for the lines,
one PNG per image, of the same size as the image.

    python bench/show_ref.py FILE IMAGES OUT
"""

import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from pycocotools.coco import COCO

path, images, out = sys.argv[1:]
os.makedirs(out, exist_ok=True)
stdout, sys.stdout = sys.stdout, sys.stderr  # pycocotools prints messages
coco = COCO(path)
for img in coco.loadImgs(coco.getImgIds()):
    pixels = np.asarray(Image.open(os.path.join(images, img["file_name"])).convert("RGB"))
    fig = plt.figure(figsize=(img["width"] / 100, img["height"] / 100), dpi=100)
    ax = fig.add_axes([0, 0, 1, 1])
    ax.imshow(pixels)
    ax.axis("off")
    for a in coco.loadAnns(coco.getAnnIds(imgIds=[img["id"]])):
        ax.contour(coco.annToMask(a), levels=[0.5], colors="yellow", linewidths=1.3)
    ax.text(5, 15, os.path.splitext(img["file_name"])[0], color="white")
    fig.savefig(os.path.join(out, os.path.splitext(img["file_name"])[0] + ".png"))
    plt.close(fig)
