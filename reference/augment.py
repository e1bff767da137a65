#!/usr/bin/env python3
"""Runs the pipelines that `augment` writes for MMDetection 3.x, with the real MMDetection.

  PYTHONPATH=reference/mmcv_ops python reference/augment.py HUBDATA [SAMPLES]

Needs mmdet 3.3.0, mmcv or mmcv-lite 2.1, albumentations 1.x, torch and torchvision. Each
pipeline of the recipe quickstart-mmdet3 loads SAMPLES (default 200) images of `hubdata
demo`. None may fail, each must have a box, a label and a mask per instance, and every box must
have a positive width and height. The last check is an image that loses its only annotation:
MMDetection's own Albumentations step fails on it, and that of hubdata's module skips it.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
from mmdet.datasets.transforms import Albu  # noqa: E402
from mmdet.registry import DATASETS, TRANSFORMS  # noqa: E402
from mmdet.structures.bbox import HorizontalBoxes  # noqa: E402
from mmdet.structures.mask import BitmapMasks  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.registry import init_default_scope  # noqa: E402


def make(hubdata, folder):
    """Draws the demo and writes the overlays of the two trainings."""
    def run(*words):
        return subprocess.run([hubdata, *words], check=True, capture_output=True, text=True, cwd=folder).stdout

    import mmdet
    configs = pathlib.Path(mmdet.__file__).parent / ".mim/configs"
    run("demo", "--no-convert", "--quiet", ".")
    run("train", "init", "--quiet", "quickstart-mmdet3")
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("configs: mmdetection/configs", f"configs: {configs}"))
    for data in ("ds2", "ds1-train", "ds1-valid"):
        run("train", "run", "--until", f"build-{data}")
    paths = []
    for stage in json.loads(run("train", "plan", "--json"))["stages"]:
        if stage["kind"] == "train":
            for path, text in ((stage["overlay_path"], stage["overlay"]), (stage["module_path"], stage["module"])):
                pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
                pathlib.Path(path).write_text(text)
            paths.append(stage["overlay_path"])
    return paths


def sample(path, count):
    config = Config.fromfile(path).train_dataloader.dataset
    data = DATASETS.build(config)
    passed, instances = 0, 0
    for k in range(count):
        item = data.prepare_data(k % len(data))
        if item is None:
            passed += 1
            continue
        gt = item["data_samples"].gt_instances
        boxes = gt.bboxes.tensor
        assert len(boxes) == len(gt.labels) == len(gt.masks) > 0, (k, len(boxes), len(gt.labels), len(gt.masks))
        assert (boxes[:, 2:] > boxes[:, :2]).all(), (k, boxes)
        assert gt.masks.masks.shape[1:] == item["inputs"].shape[1:], k
        instances += len(boxes)
    print(f"{pathlib.Path(path).parent.parent.name}: {count} samples, {instances} instances, {passed} passed over")


def lost(path):
    """Checks an image whose only annotation is moved out of it."""
    step = next(dict(s) for s in Config.fromfile(path).train_dataloader.dataset.pipeline if s["type"].endswith("Albu"))
    step["transforms"] = [dict(type="ShiftScaleRotate", shift_limit=(0.5, 0.5), scale_limit=0.0, rotate_limit=0, border_mode=0, p=1.0)]
    theirs = Albu(**{k: v for k, v in step.items() if k != "type"})
    ours = TRANSFORMS.build(step)

    def image():
        masks = np.zeros((1, 64, 64), np.uint8)
        masks[:, 50:60, 50:60] = 1
        return dict(img=np.zeros((64, 64, 3), np.uint8), gt_bboxes=HorizontalBoxes(np.array([[50, 50, 60, 60]], np.float32)),
                    gt_bboxes_labels=np.zeros(1, np.int64), gt_ignore_flags=np.zeros(1, bool), gt_masks=BitmapMasks(masks, 64, 64))

    try:
        theirs(image())
        print("MMDetection's own step takes an image that loses all its annotations: the module is not needed")
    except IndexError:
        print("MMDetection's own step fails on an image that loses all its annotations (IndexError)")
    assert ours(image()) is None


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    init_default_scope("mmdet")
    random.seed(69)
    np.random.seed(69)
    with tempfile.TemporaryDirectory() as top:
        paths = make(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(top))
        sys.path.insert(0, str(pathlib.Path(paths[0]).parent))
        for path in paths:
            sample(path, count)
        lost(paths[0])


if __name__ == "__main__":
    main()
