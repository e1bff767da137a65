"""Compares the recipe hubmap-3rd with the winner's repository: see winner.sh.

    winner.py configs|data|logs HUBDATA CHECKOUT      in a folder with the recipe
"""
import ast
import json
import pathlib
import re
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")
what, hubdata, checkout = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])

# The keys of a merged config that differ from his, all by intention: paths, the class, and what the recipe decides.
OURS = re.compile(r"(data\.(train|val|test)\.(ann_file|img_prefix|classes)|work_dir|load_from|resume_from"
                  r"|evaluation\.(metric|save_best)|checkpoint_config\.(interval|max_keep_ckpts))$")


def run(*words):
    return subprocess.run([hubdata, *words], check=True, capture_output=True, text=True).stdout


def flat(value, name=""):
    """The values of a config by dotted names."""
    if isinstance(value, dict) and value:
        out = {}
        for key, v in value.items():
            out.update(flat(v, f"{name}.{key}" if name else key))
        return out
    return {name: value}


def configs():
    from mmcv import Config
    trainings = infers = equal = 0
    differing = set()
    for stage in json.loads(run("train", "plan", "--json"))["stages"]:
        for part in [stage, *stage.get("more_runs", [])]:
            if not part.get("overlay"):
                continue
            path = pathlib.Path(part["overlay_path"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(part["overlay"])
            merged = Config.fromfile(str(path))
            infers += stage["kind"] == "infer"
            if stage["kind"] != "train":
                continue
            trainings += 1
            base = ast.literal_eval(re.search(r"^_base_ = (.*)$", part["overlay"], re.M)[1])
            own, his = flat(merged._cfg_dict.to_dict()), flat(Config.fromfile(base)._cfg_dict.to_dict())
            for key in sorted(set(own) | set(his)):
                if own.get(key, "absent") == his.get(key, "absent"):
                    equal += 1
                elif not OURS.match(key):
                    raise SystemExit(f"{stage['id']}: {key} is {own.get(key, 'absent')!r}, in {base} {his.get(key, 'absent')!r}")
                else:
                    differing.add(key)
    assert trainings == 12, trainings
    print(f"configs: 12 trainings and {infers} predictions merge; {equal} keys equal, those that differ: {', '.join(sorted(differing))}")


def functions(notebook):
    """The functions of a notebook, without running the rest of it."""
    out = []
    for cell in json.loads(notebook.read_text())["cells"]:
        if cell["cell_type"] == "code":
            text = "".join(line for line in cell["source"] if not line.lstrip().startswith(("!", "%")))
            try:
                out += [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
            except SyntaxError:
                continue
    return ast.Module(out, [])


def data():
    import itertools

    import cv2
    import numpy as np
    import pandas as pd
    from pycocotools import mask as coding
    from sklearn.model_selection import StratifiedKFold

    space = {"cv2": cv2, "np": np, "itertools": itertools, "json": json, "tqdm": lambda x, **k: x, "categories_ids": {"blood_vessel": 0},
             "categories": [{"id": 0, "name": "blood_vessel"}],
             "data": [json.loads(line) for line in pathlib.Path("polygons.jsonl").read_text().splitlines()]}
    exec(compile(functions(checkout / "split/kfoldgen.ipynb"), "kfoldgen.ipynb", "exec"), space)
    meta = pd.read_csv("tile_meta.csv")
    one, two = (meta[meta.dataset == k].reset_index(drop=True) for k in (1, 2))
    for fold, (_, at) in enumerate(StratifiedKFold(5, shuffle=True, random_state=42).split(one, one.source_wsi), 1):
        one.loc[at, "fold"] = fold
    sets = {
        "ds1_coco_1024_train_full_fold1": one.id, "ds2wsiall_coco_1024_train_fold1": two.id,
        "ds2_coco_1024_train_fold1": two[two.source_wsi.isin([3, 4])].id,
        **{f"ds1_coco_1024_{part}_all_fold{k}": one[(one.fold == k) == (part == "valid")].id for k in (1, 5) for part in ("train", "valid")},
    }
    compared = instances = 0
    for name, ids in sets.items():
        his = space["coco_structure"](set(ids))
        if not his["images"]:  # of a part of the data
            print(f"data: no outlines for {name}: not compared")
            continue
        run("train", "run", "--quiet", "--until", f"build-{name}")
        own = json.loads(pathlib.Path(f"coco_data/coco/{name}.json").read_text())

        def rows(d):
            names = {i["id"]: i["file_name"] for i in d["images"]}
            return [(names[a["image_id"]], a["bbox"], a["area"],
                     coding.decode(a["segmentation"] if isinstance(a["segmentation"]["counts"], str) else coding.frPyObjects(a["segmentation"], *a["segmentation"]["size"])).tobytes())
                    for a in d["annotations"]]

        def key(r):
            return r[0], r[1], r[3]

        a, b = sorted(rows(his), key=key), sorted(rows(own), key=key)
        assert sorted(i["file_name"] for i in his["images"]) == sorted(i["file_name"] for i in own["images"]), name
        assert [(r[0], [float(v) for v in r[1]], float(r[2]), r[3]) for r in a] == [(r[0], [float(v) for v in r[1]], float(r[2]), r[3]) for r in b], name
        compared, instances = compared + 1, instances + len(a)
    print(f"data: {compared} sets are those of his notebook, {instances} instances equal (tiles, boxes, areas, pixels)")


def logs():
    found = 0
    for path in sorted(checkout.glob("all_configs/*/*.log")):
        text = path.read_text()
        best = re.findall(r"Best segm_mAP is ([\d.]+) at (\d+) epoch", text)
        if not best:
            continue
        own = json.loads(run("train", "pick", "--json", str(path)))
        assert (own["score"], own["epoch"]) == (float(best[-1][0]), int(best[-1][1])), (path, own, best[-1])
        found += 1
        print(f"log {path.name}: best {own['score']} in epoch {own['epoch']}")
    assert found, "no logs"
    print(f"logs: {found}, each with the best epoch that it names")


{"configs": configs, "data": data, "logs": logs}[what]()
