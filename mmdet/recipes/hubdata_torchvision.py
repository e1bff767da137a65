"""Mask R-CNN of torchvision, trained on COCO files: written by `hubdata train init`, for you to change.

    python hubdata_torchvision.py train --train A.json --images DIR --work DIR --epochs N [--val B.json ...]
    python hubdata_torchvision.py predict --weights epoch_4.pth --on C.json --images DIR --out results.segm.json

It needs torch, torchvision, numpy, pillow and pycocotools. After each epoch, train appends a line to scores.jsonl
(COCO AP of masks and boxes by pycocotools), then writes epoch_N.pth, from which --resume continues. The files of the
best and the last epoch stay, the others are deleted. predict writes COCO results: the masks are those of the whole
image, and image and category ids are those of the COCO file.
"""
import argparse
import contextlib
import copy
import json
import math
import os
import random

import numpy as np
import torch
import torchvision
from PIL import Image
from pycocotools import mask as coding
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torchvision.models import detection
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def read(path):
    with contextlib.redirect_stdout(None):
        return COCO(path)


def pixels(folder, image):
    """The image as a tensor of 3 x height x width from 0 to 1."""
    with Image.open(os.path.join(folder, image["file_name"])) as picture:
        array = np.array(picture.convert("RGB"))
    if array.shape[:2] != (image["height"], image["width"]):
        raise SystemExit(f"{image['file_name']}: found {array.shape[1]} x {array.shape[0]} pixels, expected {image['width']} x {image['height']}")
    return torch.from_numpy(array).permute(2, 0, 1).float() / 255


class Tiles(torch.utils.data.Dataset):
    """The images with instances of a COCO file. Crowds and empty masks are left out."""

    def __init__(self, coco, folder, augment):
        self.coco, self.folder, self.augment = coco, folder, augment
        self.label = {c["id"]: k + 1 for k, c in enumerate(coco.dataset["categories"])}
        self.images = [i for i in coco.dataset["images"] if any(self.used(a) for a in coco.imgToAnns[i["id"]])]
        print(f"trains on {len(self.images)} of {len(coco.dataset['images'])} images: those with instances", flush=True)

    @staticmethod
    def used(a):
        return not a.get("iscrowd") and a["area"] > 0

    def __len__(self):
        return len(self.images)

    def __getitem__(self, k):
        image = self.images[k]
        x = pixels(self.folder, image)
        annotations = [a for a in self.coco.imgToAnns[image["id"]] if self.used(a)]
        masks = torch.from_numpy(np.stack([self.coco.annToMask(a) for a in annotations]))
        if self.augment != "none":
            x, masks = transformed(x, masks, self.augment)
        keep = masks.flatten(1).any(1).bool()
        labels = torch.tensor([self.label[a["category_id"]] for a in annotations])[keep]
        masks = masks[keep]
        return x, {"boxes": boxes_of(masks), "labels": labels, "masks": masks}


