"""Reads hubdata's configs with MMDetection's own config readers.

    overlay.py HUBDATA [--wheels DIR]

For both dialects the plan of mmdet/testdata/overlay is created in a folder with an
unusual name, on small base configs. The Config of mmengine (3.x) and of mmcv 1.x (2.x) loads
each overlay, and the merged values are compared with the recipe. With
--wheels, a folder with mmdet's wheels unpacked as mmdet2 and mmdet3, overlays also inherit
from real configs, and each step of a pipeline must be a class of that
MMDetection that accepts the arguments of the step.
"""

import argparse
import ast
import json
import os
import pathlib
import subprocess
import tempfile
import warnings

warnings.filterwarnings("ignore")

HERE = pathlib.Path(__file__).resolve().parent.parent
AWKWARD = "a b {c} é, 'd'"

BASE3 = """
model = dict(type='M', backbone=dict(depth=50, frozen_stages=1, init_cfg=dict(type='P')),
             roi_head=dict(mask_head=dict(num_classes=80), bbox_head=dict(num_classes=80)),
             test_cfg=dict(rcnn=dict(score_thr=0.05, nms=dict(type='nms'))))
train_pipeline = [dict(type='LoadImageFromFile'), dict(type='PackDetInputs')]
train_dataloader = dict(batch_size=2, num_workers=2, sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='CocoDataset', data_root='data/coco/', ann_file='a.json', data_prefix=dict(img='train2017/'),
                 metainfo=dict(palette=[(1, 2, 3)]), pipeline=train_pipeline))
val_dataloader = dict(batch_size=1, dataset=dict(type='CocoDataset', data_root='data/coco/', ann_file='b.json',
                      data_prefix=dict(img='val2017/'), test_mode=True, pipeline=train_pipeline))
test_dataloader = val_dataloader
val_evaluator = dict(type='CocoMetric', ann_file='data/coco/b.json', metric=['bbox'], format_only=False, backend_args=None)
test_evaluator = val_evaluator
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=12, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.02, momentum=0.9))
default_hooks = dict(timer=dict(type='IterTimerHook'), checkpoint=dict(type='CheckpointHook', interval=5))
load_from = 'old.pth'
resume = True
"""

BASE2 = """
model = dict(type='M', backbone=dict(depth=50, frozen_stages=1, init_cfg=dict(type='P')),
             test_cfg=dict(rcnn=dict(score_thr=0.05, nms=dict(type='nms'))))
train_pipeline = [dict(type='LoadImageFromFile'), dict(type='DefaultFormatBundle')]
data = dict(samples_per_gpu=2, workers_per_gpu=6, drop_last=False,
    train=dict(type='CocoDataset', classes=('blood_vessels', ), ann_file='a.json', img_prefix='train/', pipeline=train_pipeline),
    val=dict(type='CocoDataset', classes=('blood_vessels', ), ann_file='b.json', img_prefix='train/', pipeline=train_pipeline),
    test=dict(type='CocoDataset', classes=('blood_vessels', ), ann_file='b.json', img_prefix='train/', pipeline=train_pipeline))
optimizer = dict(type='SGD', lr=0.03, momentum=0.9)
lr_config = dict(policy='CosineAnnealing', by_epoch=False, min_lr=0.02)
evaluation = dict(interval=1, metric=['bbox'], save_best='bbox_mAP')
runner = dict(type='EpochBasedRunner', max_epochs=8)
checkpoint_config = dict(interval=-1, filename_tmpl='detectors_epoch_{}.pth')
load_from = 'old.pth'
resume_from = 'older.pth'
work_dir = './work_dirs/x'
"""

WRAP = {
    "mmdet3": "_base_ = './base.py'\ntrain_dataloader = dict(dataset=dict(_delete_=True, type='RepeatDataset', times=3, "
              "dataset=dict(type='CocoDataset', ann_file='a.json')))\n",
    "mmdet2": "_base_ = './base.py'\ndata = dict(train=dict(_delete_=True, type='RepeatDataset', times=3, "
              "dataset=dict(type='CocoDataset', ann_file='a.json')))\n",
}


