"""Does the work of `hubdata export` and `hubdata import` with other tools:

    python bench/formats_ref.py WORK IN OUT [IMAGES]

Prints the seconds that it took after the imports. Loops are what people write with numpy,
pycocotools, tifffile and scikit-image."""
import csv
import json
import os
import sys
import time

works = {}


def work(f):
    works[f.__name__.replace("_", "-")] = f
    return f


@work
def ultralytics_yolo(source, out, images):
    from ultralytics.data.converter import convert_coco

    folder = out + ".in"  # it reads all files of a folder
    os.makedirs(folder)
    os.link(source, f"{folder}/set.json")
    yield
    convert_coco(labels_dir=folder, save_dir=out, use_segments=True, cls91to80=False)


@work
def supervision_yolo(source, out, images):
    import supervision

    yield
    set_ = supervision.DetectionDataset.from_coco(images_directory_path=images, annotations_path=source, force_masks=True)
    set_.as_yolo(annotations_directory_path=f"{out}/labels", data_yaml_path=f"{out}/data.yaml")


@work
def supervision_from_yolo(source, out, images):
    import supervision

    yield
    set_ = supervision.DetectionDataset.from_yolo(f"{source}/images/train", f"{source}/labels/train", f"{source}/data.yaml", force_masks=True)
    set_.as_coco(annotations_path=out)


@work
def supervision_voc(source, out, images):
    import supervision

    yield
    set_ = supervision.DetectionDataset.from_coco(images_directory_path=images, annotations_path=source, force_masks=False)
    set_.as_pascal_voc(annotations_directory_path=out)


@work
def pylabel_voc(source, out, images):
    from pylabel import importer

    yield
    os.makedirs(out)
    importer.ImportCoco(source).export.ExportToVoc(output_path=out)


@work
def labelme2coco(source, out, images):
    import labelme2coco

    yield
    labelme2coco.convert(source, out)


def datumaro(source, kind, out, to, images=None, **options):
    from datumaro.components.dataset import Dataset

    if kind == "coco_instances":  # it reads a folder of this layout
        folder = out + ".in"
        os.makedirs(f"{folder}/annotations")
        os.link(source, f"{folder}/annotations/instances_all.json")
        os.symlink(os.path.abspath(images), f"{folder}/images")
        source = folder
    yield
    Dataset.import_from(source, kind).export(out, to, **options)


@work
def datumaro_voc(source, out, images):
    return datumaro(source, "coco_instances", out, "voc", images, save_media=False)


@work
def datumaro_cvat(source, out, images):
    return datumaro(source, "coco_instances", out, "cvat", images, save_media=False)


@work
def datumaro_from_voc(source, out, images):
    return datumaro(source, "voc", out, "coco_instances", save_media=False, segmentation_mode="mask")


@work
def datumaro_from_cvat(source, out, images):
    return datumaro(source, "cvat", out, "coco_instances", save_media=False)


@work
def loop_labels(source, out, images):
    import numpy as np
    import tifffile
    from pycocotools.coco import COCO

    yield
    coco = COCO(source)
    os.makedirs(out)
    for image in coco.loadImgs(coco.getImgIds()):
        label = np.zeros((image["height"], image["width"]), np.uint16)
        for number, a in enumerate(coco.loadAnns(coco.getAnnIds(image["id"])), 1):
            label[coco.annToMask(a) > 0] = number
        tifffile.imwrite(f"{out}/{stem(image)}.tif", label, compression="zlib")


@work
def loop_masks(source, out, images):
    import cv2
    import numpy as np
    from pycocotools.coco import COCO

    yield
    coco = COCO(source)
    os.makedirs(out)
    number = {c: k for k, c in enumerate(coco.getCatIds(), 1)}
    for image in coco.loadImgs(coco.getImgIds()):
        mask = np.zeros((image["height"], image["width"]), np.uint8)
        for a in coco.loadAnns(coco.getAnnIds(image["id"])):
            mask[coco.annToMask(a) > 0] = number[a["category_id"]]
        cv2.imwrite(f"{out}/{stem(image)}.png", mask)


@work
def loop_from_labels(source, out, images):
    import numpy as np
    import tifffile
    from pycocotools import mask

    yield
    names = {}
    with open(f"{source}/labels.csv") as f:
        for row in csv.DictReader(f):
            names[row["label_image"], int(row["id"])] = row["class"]
    classes = sorted(set(names.values()))
    write(out, classes, ((f"labels/{name}", [(names[f"labels/{name}", int(n)], mask.encode(np.asfortranarray(label == n, np.uint8))) for n in np.unique(label) if n], label.shape)
                         for name in sorted(os.listdir(f"{source}/labels")) for label in [tifffile.imread(f"{source}/labels/{name}")]))


@work
def loop_from_masks(source, out, images):
    import numpy as np
    from PIL import Image
    from pycocotools import mask
    from skimage.measure import label

    yield
    with open(f"{source}/classes.csv") as f:
        classes = {int(row["id"]): row["class"] for row in csv.DictReader(f)}

    def instances(pixels):
        for number in np.unique(pixels):
            if number:
                parts = label(pixels == number, connectivity=2)
                for k in range(1, parts.max() + 1):
                    yield classes[int(number)], mask.encode(np.asfortranarray(parts == k, np.uint8))

    write(out, [classes[k] for k in sorted(classes)], ((f"masks/{name}", list(instances(pixels)), pixels.shape)
                                                        for name in sorted(os.listdir(f"{source}/masks")) for pixels in [np.array(Image.open(f"{source}/masks/{name}"))]))


@work
def loop_csv(source, out, images):
    """area, box, centroid and eccentricity of each instance."""
    from pycocotools.coco import COCO
    from skimage.measure import regionprops

    yield
    coco = COCO(source)
    names = {c["id"]: c["name"] for c in coco.loadCats(coco.getCatIds())}
    with open(out, "w", newline="") as f:
        rows = csv.writer(f)
        rows.writerow("image id class area x y width height centroid_x centroid_y eccentricity".split())
        for image in coco.loadImgs(coco.getImgIds()):
            for a in coco.loadAnns(coco.getAnnIds(image["id"])):
                for p in regionprops(coco.annToMask(a)):
                    y, x, y2, x2 = p.bbox
                    rows.writerow([image["file_name"], a["id"], names[a["category_id"]], int(p.area), x, y, x2 - x, y2 - y, p.centroid[1], p.centroid[0], p.eccentricity])


def stem(image):
    return os.path.splitext(os.path.basename(image["file_name"]))[0]


def write(out, classes, images):
    """Writes a COCO file of masks."""
    from pycocotools import mask

    d = {"images": [], "annotations": [], "categories": [{"id": k, "name": name} for k, name in enumerate(classes, 1)]}
    ids = {name: k for k, name in enumerate(classes, 1)}
    for name, instances, (height, width) in images:
        d["images"].append({"id": len(d["images"]) + 1, "file_name": name, "height": height, "width": width})
        for class_, rle in instances:
            d["annotations"].append({"id": len(d["annotations"]) + 1, "image_id": len(d["images"]), "category_id": ids[class_], "iscrowd": 0,
                                     "area": int(mask.area(rle)), "bbox": mask.toBbox(rle).tolist(),
                                     "segmentation": {"size": rle["size"], "counts": rle["counts"].decode()}})
    with open(out, "w") as f:
        json.dump(d, f)


def main():
    name, source, out, *images = sys.argv[1:]
    steps = works[name](source, out, images[0] if images else None)
    next(steps)  # the imports
    begin = time.perf_counter()
    for _ in steps:
        pass
    print(f"after import: {time.perf_counter() - begin:.3f} s")


main()
