"""Scores: the same from files, memory and pycocotools' objects, and equal to pycocotools' own."""

import contextlib
import copy
import io
import json
import subprocess
import sys

import hubdata
import pytest
from conftest import load

NAMES = "AP AP50 AP75 AP_small AP_medium AP_large AR_1 AR_10 AR_100 AR_small AR_medium AR_large".split()


def evaluate(truth, results, kind):
    """Scores with the real COCOeval."""
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    with contextlib.redirect_stdout(io.StringIO()):
        gt = coco.COCO(str(truth))
        dt = gt.loadRes(copy.deepcopy(results))
        scored = cocoeval.COCOeval(gt, dt, kind)
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    return gt, dt, scored


@pytest.mark.parametrize("kind", ["segm", "bbox"])
@pytest.mark.parametrize("boxes", [True, False], ids=["with boxes", "masks only"])
def test_equal_to_pycocotools(data, truth, results, kind, boxes):
    mask = pytest.importorskip("pycocotools.mask")
    found = load(results)
    for one in found:
        if boxes:
            # Boxes larger than their masks: COCOeval takes the areas from them.
            x, y, w, h = (float(v) for v in mask.toBbox(one["segmentation"]))
            one["bbox"] = [x, y, 2 * w, 2 * h]
        else:
            one.pop("bbox", None)
    gt, dt, scored = evaluate(truth, found, kind)
    for form in (truth, load(truth), gt):
        for of in (found, dt):
            assert hubdata.eval(form, of, type=kind).stats == list(scored.stats)
    assert hubdata.eval(truth, results, type="segm").log_dict("val/").keys() >= {"val/" + n for n in NAMES}


def test_numpy(truth, results):
    numpy = pytest.importorskip("numpy")
    found = load(results)
    for one in found:
        one["score"] = numpy.float64(one["score"])
        one["image_id"] = numpy.int64(one["image_id"])
        one["segmentation"]["counts"] = one["segmentation"]["counts"].encode()
        one["bbox"] = numpy.array(one["bbox"]) if "bbox" in one else numpy.array([0.0, 0.0, 1.0, 1.0])
    plain = json.loads(json.dumps(found, default=lambda v: v.decode() if isinstance(v, bytes) else v.tolist()))
    assert hubdata.eval(truth, found).stats == hubdata.eval(truth, plain).stats


def test_log_dict(truth, results):
    scores = hubdata.eval(truth, results, iou=[0.5, 0.75])
    log = scores.log_dict("val/")
    assert [log["val/" + n] for n in NAMES] == scores.stats
    assert log["val/AP@0.5"] == log["val/AP50"] and log["val/hubmap"] == scores.hubmap
    limits = {n for n in hubdata.eval(truth, results, max_dets="mmdet").log_dict() if n.startswith("AR_")}
    assert limits == {"AR_100", "AR_300", "AR_1000", "AR_small", "AR_medium", "AR_large"}
    assert hubdata.eval(truth, results, max_dets=[1, 10, 50]).log_dict().get("AR_50") is not None
    nothing = hubdata.eval({**load(truth), "annotations": []}, results)
    assert set(nothing.stats) == {-1} and "AP" not in nothing.log_dict()


def test_log_dict_of_lvis(truth, results):
    federated = load(truth)
    for image in federated["images"]:
        image.update(neg_category_ids=[], not_exhaustive_category_ids=[])
    for category in federated["categories"]:
        category["frequency"] = "c"
    log = hubdata.eval(federated, results, metric="lvis").log_dict()
    assert log["AP_common"] == log["AP"] and "AP_rare" not in log


def test_parts(truth, results):
    scores = hubdata.eval(truth, results, by=["tile", "category"])
    (whole,) = scores.table("category").to_dict("records") if has_pandas() else scores.table("category")
    assert whole["category"] == "blood_vessel" and whole["ap"] == scores.stats[0]
    assert len(scores.table("tile")) == scores.images
    assert scores.by[0].parts[0].ap == scores.by[0]["parts"][0]["ap"]
    with pytest.raises(ValueError, match=r"expected one of \['tile', 'category'\]"):
        scores.table()
    with pytest.raises(ValueError, match="by='wsi'"):
        hubdata.eval(truth, results).table("wsi")


def test_part_without_truth(truth, results):
    data = load(truth)
    empty = data["images"][0]["id"]
    data["annotations"] = [a for a in data["annotations"] if a["image_id"] != empty]
    scores = hubdata.eval(data, results, by="tile")
    assert sum(part.ap == -1 for part in scores.by[0].parts) >= 1
    table = scores.table()
    aps = table["ap"].isna().sum() if has_pandas() else sum(row["ap"] is None for row in table)
    assert aps == sum(part.ap == -1 for part in scores.by[0].parts)


def test_several(truth, results, data):
    other = data / "predictions" / "cascade.segm.json"
    scores = hubdata.eval(truth, results, load(other), compare=True, samples=10)
    assert scores.more[0].stats == hubdata.eval(truth, other).stats
    assert scores.compare[0].samples == 10
    assert scores.more[0].log_dict()["AP"] == scores.more[0].stats[0]


def test_without_pandas(truth, results):
    code = (
        "import sys; sys.modules['pandas'] = None\nimport hubdata\n"
        "rows = hubdata.eval(sys.argv[1], sys.argv[2], by='tile').table()\n"
        "print(type(rows).__name__, type(hubdata.instances(sys.argv[1])).__name__, rows[0]['ap'] >= 0)"
    )
    out = subprocess.run([sys.executable, "-c", code, truth, results], check=True, stdout=subprocess.PIPE, text=True)
    assert out.stdout == "list list True\n"


def has_pandas():
    try:
        import pandas  # noqa: F401
    except ImportError:
        return False
    return True
