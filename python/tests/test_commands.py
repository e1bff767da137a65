"""Each function runs its command, and what it returns has the members that its class declares."""

import inspect
import json
import subprocess
import sys
import typing
from pathlib import Path

import hubdata
import pytest
from conftest import load


def test_generated():
    """The functions are those of the program that the wheel has."""
    tree = subprocess.run([hubdata.program(), "__commands"], check=True, stdout=subprocess.PIPE).stdout
    generate = Path(__file__).parent.parent / "generate.py"
    made = subprocess.run([sys.executable, generate], input=tree, check=True, stdout=subprocess.PIPE).stdout
    assert made == (Path(hubdata.__file__).parent / "_commands.py").read_bytes(), "make docs"
    for command in json.loads(tree)["commands"]:
        if any("json" in flag["names"] for flag in command["flags"]):
            name = command["name"].replace(" ", "_")
            assert hasattr(hubdata, name) or hasattr(hubdata, name + "_"), name


@pytest.fixture(scope="session")
def runs(data, truth, results, tmp_path_factory):
    """A run of every kind."""
    out = tmp_path_factory.mktemp("out")
    sets = data / "coco_data" / "coco"
    rows = hubdata.submission_encode(results, images=truth, tiles=truth, out=out / "submission.csv")
    return {
        "convert": hubdata.convert(data, class_=["blood_vessel", "glomerulus"], out=out / "converted"),
        "folds": hubdata.folds(data, k=3, method="kfold", out=out / "folds", compare_images=False),
        "pseudo": hubdata.pseudo(data, thr=[0.5, 0.6], weight={"vit": 2}, out=out / "pseudo"),
        "eval": hubdata.eval(truth, results, by=["tile"], sweep=True, errors=True, confusion=True),
        "check": hubdata.check(truth),
        "stats": hubdata.stats(sets / "ds1.json", sets / "ds2.json", by="none"),
        "merge": hubdata.merge(sets / "ds1.json", sets / "ds2.json", out=out / "all.json"),
        "filter": hubdata.filter(load(sets / "ds1.json"), where={"source_wsi": [1]}, out=out / "part.json"),
        "report": hubdata.report(data, out=out / "report.html", without=["tiles"], pictures=1),
        "show": hubdata.show(truth, results, worst=2, image_dir=data / "train"),
        "submission_encode": rows,
        "submission_decode": hubdata.submission_decode(out / "submission.csv", out=out / "back.json"),
        "submission_check": hubdata.submission_check(out / "submission.csv"),
        "submission_score": hubdata.submission_score(out / "submission.csv", truth),
        "demo": hubdata.demo(out / "demo", predictions=0),
        "version": hubdata.version(),
    }


# Members that a run has only if something was requested or went wrong.
SOMETIMES = {
    "check": {"detections", "unlisted", "fix"},
    "eval": {"notes", "compare", "more", "shard"},
    "folds": {"not_in_plan"},
    "merge": {"shards", "images", "predictions", "results"},
    "pseudo": {"shard", "dropped_below_class_threshold"},
    "stats": {"notes"},
    "version": set(),
    "submission_score": set(),
}
# Members without an attribute, whose names are words of Python.
UNDECLARED = {"check": {"for"}, "submission_score": {"class"}}


def declared(kind):
    """The members that a class of summaries declares, without those of all summaries."""
    members = {}
    for base in kind.__mro__:
        if base.__module__ == "hubdata._summary" and base not in (hubdata.Summary, hubdata.Record):
            members.update(inspect.get_annotations(base) if sys.version_info >= (3, 10) else base.__dict__.get("__annotations__", {}))
    return {k: v for k, v in members.items() if "ClassVar" not in str(v) and k != "png"}


def test_members(runs):
    from hubdata import _summary as module

    faults = []
    for name, summary in runs.items():
        assert type(summary) is not hubdata.Summary, name
        members = declared(type(summary))
        missing = set(members) - set(summary) - SOMETIMES.get(name, set())
        if missing:
            faults.append("%s: the JSON has no %s" % (name, sorted(missing)))
        known = set(members) | {"files", "stats", "more"} | UNDECLARED.get(name, set())
        if set(summary) - known:
            faults.append("%s: the class does not declare %s" % (name, sorted(set(summary) - known)))
        for member, annotation in members.items():
            expected = eval(str(annotation), {**vars(typing), **vars(module)})
            value = getattr(summary, member)
            if not fits(value, expected):
                faults.append("%s.%s: found %r, declared %s" % (name, member, value, annotation))
        for file in summary.files or ():
            assert isinstance(file, hubdata.File) and Path(file.path).exists(), name
    assert not faults, "\n".join(faults)


