"""Times whole processes. The comparisons in this folder share this module.

As a program, `python measure.py REPORT COMMAND...` runs a command and writes its time and
memory to REPORT. The peak memory that Linux reports for a process is never less than that of the
process that started it, so a small process must start it."""
import json
import os
import subprocess
import sys
import tempfile
import time


class Run:
    """A process that ended: wall-clock and processor seconds, peak resident megabytes, what it
    printed."""

    def __init__(self, argv):
        with tempfile.TemporaryDirectory() as d:
            with open(f"{d}/err", "w") as err:
                starter = [sys.executable, "-S", "-E", __file__, f"{d}/report", *argv]
                self.out = subprocess.run(starter, stdout=subprocess.PIPE, stderr=err, text=True).stdout
            with open(f"{d}/report") as f:
                self.seconds, self.cpu, self.mb, code = json.load(f)
            if code:
                with open(f"{d}/err") as err:
                    raise RuntimeError(f"{' '.join(argv)} ended with {code}:\n{err.read()[-2000:]}")


def alternate(tools, rounds):
    """Runs tools, a dict of name to a function that gives a Run, in turn, so that a noisy
    machine is unfair to none: rounds[name] times each. Returns the runs by name, and
    what is wrong with tools that failed."""
    runs = {name: [] for name in tools}
    failed = {}
    for i in range(max(rounds[name] for name in tools)):
        for name, tool in tools.items():
            if i < rounds[name] and name not in failed:
                try:
                    runs[name].append(tool())
                except RuntimeError as e:
                    failed[name] = str(e)
    return {name: r for name, r in runs.items() if name not in failed}, failed


def main(report, *argv):
    start = time.perf_counter()
    p = subprocess.Popen(argv)
    _, status, usage = os.wait4(p.pid, 0)
    seconds = time.perf_counter() - start
    p.returncode = os.waitstatus_to_exitcode(status)
    with open(report, "w") as f:
        json.dump([seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, p.returncode], f)


if __name__ == "__main__":
    main(*sys.argv[1:])
