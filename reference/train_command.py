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
import typing

from pycocotools import mask as coding
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

trainer, hubdata, python = sys.argv[1:4]
begun = time.time()
work = pathlib.Path("work_dirs")


class Recipe(typing.NamedTuple):
    first: str                      # the training that is killed and continues
    saved: str                      # a file that is there once an epoch can continue: MMDetection's need its score too
    second: str                     # the training after it
    valid: str                      # predictions on the set truth
    truth: str
    unlabelled: list                # predictions on the set without labels
    images: str
    labels: str = "ds2_all"         # the set that the pseudo-labels join
    last: str = ""                  # predictions that become the submission, of the same set


RECIPES = {
    "torchvision": Recipe("rcnn-1", "epoch_1.pth", "rcnn-2", "rcnn-valid", "ds1_valid", ["rcnn-ds3"], "ds3_all", last="rcnn-ds3-3"),
    "ultralytics": Recipe("yolo-1", "epoch_1.pt", "yolo-2", "yolo-valid", "ds1_valid", ["yolo-ds3"], "ds3_all", last="yolo-ds3-3"),
    "rfdetr": Recipe("detr-1", "checkpoint_0.ckpt", "detr-2", "detr-valid", "ds1_valid", ["detr-ds3"], "ds3_all", last="detr-ds3-3"),
    "2026": Recipe("detr-1", "checkpoint_0.ckpt", "detr-2", "detr-valid", "ds1_valid1", ["detr-ds3", "yolox-ds3", "yolol-ds3"], "ds3_wsi8", "ds2"),
    "onedl": Recipe("r50-1", "epoch_2.pth", "r50-2", "r50-valid", "ds1_valid", ["r50-ds3"], "ds3_all"),
}
recipe = RECIPES[trainer]

# RF-DETR as small as it can be: untrained, on images of 72 pixels, the backbone frozen.
TINY_DETR = "device=cpu, resolution=72, num_queries=20, num_select=20, group_detr=2, dec_layers=2, freeze_encoder=true"
TINY_DETR_TRAIN = TINY_DETR + ", num_workers=0, multi_scale=false, expanded_scales=false, amp_dtype=null"

# Mask R-CNN with a ResNet-18 of random weights and few regions.
TINY_MMDET = ("model.backbone.init_cfg: null, model.backbone.depth: 18, model.neck.in_channels: [64, 128, 256, 512], "
              "model.train_cfg.rcnn.sampler.num: 16, model.train_cfg.rpn_proposal.max_per_img: 50, model.test_cfg.rpn.max_per_img: 50, "
              "model.test_cfg.rcnn.max_per_img: 20, model.test_cfg.rcnn.score_thr: 0.0")
