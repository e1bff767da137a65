"""Trains a shipped recipe of commands, made tiny, and checks what each stage leaves: see train_command.sh.

    train_command.py TRAINER HUBDATA PYTHON      in a folder with the demo and the recipe
"""
import contextlib
import copy
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from pycocotools import mask as coding
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

trainer, hubdata, python = sys.argv[1:4]
begun = time.time()
work = pathlib.Path("work_dirs")

# What makes the recipe tiny: texts of it, and what takes their place.
TINY = {
    "torchvision": [
        ("--size, 1024", "--size, 128, --backbone, resnet18, --rois, 8, --detections, 20"), (', "--flip"', ""), (", --flip", ""), ("--lr, 0.005", "--lr, 0.02, --workers, 0"),
        ("--lr, 0.0025", "--lr, 0.01, --workers, 0"), ("epochs: 8", "epochs: 2"), ("epochs: 4", "epochs: 2"), ("thr: 0.5", "thr: 0.05"),
        (re.compile(r"    init: \{url: .*\n"), ""), ("batch_per_gpu: 2", "batch_per_gpu: 4"),
    ],
    "ultralytics": [
        ("imgsz=1024", "imgsz=128"), ("--model, yolo11s-seg.pt", "--model, yolo11n-seg.yaml"), (", --flip", ""), ("epochs: 8", "epochs: 2"),
        ("epochs: 4", "epochs: 3"), ("thr: 0.5", "thr: 0.0015"), ("lr0=0.005", "lr0=0.01, workers=0, amp=false"), ("lr0=0.002", "lr0=0.01, workers=0, amp=false"),
    ],
    "rfdetr": [
        ("RFDETRSegSmall", "RFDETRSegNano"), ("epochs: 8", "epochs: 2"), ("epochs: 4", "epochs: 3"), ("thr: 0.5", "thr: 0.02"), ("batch_per_gpu: 4", "batch_per_gpu: 2"),
        ("lr=0.0001", "lr=0.0001, num_workers=0, device=cpu, resolution=120, pretrain_weights=null"), ("lr=0.00005", "lr=0.0001, num_workers=0, device=cpu, resolution=120"),
        ('--out, "{results}"', '--out, "{results}", resolution=120'),
    ],
}


def say(text):
    print(f"{time.time() - begun:5.0f} s  {text}", flush=True)


def run(*words, fails=False):
    done = subprocess.run([hubdata, *words], capture_output=True, text=True)
    if (done.returncode != 0) != fails:
        raise SystemExit(f"hubdata {' '.join(words)}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-6000:]}")
    return done.stdout + done.stderr


def status():
    return {s["id"]: s for s in json.loads(run("train", "status", "--json"))["stages"]}


def tiny():
    recipe = pathlib.Path("recipe.yaml")
    text = recipe.read_text()
    for old, new in TINY[trainer]:
        found = old.search(text) if isinstance(old, re.Pattern) else old in text
        if not found and "--flip" not in str(old):
            raise SystemExit(f"recipe.yaml has no {old!r}")
        text = old.sub(new, text) if isinstance(old, re.Pattern) else text.replace(old, new)
    text = text.replace("  python: python\n", f"  python: {python}\n")
    recipe.write_text(text)


def environment():
    os.environ.update({"OMP_NUM_THREADS": "1", "YOLO_OFFLINE": "true", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""})
    if trainer == "rfdetr":  # without a hub, the backbone begins with random weights
        folder = pathlib.Path("offline")
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(
            "def patch(name):\n"
            "    import importlib\n"
            "    m = importlib.import_module(name)\n"
            "import rfdetr.models.lwdetr as m\n"
            "build = m.build_backbone\n"
            "m.build_backbone = lambda *a, **k: build(*a, **{**k, 'load_dinov2_weights': False})\n")
        os.environ["PYTHONPATH"] = str(folder.resolve())