def boxes_of(masks):
    """Boxes around the pixels of masks, x1, y1, x2, y2; x2 and y2 are beyond the last pixel."""
    boxes = torch.zeros(len(masks), 4)
    for k, m in enumerate(masks):
        ys, xs = torch.where(m)
        boxes[k] = torch.stack([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
    return boxes


def transformed(x, masks, augment):
    """Flips; with heavy, also quarter turns, and brightness, contrast and noise."""
    for axis in (1, 2):
        if random.random() < 0.5:
            x, masks = x.flip(axis), masks.flip(axis)
    if augment == "heavy":
        turns = random.randrange(4)
        x, masks = x.rot90(turns, (1, 2)), masks.rot90(turns, (1, 2))
        x = (x - x.mean()) * random.uniform(0.7, 1.3) + x.mean() * random.uniform(0.8, 1.2)
        x = (x + torch.randn(()) * 0.03 + torch.randn_like(x) * 0.02 * random.random()).clamp(0, 1)
    return x.contiguous(), masks.contiguous()


def make_model(args, classes, frozen=True):
    """A model with random weights. Batch norm is frozen where trained weights, and so its statistics, are loaded."""
    norm = torchvision.ops.misc.FrozenBatchNorm2d if frozen else torch.nn.BatchNorm2d
    backbone = resnet_fpn_backbone(backbone_name=args.backbone, weights=None, trainable_layers=5, norm_layer=norm)
    return detection.MaskRCNN(backbone, classes + 1, min_size=args.size, max_size=args.size, box_score_thresh=0.001,
                              box_detections_per_img=args.detections, box_batch_size_per_image=args.rois,
                              rpn_post_nms_top_n_train=min(2000, 4 * args.rois),
                              rpn_post_nms_top_n_test=min(1000, 4 * args.rois)).to(DEVICE)


def load(path, args, classes, whole):
    """A model with the weights of a file or an address. Unless the whole model must be there, weights of another shape,
    such as of another number of classes, are left out."""
    if "://" in path:
        state = torch.hub.load_state_dict_from_url(path, map_location="cpu", progress=False)
    else:
        state = torch.load(path, map_location="cpu")
    state = state.get("model", state)
    model = make_model(args, classes)
    own = model.state_dict()
    fits = {k: v for k, v in state.items() if k in own and own[k].shape == v.shape}
    if not fits or whole and len(fits) < len(own):
        raise SystemExit(f"{path}: {len(fits)} of {len(own)} weights fit {args.backbone} with {classes} classes")
    print(f"{len(fits)} of {len(own)} weights are those of {path}", flush=True)
    model.load_state_dict(fits, strict=False)
    return model


def predict(model, coco, folder, args):
    """COCO results of all images of a COCO file."""
    categories = [c["id"] for c in coco.dataset["categories"]]
    model.eval()
    out = []
    with torch.no_grad():
        for image in coco.dataset["images"]:
            x = pixels(folder, image).to(DEVICE)
            found = views(model, x, args.flip)
            keep = torchvision.ops.batched_nms(found["boxes"], found["scores"], found["labels"], 0.5)[:args.detections]
            for k in keep.tolist():
                mask = (found["masks"][k] > 0.5).cpu().numpy().astype(np.uint8)
                if not mask.any():
                    continue
                rle = coding.encode(np.asfortranarray(mask))
                box = coding.toBbox(rle).tolist()
                rle["counts"] = rle["counts"].decode()
                out.append({"image_id": image["id"], "category_id": categories[int(found["labels"][k]) - 1], "bbox": box,
                            "score": float(found["scores"][k]), "segmentation": rle})
    return out


def views(model, x, flip):
    """Detections in an image and, with flip, in its mirror images, in the frame of the image."""
    parts = []
    height, width = x.shape[1:]
    for axis in [None, 2, 1] if flip else [None]:
        found = model([x if axis is None else x.flip(axis)])[0]
        found["masks"] = found["masks"][:, 0]
        if axis is not None:
            found["masks"] = found["masks"].flip(axis)
            x1, y1, x2, y2 = found["boxes"].unbind(1)
            if axis == 2:
                x1, x2 = width - x2, width - x1
            else:
                y1, y2 = height - y2, height - y1
            found["boxes"] = torch.stack([x1, y1, x2, y2], 1)
        parts.append(found)
    return {key: torch.cat([p[key] for p in parts]) for key in ("boxes", "labels", "scores", "masks")}


def scores(coco, results):
    out = {}
    for kind in ("segm", "bbox"):
        values = [0.0] * 12
        if results:
            with contextlib.redirect_stdout(None):
                e = COCOeval(coco, coco.loadRes(copy.deepcopy(results)), kind)
                e.evaluate(), e.accumulate(), e.summarize()
            values = e.stats.tolist()
        out.update({f"{kind}_mAP": values[0], f"{kind}_mAP_50": values[1], f"{kind}_mAP_75": values[2]})
    return out


def save(path, value):
    """Writes a file that appears whole or not at all."""
    torch.save(value, path + ".part")
    os.replace(path + ".part", path)


def train(args):
    random.seed(args.seed), np.random.seed(args.seed), torch.manual_seed(args.seed)
    tiles = Tiles(read(args.train), args.images, args.augment)
    val = read(args.val) if args.val else None
    classes = len(tiles.coco.dataset["categories"])
    generator = torch.Generator().manual_seed(args.seed)
    loader = torch.utils.data.DataLoader(tiles, args.batch, shuffle=True, num_workers=args.workers, generator=generator,
                                         collate_fn=lambda batch: tuple(zip(*batch)))
    if args.resume or not args.init:
        model = make_model(args, classes, frozen=bool(args.init))
    else:
        model = load(args.init, args, classes, whole=False)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, args.lr, momentum=0.9, weight_decay=1e-4)
    steps, warmup = args.epochs * len(loader), min(args.warmup, len(loader))

    def rate(k):  # a linear warm-up, then a cosine down to a hundredth
        if k < warmup:
            return (k + 1) / warmup
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (k - warmup) / max(1, steps - warmup)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    first, best, best_epoch = 1, -1.0, 0
    if args.resume:
        state = torch.load(args.resume, map_location="cpu")
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first, best, best_epoch = state["epoch"] + 1, state["best"], state["best_epoch"]
        random.seed(args.seed + first), torch.manual_seed(args.seed + first), generator.manual_seed(args.seed + first)
    for epoch in range(first, args.epochs + 1):
        model.train()
        total = 0.0
        for k, (images, targets) in enumerate(loader):
            images = [x.to(DEVICE) for x in images]
            targets = [{key: v.to(DEVICE) for key, v in t.items()} for t in targets]
            with torch.autocast(DEVICE.type, enabled=args.amp and DEVICE.type == "cuda", dtype=torch.bfloat16):
                loss = sum(model(images, targets).values())
            if not torch.isfinite(loss):
                raise SystemExit(f"the loss is {loss.item()} in epoch {epoch}, step {k + 1}: lower --lr")
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 10)
            optimizer.step()
            schedule.step()
            total += loss.item()
            if (k + 1) % 20 == 0 or k + 1 == len(loader):
                print(f"epoch {epoch} [{k + 1}/{len(loader)}] lr {schedule.get_last_lr()[0]:.2e} loss {total / (k + 1):.4f}", flush=True)
        line = {"epoch": epoch, "loss": total / len(loader)}
        if val is not None:
            line.update(scores(val, predict(model, val, args.val_images or args.images, args)))
            if line["segm_mAP"] > best:
                best, best_epoch = line["segm_mAP"], epoch
        with open(os.path.join(args.work, "scores.jsonl"), "a") as f:
            f.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)
        save(os.path.join(args.work, f"epoch_{epoch}.pth"),
             {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(),
              "epoch": epoch, "best": best, "best_epoch": best_epoch})
        for old in range(1, epoch):
            path = os.path.join(args.work, f"epoch_{old}.pth")
            if old != best_epoch and os.path.exists(path):
                os.remove(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sub = parser.add_subparsers(dest="what", required=True)
    t, p = sub.add_parser("train"), sub.add_parser("predict")
    for s in (t, p):
        s.add_argument("--images", required=True)
        s.add_argument("--size", type=int, default=512, help="side that images are resized to")
        s.add_argument("--backbone", default="resnet50")
        s.add_argument("--rois", type=int, default=512, help="regions of an image that the heads train on; fewer take less memory")
        s.add_argument("--detections", type=int, default=100, help="at most, in an image")
        s.add_argument("--flip", action="store_true", help="also predict on mirror images")
    t.add_argument("--train", required=True)
    t.add_argument("--val")
    t.add_argument("--val-images")
    t.add_argument("--work", required=True)
    t.add_argument("--init", help="weights to begin with: a file or an address")
    t.add_argument("--resume")
    t.add_argument("--epochs", type=int, required=True)
    t.add_argument("--batch", type=int, default=2)
    t.add_argument("--lr", type=float, default=0.005)
    t.add_argument("--warmup", type=int, default=200, help="steps, at most an epoch")
    t.add_argument("--augment", choices=["none", "light", "heavy"], default="light")
    t.add_argument("--seed", type=int, default=0)
    t.add_argument("--workers", type=int, default=2)
    t.add_argument("--amp", action="store_true", help="bfloat16 on a GPU")
    p.add_argument("--weights", required=True)
    p.add_argument("--on", required=True)
    p.add_argument("--out", required=True)
    args = parser.parse_args()
    if args.what == "train":
        return train(args)
    coco = read(args.on)
    model = load(args.weights, args, len(coco.dataset["categories"]), whole=True)
    results = predict(model, coco, args.images, args)
    with open(args.out + ".part", "w") as f:
        json.dump(results, f)
    os.replace(args.out + ".part", args.out)
    print(f"{len(results)} detections in {len(coco.dataset['images'])} images")


if __name__ == "__main__":
    main()
