"""The evaluators with which bench/peers.py compares: python bench/eval_ref.py TOOL TYPE TRUTH RESULTS
prints the summary of TOOL for two files."""
import sys

tool, kind, truth, results = sys.argv[1:]
if tool == "pycocotools":
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
elif tool == "faster-coco-eval":
    from faster_coco_eval import COCO
    from faster_coco_eval import COCOeval_faster as COCOeval
elif tool == "hotcoco":
    from hotcoco import COCO, COCOeval
elif tool == "ultrafast-pycocotools":
    from ultrafast_pycocotools import COCO, COCOeval
else:
    from vernier.instance import Bbox, Evaluator, Segm

    with open(truth, "rb") as t, open(results, "rb") as r:
        summary = Evaluator(Bbox() if kind == "bbox" else Segm()).evaluate(t.read(), r.read())
    for v in summary.stats:
        print(f"[ ] = {v:.3f}")
    sys.exit()
gt = COCO(truth)
e = COCOeval(gt, gt.loadRes(results), kind)
e.evaluate()
e.accumulate()
e.summarize()
if tool == "faster-coco-eval":  # its summary goes to a log
    for v in e.stats[:12]:
        print(f"[ ] = {v:.3f}")