def kill_within(stage):
    """Runs until an epoch of a stage is saved, kills hubdata and what it started, and looks at the status."""
    p = subprocess.Popen([hubdata, "train", "run", "--until", stage], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
    pattern = {"torchvision": "epoch_1.pth", "ultralytics": "epoch_1.pt", "rfdetr": "checkpoint_0.ckpt"}[trainer]
    while not (work / stage / pattern).exists():
        if p.poll() is not None:
            raise SystemExit(f"{stage} ended with {p.returncode} before its first epoch was saved:\n{p.stderr.read()[-6000:]}")
        time.sleep(0.1)
    owner = [int(f) for f in os.listdir("/proc") if f.isdigit() and ours(f)]
    for pid in owner + [p.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    p.wait()
    for _ in range(100):
        s = status()[stage]
        if s["condition"] != "running":
            break
        time.sleep(0.2)
    if s["condition"] != "resumable":
        raise SystemExit(f"{stage} was killed and is {s['condition']}, expected resumable: {s}")
    say(f"killed {stage} in epoch {s.get('epoch')}: it is resumable")


def ours(pid):
    """Whether a process is a trainer of this folder."""
    try:
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return any(b"hubdata_" in w for w in words) and pathlib.Path(f"/proc/{pid}/cwd").resolve() == pathlib.Path.cwd()
    except OSError:
        return False


def read(path):
    with contextlib.redirect_stdout(None):
        return COCO(path)


def results(stage, data):
    """Checks results: image ids, category ids, and masks of the size of the image."""
    coco, found = read(data), json.loads((work / stage / "results.segm.json").read_text())
    sizes = {i["id"]: [i["height"], i["width"]] for i in coco.dataset["images"]}
    for r in found:
        assert r["image_id"] in sizes, r["image_id"]
        assert r["segmentation"]["size"] == sizes[r["image_id"]], r["segmentation"]["size"]
        assert r["category_id"] in coco.cats and 0 <= r["score"] <= 1
        assert coding.area(r["segmentation"]) > 0
    return coco, found


def main():
    environment()
    tiny()
    check = run("train", "check")
    for line in check.splitlines():
        say("check: " + line)
    first = {"torchvision": "rcnn", "ultralytics": "yolo", "rfdetr": "detr"}[trainer]
    kill_within(first + "-1")
    out = run("train", "run")
    assert f"{first}-1 resumes from" in out.replace("stage ", ""), out
    for name, s in status().items():
        assert s["condition"] == "done", (name, s)
    stages = status()
    for name, s in stages.items():
        if s.get("choice"):
            say(f"{name}: {s['epochs']} epochs, {s['choice']['file']}, {s['choice'].get('score')}")
    assert stages[first + "-2"]["choice"]["epoch"] >= 1
    # A second run has nothing to do.
    again = run("train", "run")
    assert "begins" not in again, again

    coco, found = results(first + "-valid", "coco_data/coco/ds1_valid.json")
    _, unlabelled = results(first + "-ds3", "coco_data/coco/ds3_all.json")
    say(f"predictions: {len(found)} on the validation tiles, {len(unlabelled)} on dataset 3")
    assert found and unlabelled
    pseudo = read("coco_data/pseudo_coco/ds2_pseudo50.json")
    base = read("coco_data/coco/ds2_all.json")
    say(f"pseudo-labels: {len(pseudo.anns) - len(base.anns)} added to {len(base.anns)}")
    assert len(pseudo.anns) > len(base.anns)

    # hubdata's scores are those of pycocotools and, where the script scores itself, those in its log.
    file = str(work / f"{first}-valid/results.segm.json")
    last = json.loads((work / "rcnn-2/scores.jsonl").read_text().splitlines()[stages["rcnn-2"]["choice"]["epoch"] - 1]) if trainer == "torchvision" else {}
    for kind in ("segm", "bbox"):
        with contextlib.redirect_stdout(None):
            e = COCOeval(coco, coco.loadRes(copy.deepcopy(found)), kind)
            e.evaluate(), e.accumulate(), e.summarize()
        own = json.loads(subprocess.run([hubdata, "eval", "--json", "--type", kind, "coco_data/coco/ds1_valid.json", file],
                                        check=True, capture_output=True, text=True).stdout)
        assert own["stats"] == e.stats.tolist(), (kind, own["stats"], e.stats)
        for k, name in enumerate(("mAP", "mAP_50", "mAP_75")):
            if last:
                assert last[f"{kind}_{name}"] == e.stats[k], (kind, name, last, e.stats[k])
        say(f"{kind} mAP {e.stats[0]:.2e}, mean recall {e.stats[8]:.2e}, equal by hubdata eval, pycocotools" + (" and the training's log" if last else ""))

    run("submission", "encode", "--quiet", "--images", "coco_data/coco/ds3_all.json", "--tiles", "coco_data/coco/ds3_all.json", "--top", "100",
        str(work / f"{first}-ds3-3/results.segm.json"))
    run("submission", "check", "--tiles", "coco_data/coco/ds3_all.json", "submission.csv")
    say("submission.csv is valid")


main()
