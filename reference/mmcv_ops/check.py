#!/usr/bin/env python3
"""Compares the stand-in for mmcv._ext, as mmcv calls it, with explicit implementations of the definitions.

  PYTHONPATH=reference/mmcv_ops python reference/mmcv_ops/check.py

Needs mmcv-lite or mmcv, torch and torchvision. The gradient of RoIAlign is compared with finite differences.
"""
import numpy as np
import torch
from mmcv.ops import nms, roi_align, soft_nms


def bilinear(plane, y, x):
    height, width = plane.shape
    if y < -1 or y > height or x < -1 or x > width:
        return 0.0
    y, x = max(y, 0.0), max(x, 0.0)
    top, left = min(int(y), height - 1), min(int(x), width - 1)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    dy, dx = (y - top if bottom > top else 0.0), (x - left if right > left else 0.0)
    return ((1 - dy) * ((1 - dx) * plane[top, left] + dx * plane[top, right])
            + dy * ((1 - dx) * plane[bottom, left] + dx * plane[bottom, right]))


def roi_align_defined(image, rois, side, scale, ratio, aligned):
    out = np.zeros((len(rois), image.shape[1], side, side))
    for n, (index, *corners) in enumerate(rois):
        x1, y1, x2, y2 = (c * scale - (0.5 if aligned else 0) for c in corners)
        width, height = x2 - x1, y2 - y1
        if not aligned:
            width, height = max(width, 1.0), max(height, 1.0)
        ny = ratio if ratio > 0 else int(np.ceil(height / side))
        nx = ratio if ratio > 0 else int(np.ceil(width / side))
        for c, plane in enumerate(image[int(index)]):
            for i in range(side):
                for j in range(side):
                    points = [bilinear(plane, y1 + (i + (k + 0.5) / ny) * height / side, x1 + (j + (m + 0.5) / nx) * width / side)
                              for k in range(ny) for m in range(nx)]
                    out[n, c, i, j] = sum(points) / max(ny * nx, 1)
    return out


def nms_defined(boxes, scores, threshold):
    def iou(a, b):
        w = min(a[2], b[2]) - max(a[0], b[0])
        h = min(a[3], b[3]) - max(a[1], b[1])
        both = max(w, 0) * max(h, 0)
        return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)

    kept = []
    for i in sorted(range(len(boxes)), key=lambda k: -scores[k]):
        if all(iou(boxes[i], boxes[k]) <= threshold for k in kept):
            kept.append(i)
    return kept


def random_boxes(rng, count, side):
    at, size = rng.uniform(-3, side - 3, (count, 2)), rng.uniform(1, side / 2, (count, 2))
    return np.concatenate([at, at + size], 1)


def main():
    rng = np.random.default_rng(69)
    cases = 0
    for aligned in (True, False):
        for ratio in (0, 2):
            for scale in (1.0, 0.25):
                image = rng.normal(size=(2, 3, 17, 23))
                rois = np.concatenate([rng.integers(0, 2, (6, 1)), random_boxes(rng, 6, 20 / scale)], 1)
                given = torch.tensor(image, requires_grad=True)
                call = lambda x: roi_align(x, torch.tensor(rois), (5, 5), scale, ratio, "avg", aligned)  # noqa: E731
                got = call(given)
                np.testing.assert_allclose(got.detach().numpy(), roi_align_defined(image, rois, 5, scale, ratio, aligned), atol=1e-9)
                assert torch.autograd.gradcheck(call, (given,))
                cases += 1
    for threshold in (0.3, 0.5, 0.7):
        boxes, scores = random_boxes(rng, 60, 40).astype(np.float32), rng.permutation(60).astype(np.float32) / 60
        _, kept = nms(torch.tensor(boxes), torch.tensor(scores), threshold)
        assert kept.tolist() == nms_defined(boxes.astype(float), scores, threshold), threshold
        cases += 1
    try:
        soft_nms(torch.rand(3, 4), torch.rand(3), 0.5)
        raise AssertionError("an operator that the stand-in lacks gave a result")
    except NotImplementedError as e:
        assert "softnms" in str(e), e
    print(f"{cases} cases are as defined")


if __name__ == "__main__":
    main()
