"""Chains of trainings by two processes under the real torchrun (gloo, no GPU): kills, interrupts, and causes of failures.

    PYTHON reference/torchrun.py HUBDATA FOLDER [CASE ...]

PYTHON has torch. Each case has a recipe in a folder of its own. The trainer is this file, see reference/chains.py: two
processes that add a number up in each epoch, of which the first writes what MMDetection does. With $HUBDATA_CAUSES, the
output of the trainings that fail is kept in that folder.
"""

import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from chains import CHAIN, Case, Training, alive, record  # noqa: E402

# torchrun of torch 1.13, which Debian has with Python 3.11, finds no name for the redirection 0 there.
PATCH = """import sys
if sys.version_info >= (3, 11) and "torch.distributed.run" in sys.orig_argv:
    from torch.distributed.elastic.multiprocessing.api import Std
    if not Std.from_str("0").__class__ is Std:
        Std.from_str = classmethod(lambda cls, text: cls(int(text)))
"""

TWO = CHAIN.split("\n  - {id: s3")[0] + "\n"


def train(argv):
    t = Training(argv)
    rank = int(os.environ["RANK"])
    record(t.case, event="process", stage=t.stage, rank=rank, pid=os.getpid(), session=os.getsid(0))
    fail = t.fake.get("fail")
    if fail == "import":
        import module_that_is_not_there  # noqa: F401
    import torch
    import torch.distributed as dist
    dist.init_process_group("gloo")
    if rank == 0:
        t.start()

    def step(epoch):
        if fail and epoch == 2 and rank == 1:
            if fail == "memory":
                try:
                    raise ValueError("found an image of no size")
                except ValueError as e:
                    raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB") from e
            os.kill(os.getpid(), signal.SIGKILL)
        x = torch.ones(1)
        dist.all_reduce(x)
        assert x.item() == 2

    if rank == 0:
        t.train(step)
    else:
        for epoch in t.epochs():
            step(epoch)


class Chain(Case):
    """A recipe whose trainings have two processes."""

    ports = iter(range(20000 + os.getpid() % 20000, 65000))

    def __init__(self, hubdata, root, name, configs):
        super().__init__(hubdata, root, name, configs, f"gpus: 2, port: {next(Chain.ports)}", __file__, TWO, ", pythonpath: [patch]")
        os.mkdir(os.path.join(self.folder, "patch"))
        self.write("patch/sitecustomize.py", PATCH)

    def begin(self):
        """Begins a run, and waits until both processes train."""
        before = len(self.events("epoch"))
        log = open(os.path.join(self.folder, "run.log"), "w")
        run = subprocess.Popen([self.hubdata, "train", "run", self.folder], stdout=log, stderr=log)
        self.until(lambda: len(self.events("epoch")) > before)
        return run

    def processes(self):
        return [e["pid"] for e in self.events("process") if alive(e["pid"])]

    def owner(self):
        return json.load(open(os.path.join(self.folder, "work/.hubdata/s1.lock")))


def orphans(hubdata, root):
    """hubdata and torchrun are killed, not their processes: nothing else begins until these have ended."""
    c = Chain(hubdata, root, "orphans", {"s1": "epochs=6 seconds=1.5", "s2": ""})
    run = c.begin()
    owner, workers = c.owner(), c.processes()
    assert len(workers) == 2, workers
    if owner_session(owner) in {e["session"] for e in c.events("process")}:
        return stop_whole(c, run, owner)  # torchrun before 2.0
    run.kill()
    run.wait()
    os.killpg(owner["trainer"]["pid"], signal.SIGKILL)
    c.until(lambda: not alive(owner["trainer"]["pid"]))
    st = c.status()["s1"]
    assert st["condition"] == "running" and st["why"][0].startswith("running without hubdata: "), st
    assert set(map(str, workers)) <= set(st["why"][0].replace(",", "").split()), st
    again = subprocess.Popen([hubdata, "train", "run", c.folder], stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    assert len(c.events("process", "s1")) == 2, "a second training was started"
    try:
        text = again.communicate(timeout=300)[1]
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{c.train('status')}\n{c.events('process')}") from None
    assert again.returncode == 0 and "waiting for it" in text, text
    c.all_done()
    return f"{len(workers)} processes outlived torchrun"


def owner_session(owner):
    return os.getsid(owner["pid"])


def group(leader):
    """Returns the processes of a group that have not ended."""
    members = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.getpgid(int(pid)) == leader and alive(pid):
                members.append(int(pid))
        except ProcessLookupError:
            pass
    return members


def stop_whole(c, run, owner):
    """The processes are in torchrun's group: they end with it, and the next run continues."""
    run.kill()
    run.wait()
    os.killpg(owner["trainer"]["pid"], signal.SIGKILL)
    # One that was killed takes a moment to end, torchrun itself too.
    c.until(lambda: not c.processes() and not group(owner["trainer"]["pid"]), 5)
    assert c.status()["s1"]["condition"] == "resumable", c.status()
    c.train("run")
    c.all_done()
    return "all ended with torchrun's group"


def interrupted(hubdata, root):
    """Interrupted once, twice, and killed and run again."""
    c = Chain(hubdata, root, "interrupted", {"s1": "epochs=30 seconds=0.5", "s2": ""})
    for signals in [1, 2]:
        run = c.begin()
        workers = c.processes()
        assert len(workers) == 2, workers
        for _ in range(signals):
            run.send_signal(signal.SIGINT)
            time.sleep(0.1)
        run.wait(timeout=60)
        assert run.returncode == 130, run.returncode
        c.until(lambda: not c.processes(), 5)  # a process that was killed takes a moment to end
        assert c.status()["s1"]["condition"] == "resumable", c.status()
    c.configs["s1"] = "epochs=30 seconds=0.01"
    return "nobody is left"


def failing(fail, *expected):
    def case(hubdata, root):
        c = Chain(hubdata, root, "fails-" + fail, {"s1": "fail=" + fail, "s2": ""})
        text = c.train("run", code=4)
        if keep := os.environ.get("HUBDATA_CAUSES"):
            shutil.copy(os.path.join(c.folder, "work/s1/hubdata/console.log"), os.path.join(keep, fail + ".txt"))
        for part in expected:
            assert part in text, f"{part!r} is not in\n{text}"
        assert "ChildFailedError" not in text, text
        return "its cause is shown"
    case.__name__ = "fails_" + fail
    return case


def main():
    hubdata, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    cases = [orphans, interrupted,
             failing("memory", "RuntimeError: CUDA out of memory", "ValueError: found an image of no size", "hint: the GPU's memory is full"),
             failing("import", "ModuleNotFoundError: No module named 'module_that_is_not_there'"),
             failing("kill", "Signal 9 (SIGKILL)", "rank      : 1", "hint: the system killed a process")]
    begun = time.time()

    def run(case):
        text = case(hubdata, root)
        print(f"{case.__name__}: {text}, {time.time() - begun:.0f} s", flush=True)

    if sys.argv[3:]:
        cases = [c for c in cases if c.__name__ in sys.argv[3:]]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        failed = [(c, f.exception()) for c, f in [(c, pool.submit(run, c)) for c in cases] if f.exception()]
    for case, why in failed:
        print(f"{case.__name__}: {type(why).__name__}: {why}", file=sys.stderr)
    sys.exit(len(failed) > 0)


if __name__ == "__main__":
    if os.path.basename(sys.argv[0]) == "train.py":
        train(sys.argv[1:])
    else:
        main()
