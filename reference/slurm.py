"""Chains of trainings in a real Slurm: kills, requeues, time limits, a failed stage, resubmission.

    python3 reference/slurm.py HUBDATA FOLDER [CASE ...]

$SLURM_CONF names the configuration of a running Slurm of this machine; see reference/slurm.sh. Each case has a recipe
in a folder of its own, and all cases run at the same time. The trainer is this file, see reference/chains.py.
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
from chains import CHAIN, COCO, Case, Training, alive, record  # noqa: E402


def train(argv):
    """The trainer: it may start a worker, and it may fail."""
    t = Training(argv)
    if t.fake.get("fail") == "task" and os.environ["SLURM_PROCID"] == "1":
        raise RuntimeError("CUDA out of memory")
    if os.environ.get("SLURM_PROCID", "0") != "0":
        return
    t.start()
    if "workers" in t.fake and not t.resume:  # as torchrun: in a session of its own, with no files but the standard ones
        worker = subprocess.Popen([sys.executable, __file__, "worker", t.live], start_new_session=True, stdin=subprocess.DEVNULL)
        record(t.case, event="worker", stage=t.stage, pid=worker.pid)
        worker.wait()
    if t.fake.get("fail") == "task":
        time.sleep(60)  # until srun ends it
    if "fail" in t.fake:
        raise RuntimeError("CUDA out of memory")
    t.train()


def worker(live):
    """Outlives what started it, and holds the folder meanwhile."""
    with open(live, "w") as f:
        f.write(str(os.getpid()))
    time.sleep(120)


def slurm_case(hubdata, root, name, configs, options, stages=CHAIN, gpus=1):
    return Case(hubdata, root, name, configs, f"engine: slurm, gpus: {gpus}, slurm: {{{options}}}", __file__, stages)


def queue():
    return subprocess.run(["squeue", "--format=%i %T %r %j"], capture_output=True, text=True).stdout


def state(job):
    return subprocess.run(["squeue", "--noheader", "--jobs=" + job, "--format=%T"], capture_output=True, text=True).stdout.strip()


def slurm(*words):
    subprocess.run(words, check=True, capture_output=True)


def now(job):
    """Slurm lets a job wait for two minutes before it runs it again. That is cut, but not to nothing.

    A node refuses a job that begins in the second in which it ended ("Job credential revoked"), and Slurm then drops it.
    """
    slurm("scontrol", "update", "JobId=" + job, "StartTime=now+4")


def time_over(job):
    """Sends what Slurm sends before the job's time is over."""
    slurm("scancel", "--signal=USR1", "--batch", job)


def requeued(hubdata, root):
    """A job is told twice that its time is over; it continues, and the chain after it. The queue is reported."""
    c = slurm_case(hubdata, root, "requeued", {"s1": "epochs=8 seconds=0.7", "s2": "", "s3": ""}, "time: '30:00'")
    job = c.submit()["s1"]["job"]
    watch = subprocess.Popen([hubdata, "train", "status", "--watch", "--every", "300ms", c.folder], stdout=subprocess.PIPE, text=True)
    follow = subprocess.Popen([hubdata, "train", "logs", "--follow", c.folder, "s3"], stdout=subprocess.PIPE, text=True)
    for n in [1, 2]:
        c.until(lambda: len(c.events("start", "s1")) == n)
        seen = len(c.events("epoch", "s1"))
        c.until(lambda: len(c.events("epoch", "s1")) >= seen + 2)
        time_over(job)
        c.until(lambda: state(job) == "PENDING")
        st = c.status()
        assert st["s1"]["condition"] == "queued" and st["s1"]["job"] == job and "it was interrupted" in st["s1"]["why"], st
        assert st["s2"]["condition"] == "queued" and "Dependency" in st["s2"]["why"][0], st
        again = c.submit()
        assert [j["state"] for j in again.values()] == ["queued"] * 3 and again["s1"]["job"] == job, again
        now(job)
    c.all_done()
    starts = c.events("start", "s1")
    assert len(starts) == 3 and all(s["resume"] for s in starts[1:]), starts
    assert len(c.events("epoch", "s1")) <= 10, "epochs were trained again"
    text = watch.communicate(timeout=30)[0]
    assert watch.returncode == 0 and text.count("done") >= 3 and "queued" in text, text
    text = follow.communicate(timeout=30)[0]
    assert follow.returncode == 0 and "epoch 3 is trained" in text, text


