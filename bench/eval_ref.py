"""The evaluators with which bench/peers.py compares: python bench/eval_ref.py TOOL TYPE TRUTH RESULTS
prints the summary of TOOL for two files, and how long it took after the tool was imported."""
import sys
import time

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

start = time.perf_counter()
if tool == "vernier":
    with open(truth, "rb") as t, open(results, "rb") as r:
        stats = Evaluator(Bbox() if kind == "bbox" else Segm()).evaluate(t.read(), r.read()).stats
else:
    gt = COCO(truth)
    e = COCOeval(gt, gt.loadRes(results), kind)
    e.evaluate()
    e.accumulate()
    e.summarize()
    stats = e.stats
seconds = time.perf_counter() - start
if tool in ("faster-coco-eval", "vernier"):  # they do not print a summary
    for v in stats[:12]:
        print(f"[ ] = {v:.3f}")
print(f"after import: {seconds:.4f} s")
