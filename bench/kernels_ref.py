"""Times OpenCV on the files of bench/kernels: python bench/kernels_ref.py [pixels] fill|dilate|close FILE
prints the nanoseconds per mask and the pixels of all masks. With pixels, images are reused and stay
images. Without it, pycocotools decodes the masks from runs and encodes the results as runs, as for a file of masks."""
import sys
import time

import cv2
import numpy as np
from pycocotools import mask as mask_api

cv2.setNumThreads(1)
pixels = sys.argv[1] == "pixels"
what, path = sys.argv[-2:]
cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
with open(path) as f:
    n, h, w = map(int, f.readline().split())
    lines = [np.array(line.split()[1:], float) for line in f]
total, area = 0, 0
if what == "fill":
    image = np.zeros((h, w), np.uint8)
    for ring in lines:
        points = [ring.reshape(-1, 2).astype(np.int32)]
        start = time.perf_counter_ns()
        image[:] = 0
        cv2.fillPoly(image, points, 1)
        if not pixels:
            rle = mask_api.encode(np.asfortranarray(image))
        total += time.perf_counter_ns() - start
        area += int(image.sum()) if pixels else int(mask_api.area(rle))
else:
    op = {"dilate": cv2.MORPH_DILATE, "close": cv2.MORPH_CLOSE}[what]
    for runs in lines:
        rle = mask_api.frPyObjects({"size": [h, w], "counts": runs.astype(int).tolist()}, h, w)
        image = np.ascontiguousarray(mask_api.decode(rle))
        start = time.perf_counter_ns()
        if not pixels:
            image = np.ascontiguousarray(mask_api.decode(rle))
        image = cv2.morphologyEx(image, op, cross)
        if not pixels:
            rle = mask_api.encode(np.asfortranarray(image))
        total += time.perf_counter_ns() - start
        area += int(image.sum())
print(total / n, area)
