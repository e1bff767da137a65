"""Runs commands in turn, several times, and prints medians and ratios:
python bench/compare.py WORK PYTHON, called by bench/run.sh.

Times are wall-clock seconds of whole processes, memory is the peak resident set
of the process. The commands of one group alternate, so that a noisy machine is
unfair to none."""
import json
import os
import statistics
import subprocess
import sys
import time

work, python = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
hubdata = f"{work}/hubdata"


def run(argv):
    start = time.perf_counter()
    p = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f"{argv} failed with {p.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def measure(group):
    for argv, _ in group.values():  # a first round that nobody counts fills the file cache
        if argv[0] == hubdata:
            run(argv)
    seen = {name: [] for name in group}
    for i in range(max(rounds for _, rounds in group.values())):
        for name, (argv, rounds) in group.items():
            if i < rounds:
                seen[name].append(run(argv))
    return {name: (statistics.median(t for t, _ in v), max(m for _, m in v)) for name, v in seen.items()}


def same(a, b):
    """The annotations of two sets, which must be equal for a fair comparison."""
    a, b = json.load(open(a)), json.load(open(b))
    return a["images"] == b["images"] and a["annotations"] == b["annotations"]


full, tenfold = f"{work}/full", f"{work}/tenfold"
convert = measure({
    "python (csv, json, cv2, pycocotools)": ([python, f"{here}/convert_ref.py", full, f"{work}/ref"], 3),
    "hubdata convert --dataset 1,2": ([hubdata, "convert", full, "--quiet"], 15),
    "hubdata convert -j 1": ([hubdata, "convert", full, "--quiet", "-j", "1"], 15),
    "hubdata convert, ten times the data": ([hubdata, "convert", tenfold, "--quiet"], 5),
})
names = sorted(os.listdir(f"{work}/ref"))
equal = all(same(f"{work}/ref/{n}", f"{full}/coco_data/coco/{n}") for n in names)

size = os.path.getsize(f"{full}/polygons.jsonl") / 1e6
print(f"| whole command, {size:.1f} MB of polygons.jsonl | median s | peak MB | times faster |")
print("|---|---|---|---|")
base = convert["python (csv, json, cv2, pycocotools)"][0]
for name, (t, m) in convert.items():
    ratio = base / t * (10 if "ten times" in name else 1)
    print(f"| {name} | {t:.3f} | {m:.0f} | {ratio:.1f} |")
print(f"\nthe {len(names)} files are {'equal' if equal else 'NOT EQUAL'} in images and annotations")

subprocess.run([hubdata, "convert", full, "--quiet", "--segmentation", "polygon", "-o", f"{work}/poly"], check=True)
print("\n| load a COCO file | MB | median s | MB/s | times faster |")
print("|---|---|---|---|---|")
for what, path in {"compressed runs": f"{full}/coco_data/coco/ds2.json", "polygons": f"{work}/poly/ds2.json"}.items():
    mb = os.path.getsize(path) / 1e6
    ref = float(subprocess.check_output([python, f"{here}/load_ref.py", path, "5"]))
    own = float(subprocess.check_output([f"{work}/load", path, "15"]))
    print(f"| pycocotools COCO(), {what} | {mb:.1f} | {ref:.3f} | {mb / ref:.0f} | 1.0 |")
    print(f"| coco.Decode and Index, {what} | {mb:.1f} | {own:.4f} | {mb / own:.0f} | {ref / own:.1f} |")
sys.exit(not equal)
