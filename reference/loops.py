"""Scores with hubdata inside the validation loops of MMDetection and ultralytics, as docs/python.md shows it:

    python reference/loops.py mmdet|ultralytics DEMO

runs the code of the page with the real package on a demo folder and compares the numbers with pycocotools'. hubdata
and the package must be installed: see reference/loops.sh.
"""

import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import hubdata
import numpy as np
from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

PAGE = Path(__file__).parent.parent / "docs" / "python.md"


def block(title):
    """The code below a title of the page."""
    return re.search(r"^### In %s\n.*?```python\n(.*?)```" % title, PAGE.read_text("utf-8"), re.S | re.M).group(1)


def coco_stats(truth, results, limits, boxes, ious=None):
    with contextlib.redirect_stdout(io.StringIO()):
        gt = COCO(truth)
        found = [{k: v for k, v in r.items() if boxes or k != "bbox"} for r in results]
        scored = COCOeval(gt, gt.loadRes(found), "segm")
        scored.params.maxDets = limits
        if ious:
            scored.params.iouThrs = np.array(ious)
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    return list(scored.stats)


def mmdet(demo):
    import mmdet_load  # loads MMDetection also where mmcv has no compiled operators, which nothing here needs
    import torch
    from mmengine.evaluator import Evaluator

    space = {}
    exec(block("MMDetection"), space)
    truth = json.loads((demo / "ds3_truth.json").read_text())
    truth.setdefault("info", {})  # older loadRes needs it
    Path("truth.json").write_text(json.dumps(truth))
    metric = {"type": "HubdataMetric", "ann_file": "truth.json", "outfile_prefix": "val", "metric": ["segm"]}
    evaluator = Evaluator([metric])
    evaluator.dataset_meta = {"classes": [c["name"] for c in truth["categories"]]}
    results = json.loads((demo / "predictions" / "vit.segm.json").read_text())
    for image in truth["images"]:
        found = [r for r in results if r["image_id"] == image["id"]]
        boxes = torch.tensor([[x, y, x + w, y + h] for x, y, w, h in (r["bbox"] for r in found)])
        predictions = {
            "bboxes": boxes,
            "scores": torch.tensor([r["score"] for r in found]),
            "labels": torch.zeros(len(found), dtype=torch.int64),
            "masks": torch.tensor(masks.decode([r["segmentation"] for r in found]).transpose(2, 0, 1)).bool(),
        }
        sample = {"img_id": image["id"], "ori_shape": (image["height"], image["width"]), "pred_instances": predictions}
        evaluator.process(data_samples=[sample])
    scores = evaluator.evaluate(len(truth["images"]))
    assert mmdet_load.NEW
    written = json.loads(Path("val.segm.json").read_text())
    stats = coco_stats("truth.json", written, [100, 300, 1000], boxes=False)
    names = "AP AP50 AP75 AP_small AP_medium AP_large AR_100 AR_300 AR_1000 AR_small AR_medium AR_large".split()
    ours = [scores["coco/hubdata_" + name] for name in names]
    assert ours == stats, (ours, stats)
    for theirs, name in ("mAP", "AP"), ("mAP_50", "AP50"), ("mAP_s", "AP_small"), ("mAP_l", "AP_large"):
        assert abs(scores["coco/segm_" + theirs] - scores["coco/hubdata_" + name]) < 6e-4, (theirs, scores)
    print("MMDetection's loop: 12 numbers equal pycocotools', AP %.4f" % stats[0])


def ultralytics(demo):
    os.environ["YOLO_CONFIG_DIR"] = os.getcwd()
    # Labels of whole outlines, as ultralytics reads them: a line per instance, shares of the size.
    hubdata.convert(demo, segmentation="polygon", dataset=1, per="none", out="truth.json")
    truth = json.loads(Path("truth.json").read_text())
    Path("data/images").mkdir(parents=True)
    Path("data/labels").mkdir()
    for image in truth["images"]:
        shutil.copy(demo / "train" / image["file_name"], "data/images")
        rows = []
        for a in truth["annotations"]:
            if a["image_id"] == image["id"]:
                rows.append("0 " + " ".join("%.6f" % (v / image["width"]) for v in a["segmentation"][0]))
        Path("data/labels", Path(image["file_name"]).stem + ".txt").write_text("\n".join(rows) + "\n")
    Path("data.yaml").write_text("path: %s/data\ntrain: images\nval: images\nnames: [blood_vessel]\n" % os.getcwd())
    seen = []
    original = hubdata.eval

    def watched(gt, results, **flags):
        scores = original(gt, results, **flags)
        seen.append((json.loads(json.dumps(results)), scores))
        return scores

    hubdata.eval = watched
    settings = dict(epochs=1, imgsz=160, batch=8, workers=0, plots=False, device="cpu", verbose=False, seed=1, project=os.getcwd())
    exec(block("ultralytics"), {"settings": settings})
    ids = {Path(image["file_name"]).stem: image["id"] for image in truth["images"]}
    assert len(seen) >= 2
    n, best = 0, 0.0
    # A model that has hardly been trained finds nothing at the usual thresholds: low ones give numbers to compare.
    low = [0.01, 0.02, 0.05, 0.1]
    for results, scores in seen:
        n += len(results)
        again = original("truth.json", results, iou_thrs=low)
        for r in results:
            r["image_id"] = ids[str(r["image_id"])]
        if results:
            stats = coco_stats("truth.json", results, [1, 10, 100], boxes=True)
            assert scores.stats == stats, (scores.stats, stats)
            stats = coco_stats("truth.json", results, [1, 10, 100], boxes=True, ious=low)
            assert again.stats == stats, (again.stats, stats)
            best = max(best, stats[0])
    assert best > 0, "nothing was found"
    print("ultralytics' loop: %d validations with %d detections equal pycocotools', AP at low IoUs %.4f" % (len(seen), n, best))


if __name__ == "__main__":
    folder = Path(sys.argv[2]).absolute()
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        {"mmdet": mmdet, "ultralytics": ultralytics}[sys.argv[1]](folder)
        os.chdir("/")