reference = pathlib.Path(__file__).resolve().parent
package = pathlib.Path(python).parent.parent / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/mmdet/.mim"

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
        ("RFDETRSegSmall", "RFDETRSegNano"), ("epochs: 8", "epochs: 1"), ("epochs: 4", "epochs: 2"), ("thr: 0.5", "thr: 0.005"), ("batch_per_gpu: 4", "batch_per_gpu: 8"),
        ("lr=0.0001", f"lr=0.0001, pretrain_weights=null, {TINY_DETR_TRAIN}"), ("lr=0.00005", f"lr=0.0001, {TINY_DETR_TRAIN}"),
        ('--out, "{results}"', f'--out, "{{results}}", --threshold, 0.001, {TINY_DETR}'),
    ],
    "onedl": [
        ("  root: mmdetection ", f"  pythonpath: [{reference / 'mmcv_ops'}]\n  root: {package} "), ("configs: mmdetection/configs", f"configs: {package}/configs"),
        (re.compile(r"    init: \{url: .*\n"), ""), ("epochs: 4", "epochs: 3"), ("epochs: 8", "epochs: 1"), ("size: 1024", "size: 128"), ("[1024, 1280]", "[128, 160]"),
        ("[1024]", "[128]"), ("batch_per_gpu: 2", "batch_per_gpu: 4"), ("thr: 0.5", "thr: 0.05"),
        ("model.roi_head.mask_head.num_classes: 1", f"model.roi_head.mask_head.num_classes: 1, {TINY_MMDET}"),
    ],
    "2026": [
        ("RFDETRSegXLarge", "RFDETRSegNano"), ("epochs: 10", "epochs: 2"), ("epochs: 20", "epochs: 1"), ("epochs: 25", "epochs: 1"), ("thr: 0.5", "thr: 0.0015"),
        ("batch_per_gpu: 4", "batch_per_gpu: 8"), ("lr=0.0001, grad_accum_steps=4", f"lr=0.0001, pretrain_weights=null, {TINY_DETR_TRAIN}"),
        ("lr=0.00005, grad_accum_steps=4", f"lr=0.0001, {TINY_DETR_TRAIN}"), ('--out, "{results}"]', f'--out, "{{results}}", --threshold, 0.001, {TINY_DETR}]'),
        ("imgsz=1024", "imgsz=128"), ("yolo11x-seg.pt", "yolo11n-seg.yaml"), ("yolo11l-seg.pt", "yolo11n-seg.yaml"), (", --flip", ""),
        ("flipud=0.5", "flipud=0.5, workers=0, amp=false"),
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
    file = pathlib.Path("recipe.yaml")
    text = file.read_text()
    for old, new in TINY[trainer]:
        found = old.search(text) if isinstance(old, re.Pattern) else old in text
        if not found and "--flip" not in str(old):
            raise SystemExit(f"recipe.yaml has no {old!r}")
        text = old.sub(new, text) if isinstance(old, re.Pattern) else text.replace(old, new)
    text = text.replace("  python: python\n", f"  python: {python}\n")
    file.write_text(text)


def environment():
    os.environ.update({"OMP_NUM_THREADS": "1", "YOLO_OFFLINE": "true", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""})


def kill_within(stage):
    """Runs until an epoch of a stage is saved, kills hubdata and what it started, and looks at the status."""
    p = subprocess.Popen([hubdata, "train", "run", "--until", stage], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not (work / stage / recipe.saved).exists():
        if p.poll() is not None:
            raise SystemExit(f"{stage} ended with {p.returncode} before its first epoch was saved:\n{p.stderr.read()[-6000:]}")
        time.sleep(0.1)
    for pid in descendants(p.pid) + [p.pid]:
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


def descendants(root):
    """The processes that a process has started, and those that these have."""
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            parents[int(pid)] = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def results_file(stage):
    """The results of a stage; the first of MMDetection's, which has a folder for each image size."""
    return sorted((work / stage).rglob("*.segm.json"))[0]


def read(path):
    with contextlib.redirect_stdout(None):
        return COCO(path)


def results(stage, data):
    """Checks results: image ids, category ids, and masks of the size of the image."""
    coco, found = read(f"coco_data/coco/{data}.json"), json.loads(results_file(stage).read_text())
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
    kill_within(recipe.first)
    out = run("train", "run")
    assert f"{recipe.first} resumes from" in out.replace("stage ", ""), out
    stages = status()
    for name, s in stages.items():
        assert s["condition"] == "done", (name, s)
        if s.get("choice"):
            say(f"{name}: {s['epochs']} epochs, {s['choice']['file']}, {s['choice'].get('score')}")
    assert stages[recipe.second]["choice"]["epoch"] >= 1
    # A second run has nothing to do.
    again = run("train", "run")
    assert "begins" not in again, again

    coco, found = results(recipe.valid, recipe.truth)
    unlabelled = [len(results(stage, recipe.images)[1]) for stage in recipe.unlabelled]
    say(f"predictions: {len(found)} on the validation tiles, {unlabelled} on dataset 3")
    assert found and all(unlabelled)
    pseudo, base = read("coco_data/pseudo_coco/ds2_pseudo50.json"), read(f"coco_data/coco/{recipe.labels}.json")
    say(f"pseudo-labels: {len(pseudo.anns) - len(base.anns)} added to {len(base.anns)}")
    assert len(pseudo.anns) > len(base.anns)

    # hubdata's scores are those of pycocotools and, where the script scores itself, those in its log.
    file = str(results_file(recipe.valid))
    last = json.loads((work / "rcnn-2/scores.jsonl").read_text().splitlines()[stages["rcnn-2"]["choice"]["epoch"] - 1]) if trainer == "torchvision" else {}
    for kind in ("segm", "bbox"):
        with contextlib.redirect_stdout(None):
            e = COCOeval(coco, coco.loadRes(copy.deepcopy(found)), kind)
            e.evaluate(), e.accumulate(), e.summarize()
        own = json.loads(subprocess.run([hubdata, "eval", "--json", "--type", kind, f"coco_data/coco/{recipe.truth}.json", file],
                                        check=True, capture_output=True, text=True).stdout)
        assert own["stats"] == e.stats.tolist(), (kind, own["stats"], e.stats)
        for k, name in enumerate(("mAP", "mAP_50", "mAP_75")):
            if last:
                assert last[f"{kind}_{name}"] == e.stats[k], (kind, name, last, e.stats[k])
        say(f"{kind} mAP {e.stats[0]:.2e}, mean recall {e.stats[8]:.2e}, equal by hubdata eval, pycocotools" + (" and the training's log" if last else ""))

    if recipe.last:
        images = f"coco_data/coco/{recipe.images}.json"
        run("submission", "encode", "--quiet", "--images", images, "--tiles", images, "--top", "100", str(results_file(recipe.last)))
        run("submission", "check", "--tiles", images, "submission.csv")
        say("submission.csv is valid")
    # Sets, configs, scripts, weights and results are those that the stages have the checksums of.
    say("verify: " + next(line for line in run("verify", ".").splitlines() if "files verified" in line))


main()
