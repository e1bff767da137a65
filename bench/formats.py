"""The section formats of bench/peers.py: hubdata export and import next to other tools, and whether what both
write is the same."""
import csv
import glob
import json
import os
import shutil
import xml.etree.ElementTree as xml

import measure


def measured(b):
    """Measures each direction on dataset 1 of the full demo."""
    out = b.folder("formats")
    source, images = f"{out}/set.json", f"{out}/images"
    measure.Run([b.hubdata, "convert", "--dataset", "1", "--class", "all", "--per", "none", "--segmentation", "polygon", "--quiet", "-o", f"{out}/tif.json", b.full])
    with open(f"{out}/tif.json") as f:
        text = f.read().replace('.tif"', '.png"')
    with open(source, "w") as f:
        f.write(text)
    truth = json.loads(text)
    pictures(images, truth["images"])
    name = f"{len(truth['images'])} tiles, {len(truth['annotations']):,} outlines"

    def export(to, peers, agree, *options):
        own = f"{out}/own-{to}"
        tools = {"hubdata": done(b.hubdata, "export", "--to", to, *options, "--copy", "none", "--quiet", "--force", "-o", own, source)}
        add(tools, peers, source)
        b.compare("formats", f"COCO to {to}, {name}", tools, {"hubdata": 5, "*": 1}, lambda tool, _: agree(own, f"{out}/peer-{tool.split()[0]}"))

    def import_(of, peers, agree, *options):
        made, own = f"{out}/in-{of}", f"{out}/own-{of}.json"
        shutil.rmtree(made, ignore_errors=True)
        measure.Run(done(b.hubdata, "export", "--to", of, *options, "--image-dir", images, "--quiet", "-o", made, source))
        os.remove(f"{made}/.hubdata.json")  # which a folder of others does not have
        tools = {"hubdata": [b.hubdata, "import", "--from", of, "--quiet", "--force", "-o", own, made]}
        add(tools, peers, made)
        b.compare("formats", f"{of} to COCO, {name}", tools, {"hubdata": 5, "*": 1}, lambda tool, _: agree(own, f"{out}/peer-{tool.split()[0]}"))

    def add(tools, peers, of):
        for tool, work, venv in peers:
            if not b.has(tool.split()[0], venv) and not tool.startswith("loop"):
                b.skip(f"formats, {work}: {tool} is not installed")
                continue
            argv = b.ref("formats_ref.py", work, of, f"{out}/peer-{tool.split()[0]}", images, venv=venv)
            tools[tool] = ["sh", "-c", 'rm -rf "$5" "$5.in" && exec "$@"', "sh", *argv]  # $5 is OUT

    export("yolo-seg", [("ultralytics", "ultralytics-yolo", "ultralytics"), ("supervision", "supervision-yolo", "main")], lambda a, c: yolo(a, c, truth))
    export("voc", [("datumaro", "datumaro-voc", "datumaro"), ("supervision", "supervision-voc", "main"), ("pylabel", "pylabel-voc", "labelme")], voc)
    export("cvat", [("datumaro", "datumaro-cvat", "datumaro")], cvat)
    export("labels", [("loop (pycocotools, numpy, tifffile)", "loop-labels", "main")], label_images)
    export("masks", [("loop (pycocotools, numpy, cv2)", "loop-masks", "main")], label_images)
    export("csv", [("loop (pycocotools, scikit-image)", "loop-csv", "main")], tables)
    import_("yolo-seg", [("supervision", "supervision-from-yolo", "main")], coco)
    import_("labelme", [("labelme2coco", "labelme2coco", "labelme")], coco)
    import_("cvat", [("datumaro", "datumaro-from-cvat", "datumaro")], coco)
    import_("voc", [("datumaro", "datumaro-from-voc", "datumaro")], coco)
    import_("labels", [("loop (numpy, pycocotools, tifffile)", "loop-from-labels", "main")], coco)
    import_("masks", [("loop (scikit-image, pycocotools, Pillow)", "loop-from-masks", "main")], coco)


def done(*argv):
    """A command that may end with 4: it did all it could, but the format has no place for some instances."""
    return ["sh", "-c", '"$@" || [ $? = 4 ]', "sh", *argv]


def pictures(folder, images):
    """Makes black images, which some peers open for their sizes."""
    from PIL import Image

    os.makedirs(folder)
    first = None
    for i in images:
        path = f"{folder}/{i['file_name']}"
        if first is None:
            Image.new("RGB", (i["width"], i["height"])).save(path)
            first = path
        else:
            os.link(first, path)


def files(folder, suffix):
    found = {os.path.splitext(os.path.basename(p))[0]: p for p in glob.glob(f"{folder}/**/*{suffix}", recursive=True)}
    return {k: v for k, v in found.items() if k not in ("classes", "data")}


def names_differ(a, c):
    return "" if set(a) == set(c) else f"{len(c)} files, hubdata {len(a)}"


def yolo(own, peer, truth):
    """Rows of the same classes; and how exact the masks of both are for ultralytics' loader."""
    a, c = files(own, ".txt"), files(peer, ".txt")
    with_rows = {k: v for k, v in a.items() if os.path.getsize(v)}  # some write no file of an image without instances
    c = {k: v for k, v in c.items() if os.path.getsize(v)}
    why = names_differ(with_rows, c)
    if why:
        return why
    rows = {tool: {k: sorted(line.split()[0] for line in open(v)) for k, v in of.items()} for tool, of in (("own", with_rows), ("peer", c))}
    some = list(with_rows)[:60]
    mine, theirs = (sum(map(sum, l)) / sum(map(len, l)) for l in zip(*[(exact(with_rows[k], k, truth), exact(c[k], k, truth)) for k in some]))
    text = f"mean IoU in the loader {theirs:.3f}, hubdata {mine:.4f}"
    n, m = (sum(map(len, rows[tool].values())) for tool in ("own", "peer"))
    return text if rows["own"] == rows["peer"] else f"{m} rows, hubdata {n}; {text}"


