"""RF-DETR Seg in a recipe: written by `hubdata train init`, for you to change.

    python hubdata_rfdetr.py train --train FOLDER --val FOLDER --work DIR --epochs N --model RFDETRSegSmall [NAME=VALUE ...]
    python hubdata_rfdetr.py predict --weights checkpoint_3.ckpt --on C.json --images DIR --out results.segm.json

It needs rfdetr with its training packages (pip install "rfdetr[train]") and pycocotools. The folders are what
`hubdata export --to coco --option layout=roboflow` writes. NAME=VALUE are arguments of RF-DETR's train, such as
lr=0.0001, and of its model, such as resolution=432; predict needs the same ones of the model. RF-DETR writes metrics.csv
and, after each epoch, checkpoint_N.ckpt, counted from 0, from which --resume continues. The files of the best and the
last epoch stay, the others are deleted. The scores are those of the averaged weights (EMA), and so these are what --init and
predict take from a checkpoint. predict writes COCO results: the masks are those of the whole image, and image and
category ids are those of the COCO file.
"""
import argparse
import csv
import json
import os

import numpy as np
import rfdetr
import torch
import yaml
from PIL import Image
from pycocotools import mask as coding

METRIC = "val/segm_mAP_50_95"


def values(words):
    out = {}
    for word in words:
        name, _, text = word.partition("=")
        out[name] = yaml.safe_load(text)
    return out


def of_model(name, more):
    """Those of the arguments that the model takes, and the others."""
    fields = getattr(rfdetr.config, name + "Config").model_fields
    return {k: v for k, v in more.items() if k in fields}, {k: v for k, v in more.items() if k not in fields}


def link(source, target):
    """The path target for the folder source."""
    if os.path.lexists(target):
        os.remove(target)
    os.symlink(os.path.abspath(source), target, target_is_directory=True)


def dataset(args):
    """A folder that has the training split of one folder and the validation split of another."""
    folder = os.path.join(args.work, "dataset")
    os.makedirs(folder, exist_ok=True)
    link(os.path.join(args.train, "train"), os.path.join(folder, "train"))
    link(os.path.join(args.val, "valid"), os.path.join(folder, "valid"))
    return folder


def weights(path):
    """The weights of a checkpoint: of Lightning's the average, if it has one."""
    state = torch.load(path, map_location="cpu", weights_only=False)
    if "state_dict" not in state:
        return path, state
    model = {k[len("model."):]: v for k, v in state["state_dict"].items() if k.startswith("model.")}
    for callback in state.get("callbacks", {}).values():
        average = callback.get("average_model_state_dict") if isinstance(callback, dict) else None
        if average:
            model = {k[len("module.model."):]: v for k, v in average.items() if k.startswith("module.model.")}
    return None, {"model": model, "args": state.get("args"), "model_name": state.get("model_name")}


def weights_file(path, folder):
    """The absolute path of a file of weights as RF-DETR reads it: it looks for a name alone in its own cache."""
    path = os.path.abspath(path)
    own, state = weights(path)
    if own:
        return own
    out = os.path.join(os.path.abspath(folder), "init.pth")
    torch.save(state, out)
    return out


def best_epoch(work):
    """The epoch of metrics.csv with the highest score, counted from 0; the first of equal ones."""
    best, at = -1.0, -1
    with open(os.path.join(work, "metrics.csv")) as f:
        for row in csv.DictReader(f):
            if row.get(METRIC) and float(row[METRIC]) > best:
                best, at = float(row[METRIC]), int(float(row["epoch"]))
    return at


def keep_few(work):
    """Adds to RF-DETR's trainer what deletes checkpoints: with one an epoch, RF-DETR keeps all of them."""
    import rfdetr.training as training
    from pytorch_lightning import Callback

    class KeepFew(Callback):
        def on_train_epoch_start(self, trainer, module):
            best, last = best_epoch(work) if os.path.exists(os.path.join(work, "metrics.csv")) else -1, trainer.current_epoch - 1
            for old in range(last):
                path = os.path.join(work, f"checkpoint_{old}.ckpt")
                if old != best and os.path.exists(path):
                    os.remove(path)

    build = training.build_trainer

    def build_with(*args, **kwargs):
        trainer = build(*args, **kwargs)
        trainer.callbacks.append(KeepFew())
        return trainer

    training.build_trainer = build_with


