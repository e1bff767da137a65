"""What slurm.py and torchrun.py share: recipes of trainings that are not real, and the trainer of these.

A trainer writes what MMDetection 2.x does, and a line for each start and epoch to the file events of its recipe's
folder. A start while another process trains in the same folder is a fault.
"""

import json
import os
import re
import struct
import subprocess
import sys
import time
import zipfile
import zlib

CHAIN = """
  - {id: s1, kind: train, config: s1.py, train: t, val: v, init: {url: 'https://example.org/coco.pth'}}
  - {id: s2, kind: train, config: s2.py, train: t, val: v, init: {stage: s1}}
  - {id: s3, kind: train, config: s3.py, train: t, val: v, init: {stage: s2}}
"""
COCO = {
    "images": [{"id": 1, "file_name": "a.png", "height": 64, "width": 64}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 8, 8], "area": 64, "iscrowd": 0,
                     "segmentation": [[1, 1, 9, 1, 9, 9, 1, 9]]}],
    "categories": [{"id": 1, "name": "blood_vessel"}], "info": {}, "licenses": [],
}


def record(folder, **event):
    """Appends a line to the events of a case; O_APPEND keeps lines whole."""
    with open(os.path.join(folder, "events"), "a") as f:
        f.write(json.dumps(event) + "\n")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def png():
    """A grey picture of 64 x 64 pixels."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    pixels = zlib.compress(b"".join(b"\0" + bytes(64) for _ in range(64)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


class Training:
    """A training of the overlay that hubdata has written, as lines "# fake: key=value" of its base config say."""

    def __init__(self, argv):
        overlay = {}
        exec(open(argv[0]).read(), overlay)
        self.work, self.init = overlay["work_dir"], overlay.get("load_from")
        self.case, self.stage = os.path.dirname(os.path.dirname(self.work)), os.path.basename(self.work)
        self.fake = dict(re.findall(r"(\w+)=(\S+)", " ".join(re.findall(r"# fake: (.*)", open(overlay["_base_"]).read()))))
        self.resume = argv[argv.index("--resume-from") + 1] if "--resume-from" in argv else ""
        self.live = os.path.join(self.work, "fake.live")

    def start(self):
        other = int(open(self.live).read()) if os.path.exists(self.live) else 0
        with open(self.live, "w") as f:
            f.write(str(os.getpid()))
        record(self.case, event="start", stage=self.stage, init=self.init, resume=os.path.basename(self.resume),
               twice=other != os.getpid() and alive(other), job=os.environ.get("SLURM_JOB_ID"), pid=os.getpid())

    def epochs(self):
        first = int(re.search(r"epoch_(\d+)", self.resume).group(1)) + 1 if self.resume else 1
        return range(first, int(self.fake.get("epochs", 3)) + 1)

    def train(self, step=lambda epoch: None):
        """Trains epochs of some seconds each, after loading for some."""
        time.sleep(float(self.fake.get("load", 0)))
        # A run's log has a name of its own, in the order of time.
        logs = [name for name in os.listdir(self.work) if name.endswith(".log.json")]
        with open(os.path.join(self.work, f"20260101_{len(logs):06d}.log.json"), "w", buffering=1) as log:
            for epoch in self.epochs():
                log.write(json.dumps({"mode": "train", "epoch": epoch, "iter": 1, "loss": 1.0}) + "\n")
                step(epoch)
                time.sleep(float(self.fake.get("seconds", 0.2)))
                for name in [f"epoch_{epoch}.pth", f"best_segm_mAP_epoch_{epoch}.pth"]:
                    path = os.path.join(self.work, name)
                    with zipfile.ZipFile(path + ".part", "w") as z:
                        z.writestr("archive/data.pkl", f"{self.stage} {epoch}")
                    os.rename(path + ".part", path)
                before = os.path.join(self.work, f"best_segm_mAP_epoch_{epoch - 1}.pth")
                if os.path.exists(before):
                    os.remove(before)
                log.write(json.dumps({"mode": "val", "epoch": epoch, "iter": 1, "segm_mAP": epoch / 100}) + "\n")
                print("epoch", epoch, "is trained", flush=True)
                record(self.case, event="epoch", stage=self.stage, epoch=epoch)
        os.remove(self.live)


class Case:
    """A recipe in a folder of its own, whose name it has."""

    def __init__(self, hubdata, root, name, configs, launch, trainer, stages=CHAIN, tool=""):
        self.hubdata, self.name, self.folder = hubdata, name, os.path.join(root, name)
        self.configs = configs
        for path in ["tool/tools", "configs", "data", "images"]:
            os.makedirs(os.path.join(self.folder, path))
        os.symlink(os.path.abspath(trainer), os.path.join(self.folder, "tool/tools/train.py"))
        self.write("recipe.yaml", f"version: 1\nname: {name}\ndialect: mmdet2\nclasses: [blood_vessel]\n"
                   f"tool: {{python: {sys.executable}, root: tool{tool}}}\nroots: {{images: images, work: work, data: data}}\n"
                   f"launch: {{{launch}}}\n"
                   "datasets:\n  t: {coco: t.json}\n  v: {coco: v.json}\nstages:" + stages)
        for name, line in configs.items():
            self.write(f"configs/{name}.py", f"# fake: {line}\n")
        for i in "tv":
            text = json.dumps(COCO).replace("a.png", i + ".png")
            self.write(f"data/{i}.json", text)
            with open(os.path.join(self.folder, "images", i + ".png"), "wb") as f:
                f.write(png())

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as f:
            f.write(text)

    def train(self, *words, code=0):
        """Runs hubdata train, and returns what it printed."""
        argv = [self.hubdata, "train", *words]
        if "logs" not in words:
            argv.append(os.path.join(self.folder, "recipe.yaml"))
        r = subprocess.run(argv, cwd=self.folder, capture_output=True, text=True)
        text = r.stdout + r.stderr
        assert r.returncode == code, f"{self.name}: {words}: exit code {r.returncode}, expected {code}\n{text}"
        return r.stdout if "--json" in words else text

    def submit(self, *words):
        """Submits, and returns the jobs by stage."""
        lines = [json.loads(line) for line in self.train("submit", "--json", "--quiet", *words).splitlines()]
        return {j["stage"]: j for j in lines}

    def events(self, kind, stage=None):
        path = os.path.join(self.folder, "events")
        if not os.path.exists(path):
            return []
        all = [json.loads(line) for line in open(path)]
        return [e for e in all if e["event"] == kind and stage in (None, e["stage"])]

    def status(self):
        return {s["id"]: s for s in json.loads(self.train("status", "--json"))["stages"]}

    def until(self, what, seconds=240):
        """Waits until what() is true."""
        end = time.time() + seconds
        while not (value := what()):
            assert time.time() < end, f"{self.name}: waited {seconds} s\n{self.train('status')}\n{self.outputs()}"
            time.sleep(0.2)
        return value

    def outputs(self):
        folder, text = os.path.join(self.folder, "work/.hubdata"), ""
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if name.endswith(".out"):
                text += f"{name}: {open(os.path.join(folder, name)).read()}\n"
        return text

    def all_done(self):
        """Waits for the end of the chain, and checks that it is as if nothing had happened."""
        self.until(lambda: all(s["condition"] == "done" for s in self.status().values()))
        for e in self.events("start"):
            assert not e["twice"], f"{self.name}: two trainings in one folder: {e}"
            if e["stage"] != "s1":
                before = f"s{int(e['stage'][1:]) - 1}"
                epochs = re.search(r"epochs=(\d+)", self.configs[before])
                best = f"work/{before}/best_segm_mAP_epoch_{epochs.group(1) if epochs else 3}.pth"
                assert e["init"].endswith(best), f"{self.name}: begins with {e['init']}, expected {best}"