def plain(v):
    """Converts the value of a config to plain Python."""
    if isinstance(v, dict):
        return {k: plain(e) for k, e in v.items()}
    if isinstance(v, (list, tuple)):
        return type(v)(plain(e) for e in v)
    return v


def at(config, key):
    for part in key.split("."):
        config = config[part]
    return plain(config)


class Checker:
    def __init__(self):
        self.count = 0

    def equal(self, what, got, want):
        self.count += 1
        if got != want or type(got) is not type(want):
            raise SystemExit(f"{what}: got {got!r}, want {want!r}")


def plan(hubdata, recipe):
    text = subprocess.run([hubdata, "train", "plan", "--json", str(recipe)], check=True, capture_output=True, text=True).stdout
    stages = {}
    for stage in json.loads(text)["stages"]:
        stages[stage["id"]] = stage
        for run in [stage, *stage.get("more_runs", [])]:
            if "overlay" in run:
                path = pathlib.Path(run["overlay_path"])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(run["overlay"], encoding="utf-8")
    return stages


def reader(dialect):
    if dialect == "mmdet3":
        from mmengine.config import Config
    else:
        from mmcv import Config
    return Config


def literal(path):
    """Checks that an overlay has only assignments of literals."""
    tree = ast.parse(pathlib.Path(path).read_text(encoding="utf-8"))
    for node in tree.body:
        assert isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name), ast.dump(node)
        ast.literal_eval(node.value)


