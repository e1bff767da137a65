"""Reads hubdata's exports of whole slides with other programs' readers.

    python reference/slides.py FORMAT DIR TRUTH.json

FORMAT is qupath (shapely, geopandas, geojson, dlup), asap (dlup), dsa (the JSON schema of
large_image, shapely), imagescope or ndpa (shapely alone: no package on PyPI reads them, so
this script follows their description). TRUTH.json is the set that was exported, as COCO. The
areas must be those of the set's pixels, and outlines valid where the format has holes.

    python reference/slides.py pixels FORMAT DIR TILES.json

compares every pixel of an export of tiles, filled by pixel centres, with those of the tiles as
COCO with counts (qupath, asap, imagescope and dsa).

    python reference/slides.py drawn SEED TRUTH.json

writes a set of masks of noise: holes, parts, and pixels that touch at corners.

    python reference/slides.py golden DIR

writes what shapely and geopandas make of drawn outlines, and the pixels whose centres shapely
finds inside, for formats/qupath.
"""

import ast
import glob
import json
import os
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from importlib.metadata import version

import shapely
from shapely.geometry import Polygon, mapping, shape
from shapely.ops import unary_union

MPP, CENTRE = (0.2265, 0.227), (-1234567, 34567.5)  # of reference/slides.sh


def versions(*names):
    return ", ".join(f"{n} {version(n)}" for n in names)