def train(args):
    model_more, more = of_model(args.model, values(args.more))
    if "device" in model_more:  # train asks for it again
        more["device"] = model_more["device"]
    if args.resume:
        epoch = torch.load(args.resume, map_location="cpu", weights_only=False)["epoch"] + 1
        if epoch >= args.epochs:
            return print(f"epoch {epoch} of {args.epochs} is done")
        more["resume"] = args.resume
    if args.init:
        model_more["pretrain_weights"] = weights_file(args.init, args.work)
    model = getattr(rfdetr, args.model)(**model_more)
    keep_few(args.work)
    model.train(dataset_dir=dataset(args), output_dir=args.work, epochs=args.epochs, batch_size=args.batch, seed=args.seed,
                checkpoint_interval=1, eval_interval=1, tensorboard=False, run_test=False, **more)


def predict(args):
    with open(args.on) as f:
        coco = json.load(f)
    categories = [c["id"] for c in coco["categories"]]
    more = values(args.more)
    model = getattr(rfdetr, args.model)(pretrain_weights=weights_file(args.weights, os.path.dirname(os.path.abspath(args.out))),
                                        num_classes=len(categories), **more)
    out, none = [], 0
    for image in coco["images"]:
        with Image.open(os.path.join(args.images, image["file_name"])) as picture:
            picture = picture.convert("RGB")
        if picture.size != (image["width"], image["height"]):
            raise SystemExit(f"{image['file_name']}: found {picture.size} pixels, expected {(image['width'], image['height'])}")
        found = model.predict(picture, threshold=args.threshold, include_source_image=False)
        for k in np.argsort(-found.confidence, kind="stable")[:args.detections].tolist():
            mask = np.asarray(found.mask[k]).astype(np.uint8)
            if mask.shape != (image["height"], image["width"]):
                raise SystemExit(f"found a mask of {mask.shape}, expected {(image['height'], image['width'])}")
            if not mask.any():
                continue
            if int(found.class_id[k]) == len(categories):  # the output of RF-DETR that stands for no class
                none += 1
                continue
            rle = coding.encode(np.asfortranarray(mask))
            box = coding.toBbox(rle).tolist()
            rle["counts"] = rle["counts"].decode()
            out.append({"image_id": image["id"], "category_id": categories[int(found.class_id[k])], "bbox": box,
                        "score": float(found.confidence[k]), "segmentation": rle})
    with open(args.out + ".part", "w") as f:
        json.dump(out, f)
    os.replace(args.out + ".part", args.out)
    print(f"{len(out)} detections in {len(coco['images'])} images; {none} of no class dropped")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sub = parser.add_subparsers(dest="what", required=True)
    t, p = sub.add_parser("train"), sub.add_parser("predict")
    for s in (t, p):
        s.add_argument("--model", default="RFDETRSegSmall", help="a class of rfdetr")
        s.add_argument("more", nargs="*", metavar="NAME=VALUE")
    t.add_argument("--train", required=True)
    t.add_argument("--val", required=True)
    t.add_argument("--work", required=True)
    t.add_argument("--init", help="weights to begin with; without, RF-DETR's own, which it downloads, or with pretrain_weights=null random ones")
    t.add_argument("--resume")
    t.add_argument("--epochs", type=int, required=True)
    t.add_argument("--batch", type=int, default=4)
    t.add_argument("--seed", type=int, default=0)
    p.add_argument("--weights", required=True)
    p.add_argument("--on", required=True)
    p.add_argument("--images", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--threshold", type=float, default=0.01)
    p.add_argument("--detections", type=int, default=100, help="at most, in an image")
    args = parser.parse_args()
    train(args) if args.what == "train" else predict(args)


if __name__ == "__main__":
    main()
