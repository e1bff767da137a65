"""Loads a COCO file as pycocotools does: python bench/load_ref.py FILE [REPEAT]
Prints the median seconds of COCO(FILE)."""
import contextlib
import io
import statistics
import sys
import time

from pycocotools.coco import COCO

times = []
for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 3):
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        COCO(sys.argv[1])
    times.append(time.perf_counter() - start)
print(statistics.median(times))