def exact(path, stem, truth):
    """The best IoU of each instance with a row, filled as ultralytics' loader fills it."""
    import cv2
    import numpy as np
    from pycocotools import mask

    (image,) = [i for i in truth["images"] if os.path.splitext(i["file_name"])[0] == stem]
    h, w = image["height"], image["width"]
    found = []
    for line in open(path):
        p = np.array(line.split()[1:], np.float32).reshape(-1, 2) * (w, h)
        p = np.concatenate((p, p[:1]))
        at = np.linspace(0, len(p) - 1, 1000)
        p = np.stack([np.interp(at, np.arange(len(p)), p[:, k]) for k in (0, 1)], 1)
        canvas = np.zeros((h, w), np.uint8)
        cv2.fillPoly(canvas, [p.astype(np.int32)], 1)
        found.append(mask.encode(np.asfortranarray(canvas)))
    want = [mask.merge(mask.frPyObjects(a["segmentation"], h, w)) for a in truth["annotations"] if a["image_id"] == image["id"]]
    ious = np.array(mask.iou(found, want, [0] * len(want)))
    return list(ious.max(0)) if len(want) else []


def voc(own, peer):
    a, c = files(f"{own}/Annotations", ".xml"), files(f"{peer}/Annotations", ".xml") or files(peer, ".xml")
    why = names_differ(a, c)
    if why:
        return why
    off = lost = 0
    for k in a:
        x, y = boxes(a[k]), boxes(c[k])
        lost += abs(len(x) - len(y))
        off += sum(p[0] != q[0] or max(abs(m - n) for m, n in zip(p[1], q[1])) > 1 for p, q in zip(x, y))
    pixels = os.path.isdir(f"{peer}/SegmentationObject")
    notes = [f"{lost} objects more or less"] * (lost > 0) + [f"{off} other boxes"] * (off > 0) + ["no pixels"] * (not pixels)
    return "; ".join(notes)


def boxes(path):
    return sorted((o.findtext("name"), [float(o.findtext(f"bndbox/{k}")) for k in ("xmin", "ymin", "xmax", "ymax")]) for o in xml.parse(path).getroot().iter("object"))


def cvat(own, peer):
    a, c = ({os.path.splitext(i.get("name"))[0]: sorted(s.get("label") for s in i) for p in glob.glob(f"{of}/*.xml") for i in xml.parse(p).getroot().iter("image")}
            for of in (own, peer))
    if a == c:
        return ""
    return names_differ(a, c) or f"{sum(map(len, c.values()))} shapes, hubdata {sum(map(len, a.values()))}"


def label_images(own, peer):
    import numpy as np
    from PIL import Image
    import tifffile

    def read(path):
        return tifffile.imread(path) if path.endswith(".tif") else np.array(Image.open(path))

    suffix = ".tif" if files(own, ".tif") else ".png"
    a, c = files(own, suffix), files(peer, suffix)
    why = names_differ(a, c)
    off = [k for k in a if not why and not np.array_equal(read(a[k]), read(c[k]))]
    return why or (f"{len(off)} other images" if off else "")


def tables(own, peer):
    a, c = ({row["id"]: row for row in csv.DictReader(open(p))} for p in (own, peer))
    if set(a) != set(c):
        return f"{len(c)} rows, hubdata {len(a)}"
    off = sum(abs(float(c[k][column]) - float(a[k][column])) > 1e-6 for k in c for column in "area x y width height centroid_x centroid_y eccentricity".split())
    return f"{off} other numbers" if off else ""


def masks_of(path):
    """The masks and classes of a COCO file by the names of the images."""
    from pycocotools import mask

    if os.path.isdir(path):
        (path,) = glob.glob(f"{path}/**/*.json", recursive=True)
    with open(path) as f:
        d = json.load(f)
    size = {i["id"]: (i["height"], i["width"]) for i in d["images"]}
    names = {i["id"]: os.path.splitext(os.path.basename(i["file_name"]))[0] for i in d["images"]}
    classes = {c["id"]: c["name"] for c in d["categories"]}
    out = {n: [] for n in names.values()}
    for a in d["annotations"]:
        s = a["segmentation"]
        if isinstance(s, list) and not s:  # a box alone
            out[names[a["image_id"]]].append((classes[a["category_id"]], ""))
            continue
        if isinstance(s, list):
            s = mask.merge(mask.frPyObjects(s, *size[a["image_id"]]))
        elif isinstance(s["counts"], list):
            s = mask.frPyObjects(s, *s["size"])
        counts = s["counts"] if isinstance(s["counts"], str) else s["counts"].decode()
        out[names[a["image_id"]]].append((classes[a["category_id"]], counts))
    return {n: sorted(m) for n, m in out.items() if m}


def coco(own, peer):
    a, c = masks_of(own), masks_of(peer)
    n, m = sum(map(len, a.values())), sum(map(len, c.values()))
    if n != m:
        return f"{m} instances, hubdata {n}"
    off = sum(x != y for k in a for x, y in zip(a[k], c.get(k, [None] * len(a[k]))))
    return f"{off} other masks" if off else ""
