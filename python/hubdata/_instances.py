"""The annotations of a file as rows."""

from __future__ import annotations

from typing import Any, Optional

from ._call import call
from ._summary import Stats, table
from ._values import Input, StrPath, Values


def instances(
    source: Input,
    *,
    images: Optional[StrPath] = None,
    folds: Optional[StrPath] = None,
    dataset: Optional[Values] = None,
    wsi: Optional[Values] = None,
    class_: Optional[Values] = None,
    min_score: Optional[float] = None,
    max_score: Optional[float] = None,
    tile_meta: Optional[StrPath] = None,
    tile_size: Optional[Values] = None,
    workers: Optional[int] = None,
) -> Any:
    """Returns a row for each annotation: a pandas DataFrame, or a list of dicts without pandas.

    source is a COCO file (.gz and .zst too), what is in one, results with images, or a HuBMAP folder, whose outlines
    of all classes are converted. Runs "hubdata stats --instances"; the keyword arguments are those of hubdata.stats.

    A row has the name of the image (file_name), the ids, the name of the category; the measures of docs/stats.md; and
    the other members of the annotation and of its image. Members of the image have the prefix image_:
    image_source_wsi, image_patient. Members of the annotation whose name is taken have the prefix annotation_. Rows
    are in the order of the images.
    """
    import json
    import os
    import tempfile

    with tempfile.TemporaryDirectory(prefix="hubdata-") as folder:
        path = os.path.join(folder, "instances.jsonl")
        flags = {
            "--instances": path,
            "--by": "none" if folds is None else "fold",
            "--measure": "area",
            "--images": images,
            "--folds": folds,
            "--dataset": dataset,
            "--wsi": wsi,
            "--class": class_,
            "--min-score": min_score,
            "--max-score": max_score,
            "--tile-meta": tile_meta,
            "--tile-size": tile_size,
            "--workers": workers,
        }
        call(Stats, ["stats"], [("source", source)], flags, ["--class"])
        with open(path, encoding="utf-8") as file:
            return table([json.loads(line) for line in file])