def fits(value, annotation):
    origin = typing.get_origin(annotation)
    if origin is typing.Union:
        return any(fits(value, a) for a in typing.get_args(annotation))
    if origin is list:
        return isinstance(value, list) and all(fits(v, typing.get_args(annotation)[0]) for v in value)
    if annotation is float:
        return type(value) in (int, float)
    if annotation is int:
        return type(value) is int
    return isinstance(value, annotation)


def test_files(runs, truth):
    assert [f.images for f in runs["merge"].files] == [runs["merge"].total.images]
    assert {i["source_wsi"] for i in load(Path(runs["filter"].files[0].path))["images"]} == {1}
    assert len(runs["pseudo"].files) == 2
    assert runs["check"].ok and runs["submission_check"].ok
    assert runs["show"].files == []


def test_flags(data, tmp_path):
    """All forms of values arrive."""
    done = hubdata.folds(
        data, k=2, stratify=["wsi", "vessels"], method="iterative", no_shuffle=True, force=False, out=tmp_path / "f"
    )
    assert {"--stratify=wsi", "--stratify=vessels", "--no-shuffle", "--force=false", "--k=2"} <= set(done.command)
    assert not any(w.startswith("--seed") for w in done.command)


def test_picture(data, truth, results, tmp_path):
    picture = hubdata.show(truth, results, image=[load(truth)["images"][0]["id"]], image_dir=data / "train")
    assert picture.png.startswith(b"\x89PNG") and picture._repr_png_() == picture.png
    picture.save(tmp_path / "saved.png")
    named = hubdata.show(truth, results, image=[load(truth)["images"][0]["id"]], image_dir=data / "train", out=tmp_path / "a.png")
    assert named.png == picture.png == (tmp_path / "saved.png").read_bytes()
    assert [Path(f.path).name for f in named.files] == ["a.png"]
    several = hubdata.show(truth, random=3, image_dir=data / "train", out=str(tmp_path / "many") + "/")
    assert several.png is None and len(several.files) == 3
    with pytest.raises(ValueError, match="3 pictures"):
        several.save(tmp_path / "x.png")


def test_tables(runs, data):
    pytest.importorskip("pandas")
    path = data / "coco_data" / "coco" / "ds1.json"
    annotations = load(path)["annotations"]
    for source in (path, load(path)):
        rows = hubdata.instances(source)
        assert len(rows) == len(annotations)
        assert list(rows["area"]) == [a["area"] for a in annotations]
        assert list(rows["x"]) == [a["bbox"][0] for a in annotations]
        assert set(rows["category"]) == {"blood_vessel"}
        assert {"file_name", "image_source_wsi"} <= set(rows)
    assert len(hubdata.instances(data)) > len(annotations)
    assert len(hubdata.instances(data, class_="glomerulus", dataset=[1])) < len(hubdata.instances(data, dataset=[1]))
    table = runs["stats"].table()
    assert set(table["set"]) == {s.name for s in runs["stats"].sets}


def test_instances(truth, results):
    """What a row says is what the file says and what stats measures, in the types of JSON."""
    some = load(truth)
    some["images"] = some["images"][:2]
    some["images"][0]["patient"] = "007"
    kept = {i["id"] for i in some["images"]}
    some["annotations"] = [a for a in some["annotations"] if a["image_id"] in kept]
    some["annotations"][0].update(note={"by": ["me"]}, area=-1, votes=2)
    rows = as_dicts(hubdata.instances(some))
    assert [row["id"] for row in rows] == [a["id"] for a in some["annotations"]]
    assert rows[0]["image_patient"] == "007" and rows[0]["note"] == {"by": ["me"]} and rows[0]["votes"] == 2
    summary = hubdata.stats(some, by="none").sets[0].groups[0]
    for measure in summary.measures:
        column = measure.measure.replace("-", "_")
        if column in rows[0] and measure.n == len(rows):
            mean = sum(row[column] for row in rows) / len(rows)
            assert abs(mean - measure.mean) < 1e-6 * max(1, mean), column
    found = as_dicts(hubdata.instances(results, images=truth, min_score=0.5))
    assert found and all(row["score"] >= 0.5 and row["file_name"].endswith(".tif") for row in found)


def as_dicts(rows):
    return rows if isinstance(rows, list) else rows.to_dict("records")


def test_instances_flags():
    """instances has arguments of stats, with the same types."""
    of_stats = inspect.signature(hubdata.stats).parameters
    for name, parameter in list(inspect.signature(hubdata.instances).parameters.items())[1:]:
        assert parameter.annotation == of_stats[name].annotation and parameter.default is None, name


def test_records(runs):
    scores = runs["eval"]
    assert scores.sweep.iou == scores["sweep"]["iou"]
    assert scores.to_dict()["stats"] == scores.stats
    assert "AP" not in dir(scores) and "hubmap" in dir(scores)
    assert repr(scores).startswith("Evaluation(file=")
    with pytest.raises(AttributeError, match="has no 'nothing'; its members are file"):
        scores.nothing
    assert scores.compare is None