class Truth:
    """The areas of a set, by slide and id."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            data = json.load(f)
        self.images = {i["id"]: i for i in data["images"]}
        self.names = {c["id"]: c["name"] for c in data["categories"]}
        self.areas, self.classes = {}, {}
        for a in data["annotations"]:
            slide = self.slide(self.images[a["image_id"]])
            self.areas[slide, str(a["id"])] = a["area"]
            self.classes[slide, str(a["id"])] = self.names[a["category_id"]]

    @staticmethod
    def slide(image):
        return str(image["source_wsi"]) if "source_wsi" in image else os.path.splitext(image["file_name"])[0]

    def check(self, found, tolerance=1e-6):
        """found: areas by slide and id."""
        assert found.keys() == self.areas.keys(), f"{len(found)} instances, expected {len(self.areas)}"
        for key, area in found.items():
            assert abs(area - self.areas[key]) <= tolerance * max(1, self.areas[key]), f"{key}: area {area}, expected {self.areas[key]}"

    def check_classes(self, found):
        """found: number of instances by class."""
        assert found == Counter(self.classes.values()), f"{found}, expected {Counter(self.classes.values())}"


def label(text):
    return text.split(" part ")[0]


def qupath(folder, truth):
    import dlup.annotations
    import geojson
    import geopandas

    areas, classes, invalid = {}, Counter(), 0
    for path in sorted(glob.glob(folder + "/*.geojson")):
        slide = os.path.basename(path)[: -len(".geojson")]
        with open(path, encoding="utf-8") as f:
            data = geojson.load(f)
        total = 0
        for feature in data["features"]:
            assert feature.geometry.is_valid, f"{path}: {feature.id}: {feature.geometry.errors()}"
            g = shape(feature["geometry"])
            invalid += not shapely.is_valid(g)
            p = feature["properties"]
            assert g.area == p["measurements"]["area"], f"{path}: {feature.id}"
            areas[slide, p["metadata"]["origin_id"]] = g.area
            classes[p["classification"]["name"]] += 1
            total += g.area
        frame = geopandas.read_file(path)
        assert len(frame) == len(data["features"]) and abs(frame.geometry.area.sum() - total) < 1e-6
        assert frame.geometry.is_valid.all()
        read = dlup.annotations.SlideAnnotations.from_geojson(path)
        assert abs(sum(polygon.area for polygon in read.polygons) - total) < 1e-6, f"{path}: dlup"
    assert invalid == 0, f"{invalid} geometries are not valid"
    truth.check(areas)
    truth.check_classes(classes)
    return len(areas), versions("shapely", "geopandas", "geojson", "dlup")


def asap(folder, truth):
    import dlup.annotations

    areas, total = Counter(), 0
    for path in sorted(glob.glob(folder + "/*.xml")):
        slide = os.path.basename(path)[: -len(".xml")]
        for a in ET.parse(path).getroot().iter("Annotation"):
            ring = [(float(c.get("X")), float(c.get("Y"))) for c in a.iter("Coordinate")]
            areas[slide, label(a.get("Name"))] += Polygon(ring).area
        read = dlup.annotations.SlideAnnotations.from_asap_xml(path)
        total += sum(polygon.area for polygon in read.polygons)
    truth.check(dict(areas))
    return len(areas), versions("dlup") + f": {total:.0f} square pixels, of {sum(areas.values()):.0f}"


def imagescope(folder, truth):
    areas, classes = Counter(), Counter()
    for path in sorted(glob.glob(folder + "/*.xml")):
        slide = os.path.basename(path)[: -len(".xml")]
        for layer in ET.parse(path).getroot().iter("Annotation"):
            numbers = set()
            for r in layer.iter("Region"):
                ring = Polygon([(float(v.get("X")), float(v.get("Y"))) for v in r.iter("Vertex")])
                sign = -1 if r.get("NegativeROA") == "1" else 1
                areas[slide, label(r.get("Text"))] += sign * ring.area
                assert r.get("Id") not in numbers, f"{path}: two regions {r.get('Id')}"
                numbers.add(r.get("Id"))
            classes[layer.get("Name")] += len({label(r.get("Text")) for r in layer.iter("Region")})
    truth.check(dict(areas))
    truth.check_classes(+classes)
    return len(areas), versions("shapely")


def ndpa(folder, truth):
    areas = Counter()
    for path in sorted(glob.glob(folder + "/*.ndpi.ndpa")):
        slide = os.path.basename(path)[: -len(".ndpi.ndpa")]
        image = next(i for i in truth.images.values() if truth.slide(i) == slide)
        for view in ET.parse(path).getroot().iter("ndpviewstate"):
            # OpenSlide: the offset is that of the image's centre from the slide's, in nanometres.
            ring = [
                (
                    (float(p.find("x").text) - CENTRE[0]) / (MPP[0] * 1000) + image["width"] / 2,
                    (float(p.find("y").text) - CENTRE[1]) / (MPP[1] * 1000) + image["height"] / 2,
                )
                for p in view.iter("point")
            ]
            assert all(abs(v - round(v)) < 0.01 for p in ring for v in p), f"{path}: not at corners of pixels"
            areas[slide, label(view.find("details").text)] += Polygon([(round(x), round(y)) for x, y in ring]).area
    truth.check(dict(areas))
    return len(areas), versions("shapely")


def schema():
    """The schema of large_image, without the server that its module needs."""
    import importlib.util

    path = os.path.join(importlib.util.find_spec("girder_large_image_annotation").submodule_search_locations[0], "models/annotation.py")
    with open(path, encoding="utf-8") as f:
        tree = ast.parse(f.read())
    keep = [n for n in tree.body if getattr(n, "name", "") in ("extendSchema", "AnnotationSchema")]
    names = {}
    exec(compile(ast.Module([ast.parse("import copy").body[0], *keep], []), path, "exec"), names)
    return names["AnnotationSchema"].annotationSchema


def dsa(folder, truth):
    import jsonschema

    validator = jsonschema.Draft6Validator(schema())
    areas, classes = Counter(), {}
    for path in sorted(glob.glob(folder + "/*.json")):
        slide = os.path.basename(path)[: -len(".json")]
        with open(path, encoding="utf-8") as f:
            data = json.load(f)
        validator.validate(data)
        ids = {e["id"] for e in data["elements"]}
        assert len(ids) == len(data["elements"]), f"{path}: two elements have one id"
        for e in data["elements"]:
            g = Polygon([p[:2] for p in e["points"]], [[p[:2] for p in hole] for hole in e.get("holes", [])])
            assert g.is_valid, f"{path}: {shapely.is_valid_reason(g)}"
            areas[slide, label(e["label"]["value"])] += g.area
            classes[slide, label(e["label"]["value"])] = e["group"]
    truth.check(dict(areas))
    truth.check_classes(Counter(classes.values()))
    return len(areas), versions("girder-large-image-annotation", "jsonschema", "shapely")


def rings(form, path):
    """Yields the id of each object, and its polygon or its ring, which may have bridges."""
    if form == "qupath":
        with open(path, encoding="utf-8") as f:
            for x in json.load(f)["features"]:
                yield x["properties"]["metadata"]["origin_id"], shape(x["geometry"])
    elif form == "dsa":
        with open(path, encoding="utf-8") as f:
            for e in json.load(f)["elements"]:
                yield label(e["label"]["value"]), Polygon([p[:2] for p in e["points"]], [[p[:2] for p in hole] for hole in e.get("holes", [])])
    else:
        element, name, point = {"asap": ("Annotation", "Name", "Coordinate"), "imagescope": ("Region", "Text", "Vertex")}[form]
        for a in ET.parse(path).getroot().iter(element):
            if a.get(name) is not None:
                yield label(a.get(name)), [(float(c.get("X")), float(c.get("Y"))) for c in a.iter(point)]


def pixels(form, folder, path):
    import numpy as np

    with open(path, encoding="utf-8") as f:
        data = json.load(f)
    images, found = {i["id"]: i for i in data["images"]}, {}
    for file in sorted(glob.glob(folder + "/*.*")):
        for key, g in rings(form, file):
            found.setdefault((os.path.splitext(os.path.basename(file))[0], key), []).append(g)
    for a in data["annotations"]:
        i = images[a["image_id"]]
        h, w = a["segmentation"]["size"]
        counts = a["segmentation"]["counts"]
        expected = np.repeat(np.arange(len(counts)) % 2, counts).reshape(w, h).T.astype(bool)
        y, x = np.mgrid[:h, :w]
        x, y, got = x + 0.5 + i["i"], y + 0.5 + i["j"], np.zeros((h, w), bool)
        for g in found[str(i["source_wsi"]), str(a["id"])]:
            if not isinstance(g, list):
                got |= shapely.contains_xy(g, x, y)
                continue
            for (ax, ay), (bx, by) in zip(g, g[1:] + g[:1]):  # even-odd: a hole takes away, a bridge nothing
                if ay != by:
                    rows = (y >= min(ay, by)) & (y < max(ay, by))
                    got ^= rows & (x >= ax + (y - ay) * (bx - ax) / (by - ay))
        assert (got == expected).all(), f"{form}: annotation {a['id']}: {got.sum()} pixels, expected {expected.sum()}"
    print(f"{form}: {len(data['annotations'])} instances of tiles have equal pixels, filled with {versions('shapely', 'numpy')}")


def drawn(seed, path):
    import numpy as np

    rng = np.random.default_rng(seed)
    h, w = 150, 200
    images = [{"id": k, "file_name": f"slide {k}", "width": w, "height": h} for k in (1, 2, 3)]
    annotations = []
    for k in range(300):
        mask = np.zeros((h, w), bool)
        y, x, n = rng.integers(h - 25), rng.integers(w - 25), rng.integers(1, 25)
        mask[y : y + n, x : x + n] = rng.random((n, n)) < rng.uniform(0.2, 1)
        mask[y, x] = True
        flat = mask.T.ravel().astype(np.int8)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], flat, [2]])))
        counts = np.diff(np.concatenate([[0], edges])).tolist()
        annotations.append({"id": k + 1, "image_id": int(k % 3 + 1), "category_id": int(k % 2 + 1), "iscrowd": 0, "area": int(mask.sum()),
                            "bbox": [int(x), int(y), int(n), int(n)], "segmentation": {"size": [h, w], "counts": counts}})
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "vessel"}, {"id": 2, "name": "vein"}]}, f)


def golden(folder):
    import geopandas
    import numpy as np

    rng, h, w = np.random.default_rng(11), 60, 80
    shapes, pixels = [], []
    y, x = np.mgrid[:h, :w]
    for k in range(40):
        blobs = [shapely.Point(*rng.uniform(5, 55, 2)).buffer(rng.uniform(1, 14)) for _ in range(rng.integers(1, 5))]
        g = unary_union(blobs)
        if k % 2:
            g = g.difference(shapely.Point(*rng.uniform(10, 50, 2)).buffer(rng.uniform(1, 6)))
        g = shapely.set_precision(shapely.affinity.rotate(g, rng.uniform(0, 90)), 0.02)
        # QuPath writes two decimals. Odd hundredths are never the middle of a pixel, where programs differ.
        g = shapely.transform(g, lambda p: np.round(p + 0.01, 2))
        inside = shapely.contains_xy(g, x + 0.5, y + 0.5)
        on_edge = shapely.intersects_xy(g, x + 0.5, y + 0.5) != inside
        if g.is_empty or not inside.any() or on_edge.any():
            continue  # which side a centre on an outline is of, programs decide differently
        shapes.append(g)
        pixels.append("".join("01"[int(v)] for v in inside.T.ravel()))
    os.makedirs(folder, exist_ok=True)
    frame = geopandas.GeoDataFrame({"objectType": ["annotation"] * len(shapes), "classification": ["vessel"] * len(shapes)}, geometry=shapes)
    frame.to_file(os.path.join(folder, "drawn.geojson"), driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=2)
    with open(os.path.join(folder, "lists.json"), "w", encoding="utf-8") as f:
        json.dump([{"type": "Feature", "geometry": mapping(g), "properties": {"classification": {"name": "vessel"}}} for g in shapes], f)
    runs = [[len(r) for r in "".join(p).replace("01", "0|1").replace("10", "1|0").split("|")] for p in pixels]
    runs = [([0] if p[0] == "1" else []) + r for p, r in zip(pixels, runs)]
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as f:
        json.dump({"versions": versions("shapely", "geopandas", "pyogrio"), "size": [h, w], "counts": runs}, f)
        f.write("\n")


if __name__ == "__main__":
    if sys.argv[1] == "golden":
        golden(sys.argv[2])
        sys.exit()
    if sys.argv[1] == "pixels":
        pixels(*sys.argv[2:5])
        sys.exit()
    if sys.argv[1] == "drawn":
        drawn(int(sys.argv[2]), sys.argv[3])
        sys.exit()
    readers = {"qupath": qupath, "asap": asap, "imagescope": imagescope, "ndpa": ndpa, "dsa": dsa}
    n, read = readers[sys.argv[1]](sys.argv[2], Truth(sys.argv[3]))
    print(f"{sys.argv[1]}: {n} instances, read with {read}")
