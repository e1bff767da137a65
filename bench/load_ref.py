"""Loads a COCO file with pycocotools or a similar tool: python bench/load_ref.py TOOL FILE [REPEAT]
prints the median seconds of COCO(FILE) and the number of annotations."""
import importlib
import os
import statistics
import sys
import time

tool, path, *repeat = sys.argv[1:]
COCO = importlib.import_module({"pycocotools": "pycocotools.coco"}.get(tool, tool.replace("-", "_"))).COCO
times = []
told = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # some tools print without going through Python
for _ in range(int(repeat[0]) if repeat else 3):
    start = time.perf_counter()
    coco = COCO(path)
    times.append(time.perf_counter() - start)
print(statistics.median(times), len(coco.getAnnIds()), file=told, flush=True)