def small(hubdata, dialect, check):
    Config = reader(dialect)
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(os.path.realpath(top)) / AWKWARD
        configs = folder / "configs é, {x} 'y'"
        configs.mkdir(parents=True)
        (configs / "base.py").write_text(BASE3 if dialect == "mmdet3" else BASE2)
        (configs / "wrapped.py").write_text(WRAP[dialect])
        recipe = folder / "recipe.yaml"
        recipe.write_text((HERE / f"mmdet/testdata/overlay/{dialect}.yaml").read_text())
        stages = plan(hubdata, recipe)
        data, tiles, work = folder / "data é, {x} 'y'", folder / "tiles é, {x} 'y'", folder / "work_dirs"
        classes = ("blood_vessel", "glomerulus")
        base = Config.fromfile(str(configs / "base.py"))
        cfg = {}
        for name, stage in stages.items():
            if "overlay" in stage:
                literal(stage["overlay_path"])
                cfg[name] = Config.fromfile(stage["overlay_path"])
                check.equal(f"{name}: work_dir", cfg[name].work_dir, str(work / name))

        def values(stage, wanted):
            for key, want in wanted.items():
                check.equal(f"{dialect} {stage}: {key}", at(cfg[stage], key), want)

        def same(stage, keys):
            for key in keys:
                check.equal(f"{dialect} {stage}: {key}", at(cfg[stage], key), at(base, key))

        if dialect == "mmdet3":
            ds = lambda key, file, images: {f"{key}.ann_file": file, f"{key}.data_prefix": {"img": images},
                                            f"{key}.data_root": "", f"{key}.metainfo.classes": classes}
            values("plain", {**ds("train_dataloader.dataset", f"{data}/t.json", str(tiles)),
                             **ds("val_dataloader.dataset", f"{data}/v.json", "/other/v"),
                             "train_dataloader.dataset.filter_cfg": {"filter_empty_gt": True, "min_size": 32},
                             "val_evaluator.ann_file": f"{data}/v.json", "val_evaluator.metric": ["bbox", "segm"],
                             "resume": False, "load_from": "old.pth",
                             "default_hooks.checkpoint": {"type": "CheckpointHook", "interval": 1, "max_keep_ckpts": 2,
                                                          "save_best": "coco/segm_mAP", "rule": "greater"}})
            same("plain", ["model", "train_cfg", "optim_wrapper", "test_dataloader", "test_evaluator", "train_dataloader.batch_size",
                           "train_dataloader.dataset.pipeline", "train_dataloader.dataset.metainfo.palette", "default_hooks.timer"])
            values("full", {"randomness": {"seed": 69}, "train_cfg.max_epochs": 5, "train_dataloader.batch_size": 4,
                            "train_dataloader.sampler": {"type": "InfiniteSampler"}, "train_dataloader.num_workers": 3,
                            "optim_wrapper.optimizer": {"type": "SGD", "lr": 1e-8, "momentum": 0.9},
                            "load_from": "<last of plain>", "default_hooks.checkpoint.save_best": "coco/segm_mAP_50",
                            "default_hooks.checkpoint.max_keep_ckpts": -1})
            check.equal("steps", [s["type"] for s in cfg["full"].train_dataloader.dataset.pipeline],
                        ["LoadImageFromFile", "LoadAnnotations", "Resize", "RandomFlip", "AutoAugment", "FilterAnnotations", "hubdata_transforms.Albu",
                         "PackDetInputs"])
            values("wrapped", {**ds("train_dataloader.dataset.dataset", f"{data}/t.json", str(tiles)), "train_dataloader.dataset.times": 3,
                               "train_dataloader.dataset.type": "RepeatDataset", "load_from": f"{folder}/w é, {{x}}.pth"})
            values("no-val", {"val_dataloader": None, "val_cfg": None, "val_evaluator": None, "load_from": "https://x.org/y.pth",
                              "default_hooks.checkpoint.save_best": None, "default_hooks.checkpoint.max_keep_ckpts": 1})
            for stage, prefix in (("infer", "results"), ("infer-scales", "results_1024")):
                values(stage, {**ds("test_dataloader.dataset", f"{data}/ds3.json", str(tiles)),
                               "test_evaluator": {"type": "CocoMetric", "ann_file": f"{data}/ds3.json", "metric": ["bbox", "segm"],
                                                  "format_only": True, "outfile_prefix": f"{work}/{stage}/{prefix}"}})
                same(stage, ["train_dataloader", "val_dataloader"])
            values("infer-scales", {"model.test_cfg.rcnn": {"score_thr": 0.001, "nms": {"type": "nms"}}})
        else:
            ds = lambda key, file, images: {f"{key}.ann_file": file, f"{key}.img_prefix": images, f"{key}.classes": classes}
            values("plain", {**ds("data.train", f"{data}/t.json", str(tiles)), **ds("data.val", f"{data}/v.json", "/other/v"),
                             **ds("data.test", f"{data}/v.json", "/other/v"), "load_from": "old.pth", "resume_from": None,
                             "evaluation": {"interval": 1, "metric": ["segm"], "save_best": "segm_mAP"},
                             "checkpoint_config": {"interval": 1, "max_keep_ckpts": 2, "filename_tmpl": "detectors_epoch_{}.pth"}})
            same("plain", ["model", "optimizer", "lr_config", "runner", "data.samples_per_gpu", "data.train.pipeline", "data.train.type"])
            values("full", {"runner": {"type": "EpochBasedRunner", "max_epochs": 5}, "data.samples_per_gpu": 4, "data.workers_per_gpu": 3,
                            "lr_config": {"policy": "step", "step": [1, 2]}, "optimizer": {"type": "SGD", "lr": 1e-8, "momentum": 0.9},
                            "load_from": "<last of plain>", "evaluation.save_best": "segm_mAP_50"})
            check.equal("steps", [s["type"] for s in cfg["full"].data.train.pipeline],
                        ["LoadImageFromFile", "LoadAnnotations", "Resize", "RandomFlip", "AutoAugment", "RandomCrop", "Albu", "Normalize",
                         "Pad", "DefaultFormatBundle", "Collect"])
            values("wrapped", {**ds("data.train.dataset", f"{data}/t.json", str(tiles)), "data.train.times": 3,
                               "load_from": f"{folder}/w é, {{x}}.pth"})
            values("no-val", {"load_from": "https://x.org/y.pth"})
            same("no-val", ["data.val", "evaluation"])
            values("infer", ds("data.test", f"{data}/ds3.json", str(tiles)))
            same("infer", ["data.test.pipeline", "data.train", "load_from"])
            values("infer-scales", {"model.test_cfg.rcnn": {"score_thr": 0.001, "nms": {"type": "nms"}}})
            step = cfg["infer-scales"].data.test.pipeline[1]
            check.equal("flips", (step.flip, step.flip_direction, step.img_scale), (True, ["horizontal", "vertical"], (1024, 1024)))
        values("full", {"model.backbone": {"depth": 50, "frozen_stages": -1, "init_cfg": None,
                                           "note": "tab\there, back\\slash, 'quote', é, \u00ad"},
                        "custom_hooks": [{"type": "EMAHook", "momentum": 0.5}, {"type": "NumClassCheckHook"}]})


