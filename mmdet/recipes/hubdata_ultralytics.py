"""YOLO segmentation of ultralytics in a recipe: written by `hubdata train init`, for you to change.

    python hubdata_ultralytics.py train --train FOLDER --val FOLDER --work DIR --epochs N --model yolo11s-seg.pt [NAME=VALUE ...]
    python hubdata_ultralytics.py predict --weights epoch_4.pt --on C.json --images DIR --out results.segm.json

It needs ultralytics (8.3 or later) and pycocotools. The folders are what `hubdata export --to yolo-seg` writes.
NAME=VALUE are arguments of ultralytics' train or predict, such as imgsz=1024. After each epoch, train copies
weights/last.pt to epoch_N.pt, from which --resume continues. The files of the best and the last epoch stay, the others
are deleted. predict writes COCO results: the masks are those of the whole image, and image and category ids are those
of the COCO file.
"""
import argparse
import csv
import json
import os
import shutil

import cv2
import numpy as np
import torch
import torchvision
import yaml
from pycocotools import mask as coding
from ultralytics import YOLO

METRIC = "metrics/mAP50-95(M)"


def values(words):
    out = {}
    for word in words:
        name, _, text = word.partition("=")
        out[name] = yaml.safe_load(text)
    return out


def data_file(args):
    """A data.yaml that has the training split of one folder and the validation split of another."""
    found, names = {}, None
    for split, folder in (("train", args.train), ("val", args.val)):
        with open(os.path.join(folder, "data.yaml")) as f:
            data = yaml.safe_load(f)
        if names is not None and data["names"] != names:
            raise SystemExit(f"{args.val}: found the classes {data['names']}, expected {names}")
        names = data["names"]
        found[split] = os.path.join(os.path.abspath(folder), data[split])
    path = os.path.join(args.work, "data.yaml")
    with open(path, "w") as f:
        yaml.safe_dump({**found, "names": names}, f)
    return path


def best_epoch(work):
    """The epoch of results.csv with the highest score, the first of equal ones."""
    best, at = -1.0, 0
    with open(os.path.join(work, "results.csv")) as f:
        for row in csv.DictReader(f, skipinitialspace=True):
            row = {key.strip(): v for key, v in row.items()}
            if float(row[METRIC]) > best:
                best, at = float(row[METRIC]), int(float(row["epoch"]))
    return at


def train(args):
    epoch_file = os.path.join(args.work, "epoch_{}.pt").format

    def keep(trainer):
        """Called after the scores and last.pt of an epoch are written."""
        epoch = trainer.epoch + 1
        shutil.copyfile(trainer.last, epoch_file(epoch) + ".part")
        os.replace(epoch_file(epoch) + ".part", epoch_file(epoch))
        best = best_epoch(args.work)
        for old in range(1, epoch):
            if old != best and os.path.exists(epoch_file(old)):
                os.remove(epoch_file(old))

    more = values(args.more)
    if args.resume:
        epoch = torch.load(args.resume, map_location="cpu", weights_only=False)["epoch"] + 1
        if epoch >= args.epochs:
            return print(f"epoch {epoch} of {args.epochs} is done")
        model = YOLO(args.resume)
        more = {"resume": args.resume}
    else:
        model = YOLO(args.init or args.model, task="segment")
        folder, name = os.path.split(os.path.abspath(args.work))
        more = {"epochs": args.epochs, "batch": args.batch, "seed": args.seed, "project": folder, "name": name, "exist_ok": True,
                "plots": False, "deterministic": True, **more}
    model.add_callback("on_model_save", keep)
    model.train(data=data_file(args), **more)


def views(model, image, flip, more):
    """Detections in an image and, with flip, in its mirror images, in the frame of the image."""
    height, width = image.shape[:2]
    parts = {"boxes": [], "labels": [], "scores": [], "masks": []}
    for axis in [None, 1, 0] if flip else [None]:
        seen = image if axis is None else np.ascontiguousarray(np.flip(image, axis))
        r = model.predict(seen, retina_masks=True, verbose=False, **{"conf": 0.001, "max_det": 100, **more})[0]
        if r.masks is None:
            continue
        boxes, masks = r.boxes.xyxy.cpu(), r.masks.data.cpu() > 0.5
        if masks.shape[1:] != (height, width):
            raise SystemExit(f"found masks of {tuple(masks.shape[1:])}, expected {(height, width)}: use a newer ultralytics")
        if axis is not None:
            masks = masks.flip(2 if axis == 1 else 1)
            x1, y1, x2, y2 = boxes.unbind(1)
            if axis == 1:
                x1, x2 = width - x2, width - x1
            else:
                y1, y2 = height - y2, height - y1
            boxes = torch.stack([x1, y1, x2, y2], 1)
        for key, v in (("boxes", boxes), ("labels", r.boxes.cls.cpu().long()), ("scores", r.boxes.conf.cpu()), ("masks", masks)):
            parts[key].append(v)
    return {key: torch.cat(v) for key, v in parts.items()} if parts["boxes"] else None


def predict(args):
    with open(args.on) as f:
        coco = json.load(f)
    model = YOLO(args.weights, task="segment")
    names = [model.names[k] for k in sorted(model.names)]
    if names != [c["name"] for c in coco["categories"]]:
        raise SystemExit(f"{args.on}: found the categories {[c['name'] for c in coco['categories']]}, expected those of the model, {names}")
    out, more = [], values(args.more)
    for image in coco["images"]:
        array = cv2.imread(os.path.join(args.images, image["file_name"]), cv2.IMREAD_COLOR)
        if array is None or array.shape[:2] != (image["height"], image["width"]):
            raise SystemExit(f"{image['file_name']}: cannot be read, or is not of {image['width']} x {image['height']} pixels")
        found = views(model, array, args.flip, more)
        if found is None:
            continue
        keep = torchvision.ops.batched_nms(found["boxes"], found["scores"], found["labels"], 0.6)[:args.detections]
        for k in keep.tolist():
            mask = found["masks"][k].numpy().astype(np.uint8)
            if not mask.any():
                continue
            rle = coding.encode(np.asfortranarray(mask))
            box = coding.toBbox(rle).tolist()
            rle["counts"] = rle["counts"].decode()
            out.append({"image_id": image["id"], "category_id": coco["categories"][int(found["labels"][k])]["id"], "bbox": box,
                        "score": float(found["scores"][k]), "segmentation": rle})
    with open(args.out + ".part", "w") as f:
        json.dump(out, f)
    os.replace(args.out + ".part", args.out)
    print(f"{len(out)} detections in {len(coco['images'])} images")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sub = parser.add_subparsers(dest="what", required=True)
    t, p = sub.add_parser("train"), sub.add_parser("predict")
    t.add_argument("--train", required=True)
    t.add_argument("--val", required=True)
    t.add_argument("--work", required=True)
    t.add_argument("--model", default="yolo11s-seg.pt", help="without --init: weights or, as .yaml, an untrained model")
    t.add_argument("--init", help="weights to begin with")
    t.add_argument("--resume")
    t.add_argument("--epochs", type=int, required=True)
    t.add_argument("--batch", type=int, default=8)
    t.add_argument("--seed", type=int, default=0)
    p.add_argument("--weights", required=True)
    p.add_argument("--on", required=True)
    p.add_argument("--images", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--flip", action="store_true", help="also predict on mirror images")
    p.add_argument("--detections", type=int, default=100, help="at most, in an image")
    for s in (t, p):
        s.add_argument("more", nargs="*", metavar="NAME=VALUE")
    args = parser.parse_args()
    train(args) if args.what == "train" else predict(args)


if __name__ == "__main__":
    main()
