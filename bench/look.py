"""Compares hubdata's commands that inspect data with Python, as whole processes:
python bench/look.py PART PROGRAM WORK, called by bench/look.sh.

WORK holds the full-size demo: the folder full, and runs.json and polygons.json converted from
it. hubdata's commands alternate; Python runs once, before them. The output has the median
of the elapsed time and of the processor time, which a busy machine affects less, and the
peak memory."""
import json
import os
import statistics
import subprocess
import sys
import time

part, program, work = sys.argv[1:]
reference = [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "look_ref.py")]


def run(argv):
    start = time.perf_counter()
    p = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode not in (0, 3):  # 3: faults were found
        sys.exit(f"{argv} exits with {p.returncode}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def table(rows, python):
    """rows: name and command; python: the name of a run, and the run."""
    seen = [[] for _ in rows]
    for _ in range(7):
        for list, (_, argv) in zip(seen, rows):
            list.append(run(argv))
    print("\n| command | seconds | processor seconds | MB at the peak |\n|---|---|---|---|")
    for name, list in [*zip((name for name, _ in rows), seen), (python[0], [python[1]])]:
        print(f"| {name} | {statistics.median(r[0] for r in list):.2f} | {statistics.median(r[1] for r in list):.2f} | {max(r[2] for r in list):.0f} |", flush=True)


def near(what, got, want, digits=6):
    if abs(got - want) > 10**-digits:
        sys.exit(f"{what}: {got}, Python says {want}")


def check():
    told = json.loads(run([program, "check", "--json", f"{work}/runs.json"])[3])
    timed = run([*reference, "check", f"{work}/runs.json"])
    python = json.loads(timed[3])
    counts = {c["code"]: c["count"] for c in told["counts"]}
    for code, n in python.items():
        near(code, counts.get(code, 0), n)
    print(f"check: {len(python)} rules agree, such as {', '.join(f'{c} {n}' for c, n in sorted(python.items()) if n)}")
    table(
        [
            ("hubdata check, runs", [program, "check", f"{work}/runs.json"]),
            ("hubdata check, polygons", [program, "check", f"{work}/polygons.json"]),
            ("hubdata check, the folder", [program, "check", f"{work}/full"]),
        ],
        (f"Python, {len(python)} of the rules, runs", timed),
    )


def stats():
    told = json.loads(run([program, "stats", "--json", f"{work}/runs.json"])[3])
    timed = run([*reference, "stats", f"{work}/runs.json"])
    python = json.loads(timed[3])
    groups = {(g.get("by", ""), g.get("name", "")): g for g in told["sets"][0]["groups"]}
    numbers = 0
    for by, name, measure, n, mean, median in python:
        got = {m["measure"]: m for m in groups[by, name]["measures"]}[measure]
        near(f"{by} {name} {measure} n", got["n"], n)
        near(f"{by} {name} {measure} mean", got["mean"], mean, 5)
        near(f"{by} {name} {measure} median", got["median"], median, 5)
        numbers += 3
    print(f"stats: {numbers} numbers agree")
    table(
        [
            ("hubdata stats, runs", [program, "stats", f"{work}/runs.json"]),
            ("hubdata stats, polygons", [program, "stats", f"{work}/polygons.json"]),
            ("hubdata stats, the folder", [program, "stats", f"{work}/full"]),
            ("hubdata stats, runs against polygons", [program, "stats", f"{work}/runs.json", f"{work}/polygons.json"]),
        ],
        ("Python, runs", timed),
    )


{"check": check, "stats": stats}[part]()