def classes_of(package):
    """Names of the transforms of the package, each with the arguments that it accepts; None:
    those of a class elsewhere."""
    found = {}
    for folder in ("datasets/transforms", "datasets/pipelines"):
        for path in sorted((package / "mmdet" / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    init = [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"]
                    args, more = None, True
                    if init:
                        a = init[0].args
                        args, more = {x.arg for x in a.args + a.kwonlyargs} - {"self"}, a.kwarg is not None
                    bases = [b.id for b in node.bases if isinstance(b, ast.Name)]
                    found[node.name] = (args, more, bases)
    return found


def accepts(found, name, keys):
    """The keys that a class does not accept."""
    if name not in found:
        return None
    args, more, bases = found[name]
    left = set(keys) if args is None else set(keys) - args
    for base in bases if left and more else []:
        if base not in found:
            return set()  # mmcv's
        left = accepts(found, base, left) or set()
    return left


def steps(found, pipeline, check):
    mmcv = {"LoadImageFromFile", "Normalize", "Pad", "Resize", "RandomFlip", "LoadAnnotations"}
    for step in pipeline:
        keys = set(step) - {"type"}
        step["type"] = step["type"].removeprefix("hubdata_transforms.")  # a subclass with the same arguments
        left = accepts(found, step["type"], keys)
        if left is None and step["type"] not in mmcv:
            raise SystemExit(f"no class {step['type']}")
        check.equal(f"arguments that {step['type']} does not take", left or set(), set())
        if step["type"] == "AutoAugment":
            for policy in step["policies"]:
                steps(found, policy, check)
        elif step["type"] == "MultiScaleFlipAug":
            steps(found, step["transforms"], check)


REAL = """version: 1
name: real
dialect: {dialect}
classes: [blood_vessel]
tool: {{root: mm}}
roots: {{configs: {configs}}}
datasets: {{t: {{coco: t.json}}, v: {{coco: v.json}}}}
stages:
  - {{id: light, kind: train, config: {config}, train: t, val: v, augment: light, size: 2048, epochs: 3}}
  - {{id: heavy, kind: train, config: {config}, train: t, val: v, augment: heavy, size: 1400, init: {{stage: light}}}}
  - {{id: infer, kind: infer, from: {{stage: heavy}}, on: v, scales: [1400, 1600]}}
"""


def real(hubdata, dialect, package, check):
    Config = reader(dialect)
    config = "mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py" if dialect == "mmdet3" else "mask_rcnn/mask_rcnn_r50_fpn_1x_coco.py"
    found = classes_of(package)
    with tempfile.TemporaryDirectory() as top:
        recipe = pathlib.Path(top) / "recipe.yaml"
        recipe.write_text(REAL.format(dialect=dialect, configs=package / "mmdet/.mim/configs", config=config))
        for stage in plan(hubdata, recipe).values():
            for run in [stage, *stage.get("more_runs", [])]:
                cfg = Config.fromfile(run["overlay_path"])
                if dialect == "mmdet3":
                    part = cfg.test_dataloader if stage["kind"] == "infer" else cfg.train_dataloader
                    data = part.dataset
                    check.equal("classes", tuple(data.metainfo.classes), ("blood_vessel",))
                else:
                    data = cfg.data.test if stage["kind"] == "infer" else cfg.data.train
                    check.equal("classes", tuple(data.classes), ("blood_vessel",))
                check.equal("type", data.type, "CocoDataset")
                check.equal("model", cfg.model.type, "MaskRCNN")
                steps(found, plain(data.pipeline), check)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("hubdata")
    p.add_argument("--wheels", type=pathlib.Path)
    args = p.parse_args()
    check = Checker()
    for dialect in ("mmdet2", "mmdet3"):
        small(args.hubdata, dialect, check)
        if args.wheels:
            real(args.hubdata, dialect, (args.wheels / dialect).resolve(), check)
    print(f"{check.count} merged values are what the recipes say")


if __name__ == "__main__":
    main()