def time_limit(hubdata, root):
    """Slurm itself ends a job's time, of three minutes: it is requeued once, in a partition of its own."""
    c = slurm_case(hubdata, root, "time-limit", {"s1": "epochs=34 seconds=4"}, "time: '3', lead: 60, kinds: {train: {partition: cpu}}", CHAIN.split("\n  - {id: s2")[0] + "\n")
    job = c.submit()["s1"]["job"]
    c.until(lambda: c.status()["s1"]["condition"] == "running")
    shown = subprocess.run(["scontrol", "show", "job", job], capture_output=True, text=True).stdout
    assert "Partition=cpu" in shown and "TimeLimit=00:03:00" in shown, shown
    c.until(lambda: state(job) == "PENDING", 180)
    now(job)
    c.until(lambda: c.status()["s1"]["condition"] == "done", 180)
    starts = c.events("start", "s1")
    assert len(starts) == 2 and starts[1]["resume"], starts


def no_progress(hubdata, root):
    """The time is over before anything is trained: the job is not requeued. Repaired, the chain is submitted again."""
    c = slurm_case(hubdata, root, "no-progress", {"s1": "load=100", "s2": "", "s3": ""}, "time: '30:00'")
    first = c.submit()
    c.until(lambda: c.events("start", "s1"))
    time.sleep(0.5)
    time_over(first["s1"]["job"])
    c.until(lambda: c.status()["s1"]["condition"] == "failed")
    why = "\n".join(c.status()["s1"]["why"])
    assert "no new checkpoint since its last start" in why, why
    c.configs["s1"] = ""
    c.write("configs/s1.py", "# fake: epochs=3\n")  # nothing was trained, so this makes nothing stale
    again = c.submit()
    assert all(j["state"] == "submitted" for j in again.values()), again
    assert again["s2"]["after"] == [again["s1"]["job"]] and again["s3"]["after"] == [again["s2"]["job"]], again
    c.all_done()


def failed_middle(hubdata, root):
    """The second of three fails. It is submitted again while the third one still waits for the old job."""
    c = slurm_case(hubdata, root, "failed-middle", {"s1": "", "s2": "fail=1", "s3": ""}, "time: '30:00'")
    first = c.submit()
    slurm("scontrol", "hold", first["s3"]["job"])  # so that Slurm does not remove it before that
    c.until(lambda: c.status()["s2"]["condition"] == "failed" and not state(first["s2"]["job"]))
    text = c.train("logs", "recipe.yaml", "s2")
    assert "CUDA out of memory" in text, text
    c.write("configs/s2.py", "# fake: epochs=3\n")
    again = c.submit()
    assert again["s1"]["state"] == "done" and again["s2"]["state"] == "submitted", again
    assert again["s3"]["after"] == [again["s2"]["job"]], again
    c.all_done()


def twice(hubdata, root):
    """Several submit at the same time: there is one job for each stage."""
    c = slurm_case(hubdata, root, "twice", {"s1": "", "s2": "", "s3": ""}, "time: '30:00', extra: [--hold]")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: c.submit(), range(4)))
    jobs = [line for line in queue().splitlines() if " twice/" in line]
    assert len(jobs) == 3, jobs
    st = c.status()
    assert {s["condition"] for s in st.values()} == {"queued"} and "JobHeldUser" in st["s1"]["why"][0], st
    for s in st.values():
        slurm("scontrol", "release", s["job"])
    c.all_done()
    assert len(c.events("start")) == 3, c.events("start")


