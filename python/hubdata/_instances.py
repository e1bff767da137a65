"""The annotations of a file as rows."""

from __future__ import annotations

import os
from typing import Any, Dict, List

from ._program import run
from ._summary import table
from ._values import Files, Input


def instances(source: Input) -> Any:
    """Returns a row for each annotation: a pandas DataFrame, or a list of dicts without pandas.

    source is a COCO file (.gz and .zst too), what is in one, or a HuBMAP folder, whose outlines of all
    classes are converted. A row has the members of the annotation as the file has them, without its
    segmentation; its bounding box as x, y, width and height; and the names of its image (file_name) and its
    category (category). The members of its image other than its id, size and name have the prefix image_:
    image_source_wsi, image_patient.
    """
    import json
    import tempfile

    with tempfile.TemporaryDirectory(prefix="hubdata-") as folder:
        path = Files(folder).path("source", source)
        if os.path.isdir(path):
            command = ["convert", "--quiet", "--class=all", "--per=none", "--out=-", "--", path]
        else:
            command = ["filter", "--quiet", "--allow-empty", "--out=-", "--", path]
        done = run(command)
        if done.exit_code != 0:
            raise done.error()
        dataset = json.loads(done.output)
    names = {c["id"]: c["name"] for c in dataset["categories"]}
    images = {image["id"]: image for image in dataset["images"]}
    rows: List[Dict[str, Any]] = []
    for a in dataset["annotations"]:
        image = images[a["image_id"]]
        row = {k: v for k, v in a.items() if k not in ("segmentation", "bbox")}
        row.update(zip(("x", "y", "width", "height"), a.get("bbox", ())))
        row.update(category=names[a["category_id"]], file_name=image.get("file_name"))
        row.update(("image_" + k, v) for k, v in image.items() if k not in ("id", "file_name", "width", "height"))
        rows.append(row)
    return table(rows)
