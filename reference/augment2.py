#!/usr/bin/env python3
"""Runs the end of the pipeline that `augment` writes for MMDetection 2.x, with the real MMDetection and Albumentations.

  PYTHONPATH=reference/mmcv_ops python reference/augment2.py

Needs mmdet 2.28.2, mmcv 1.7, albumentations 1.3.1 and torch. Albumentations 1.3.1 fails on an image that an earlier step
has left without boxes. The step before it, a crop to the whole image, must skip such an image and leave all others
unchanged. The config is mmdet/testdata/overlay/mmdet2-full.py.
"""
import pathlib
import re
import tempfile
import warnings

warnings.filterwarnings("ignore")

import albumentations  # noqa: E402
import mmdet  # noqa: E402
import numpy as np  # noqa: E402
from mmcv import Config  # noqa: E402
from mmcv.utils import build_from_cfg  # noqa: E402
from mmdet.core.mask.structures import BitmapMasks  # noqa: E402
from mmdet.datasets.builder import PIPELINES  # noqa: E402


def image(boxes):
    masks = np.zeros((boxes, 64, 64), np.uint8)
    masks[:, 10:20, 10:30] = 1
    return dict(img=np.random.randint(0, 255, (64, 64, 3), np.uint8), img_fields=["img"], bbox_fields=["gt_bboxes"],
                img_shape=(64, 64, 3), pad_shape=(64, 64, 3), gt_bboxes=np.tile(np.float32([[10, 10, 30, 20]]), (boxes, 1)),
                gt_labels=np.zeros(boxes, np.int64), gt_masks=BitmapMasks(masks, 64, 64))


def main():
    text = (pathlib.Path(__file__).parent.parent / "mmdet/testdata/overlay/mmdet2-full.py").read_text()
    with tempfile.NamedTemporaryFile("w", suffix=".py") as f:
        f.write(re.sub(r"^_base_ = .*$", "", text, flags=re.M))
        f.flush()
        steps = [dict(s) for s in Config.fromfile(f.name).data.train.pipeline]
    at = [s["type"] for s in steps].index("Albu")
    crop, albu = (build_from_cfg(dict(steps[k]), PIPELINES) for k in (at - 1, at))
    print(f"MMDetection {mmdet.__version__}, albumentations {albumentations.__version__}")
    try:
        albu(image(0))
        print("Albumentations takes an image without boxes: the crop is not needed")
    except IndexError:
        print("Albumentations fails on an image without boxes (IndexError)")
    assert crop(image(0)) is None
    before = image(2)
    after = crop({key: v.copy() if hasattr(v, "copy") else v for key, v in before.items()})
    for key in ("img", "gt_bboxes", "gt_labels"):
        assert (before[key] == after[key]).all(), key
    assert (before["gt_masks"].masks == after["gt_masks"].masks).all()
    np.random.seed(69)
    for _ in range(200):
        result = albu(crop(image(2)))
        assert result is None or len(result["gt_bboxes"]) == len(result["gt_masks"].masks) > 0
    print("200 samples pass")


if __name__ == "__main__":
    main()
