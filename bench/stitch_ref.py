"""Does the work of `hubdata stitch` with other tools:

    python bench/stitch_ref.py WORK IN OUT

IN is a COCO file of tiles with the members source_wsi, i and j, and polygons. OUT gets a COCO file of all slides, in
pixels of the slides. Prints the seconds that it took after the imports.

shapely-union is what people write: the outlines of a slide and class are moved to their places, and the parts of their
union are the instances. So two instances of one tile that touch become one. sahi-merge is what SAHI does with the
predictions of slices: it merges those whose boxes overlap, of which outlines on tiles that touch have none. The boxes are
one pixel larger on each side, so that neighbours overlap; the threshold is that of its command line, on the smaller box."""
import collections
import json
import sys
import time


def shapely_union(d):
    import shapely
    from shapely.geometry import MultiPolygon, Polygon

    yield
    of = collections.defaultdict(list)
    for x, y, image, a in placed(d):
        for ring in a["segmentation"]:
            p = Polygon([(u + x, v + y) for u, v in zip(ring[::2], ring[1::2])])
            of[image["source_wsi"], a["category_id"]].append(p if p.is_valid else shapely.make_valid(p))
    for (slide, category), shapes in of.items():
        union = shapely.unary_union(shapes)
        for part in union.geoms if hasattr(union, "geoms") else [union]:
            if isinstance(part, (Polygon, MultiPolygon)):
                yield slide, category, [[float(v) for point in part.exterior.coords for v in point]]


def sahi_merge(d):
    from sahi.postprocess.combine import GreedyNMMPostprocess
    from sahi.prediction import ObjectPrediction

    yield
    of = collections.defaultdict(list)
    for x, y, image, a in placed(d):
        moved = [[v + (y if k % 2 else x) for k, v in enumerate(ring)] for ring in a["segmentation"]]
        left, top, width, height = a["bbox"]
        box = [left + x - 1, top + y - 1, left + x + width + 1, top + y + height + 1]
        of[image["source_wsi"]].append(ObjectPrediction(bbox=[max(int(v), 0) for v in box], category_id=a["category_id"], category_name=str(a["category_id"]),
                                                        score=a.get("score", 0.5), segmentation=moved, full_shape=[1 << 20, 1 << 20]))
    merge = GreedyNMMPostprocess(match_threshold=0.5, match_metric="IOS", class_agnostic=False)
    for slide, predictions in of.items():
        for p in merge(predictions):
            yield slide, p.category.id, p.mask.segmentation


def placed(d):
    """The annotations with the places of their tiles."""
    images = {i["id"]: i for i in d["images"]}
    for a in d["annotations"]:
        image = images[a["image_id"]]
        yield image["i"], image["j"], image, a


def main():
    name, source, out = sys.argv[1:]
    with open(source) as f:
        d = json.load(f)
    steps = {"shapely-union": shapely_union, "sahi-merge": sahi_merge}[name](d)
    next(steps)  # the imports
    begin = time.perf_counter()
    slides = sorted({i["source_wsi"] for i in d["images"]})
    ids = {slide: k for k, slide in enumerate(slides, 1)}
    annotations = [{"id": n, "image_id": ids[slide], "category_id": category, "segmentation": rings} for n, (slide, category, rings) in enumerate(steps, 1)]
    with open(out, "w") as f:
        json.dump({"images": [{"id": ids[s], "file_name": str(s)} for s in slides], "categories": d["categories"], "annotations": annotations}, f)
    print(f"after import: {time.perf_counter() - begin:.3f} s")


main()