def killed(hubdata, root):
    """hubdata is killed in its job. A worker in a session of its own outlives it; the next job ends it first."""
    c = slurm_case(hubdata, root, "killed", {"s1": "workers=1", "s2": "", "s3": ""}, "time: '30:00'")
    job = c.submit()["s1"]["job"]
    worker = c.until(lambda: c.events("worker", "s1"))[0]["pid"]
    owner = json.load(open(os.path.join(c.folder, "work/.hubdata/s1.lock")))
    os.kill(owner["pid"], signal.SIGKILL)
    c.until(lambda: not state(job))
    st = c.status()["s1"]
    if alive(worker):  # Slurm may have found it
        assert st["condition"] == "running" and st["why"] == [f"running without hubdata: process {worker}"], st
    again = c.submit()
    assert again["s1"]["state"] == "submitted", again
    # It starts a worker again, which is left alone: it is told to end.
    c.until(lambda: len(c.events("worker", "s1")) == 2)
    os.kill(c.events("worker", "s1")[1]["pid"], signal.SIGTERM)
    c.all_done()


def cancelled(hubdata, root):
    """scancel ends a job for good. Submitted again, it continues from its checkpoint."""
    c = slurm_case(hubdata, root, "cancelled", {"s1": "epochs=6 seconds=0.7", "s2": "", "s3": ""}, "time: '30:00'")
    first = c.submit()
    c.until(lambda: len(c.events("epoch", "s1")) == 2)
    slurm("scancel", first["s1"]["job"])
    c.until(lambda: not state(first["s1"]["job"]))
    assert c.status()["s1"]["condition"] == "resumable", c.status()
    again = c.submit()
    assert again["s1"]["state"] == again["s2"]["state"] == "submitted", again
    c.all_done()
    assert c.events("start", "s1")[1]["resume"], c.events("start")


def two_tasks(hubdata, root):
    """The second of two processes of a training fails: its exception is shown."""
    c = slurm_case(hubdata, root, "two-tasks", {"s1": "fail=task", "s2": "", "s3": ""}, "time: '30:00'", gpus=2)
    job = c.submit()["s1"]["job"]
    c.until(lambda: c.status()["s1"]["condition"] == "failed" and not state(job))
    text = c.outputs()
    assert "| RuntimeError: CUDA out of memory" in text and "hint: the GPU's memory is full" in text, text
    if keep := os.environ.get("HUBDATA_CAUSES"):
        shutil.copy(os.path.join(c.folder, "work/s1/hubdata/console.log"), os.path.join(keep, "task.txt"))
    c.write("configs/s1.py", "# fake: epochs=3\n")
    c.submit()
    c.all_done()


def refused(hubdata, root):
    """Wrong data, and a time that is too short, are refused before any job is submitted."""
    c = slurm_case(hubdata, root, "refused", {"s1": "", "s2": "", "s3": ""}, "time: '30:00'")
    c.write("data/t.json", json.dumps(COCO).replace("blood_vessel", "vessel"))
    text = c.train("submit", code=3)
    assert "class-missing" in text, text
    recipe = open(os.path.join(c.folder, "recipe.yaml")).read()
    c.write("recipe.yaml", recipe.replace("30:00", "4"))
    text = c.train("submit", code=2)
    assert "expected at least 00:05:00" in text, text
    assert " refused/" not in queue(), queue()


def main():
    hubdata, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    cases = [globals()[name] for name in sys.argv[3:]] or [time_limit, requeued, no_progress, failed_middle, twice, killed, two_tasks, cancelled, refused]
    begun = time.time()

    def run(case):
        case(hubdata, root)
        print(f"{case.__name__}: as expected, {time.time() - begun:.0f} s", flush=True)

    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        failed = [(c, f.exception()) for c, f in [(c, pool.submit(run, c)) for c in cases] if f.exception()]
    for case, why in failed:
        print(f"{case.__name__}: {type(why).__name__}: {why}", file=sys.stderr)
    sys.exit(len(failed) > 0)


if __name__ == "__main__":
    if sys.argv[1] == "worker":  # of train.py too
        worker(sys.argv[2])
    elif os.path.basename(sys.argv[0]) == "train.py":
        train(sys.argv[1:])
    else:
        main()
