"""From the values of Python to the words of a command line, and to files."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterable, List, Mapping, Protocol, Sequence, Union

StrPath = Union[str, "os.PathLike[str]"]
Value = Union[str, float, "os.PathLike[str]"]
Values = Union[Value, Iterable[Value]]  # several are joined by commas, or repeat the flag
Pairs = Union[Values, Mapping[str, Values]]  # NAME=VALUE
Duration = Union[str, float]  # 1m30s, or seconds


class HasDataset(Protocol):
    """What pycocotools' COCO has."""

    dataset: Any


Input = Union[StrPath, Mapping[str, Any], Sequence[Mapping[str, Any]], HasDataset]
"""A COCO file, or what is in one: a dict, a list of results, or pycocotools' COCO.

As results, a COCO is what COCO.loadRes returned.
"""


def word(value: Any) -> str:
    """Words one value."""
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def words(value: Any) -> List[str]:
    """Words a value that may be several, or pairs."""
    if isinstance(value, Mapping):
        return ["%s=%s" % (name, ",".join(words(of))) for name, of in value.items()]
    if isinstance(value, (str, os.PathLike)) or not hasattr(value, "__iter__"):
        return [word(value)]
    return [word(v) for v in value]


def flag_words(flags: Mapping[str, Any], repeated: Iterable[str]) -> List[str]:
    """Words flags, by their names with dashes. None: not given."""
    out: List[str] = []
    for name, value in flags.items():
        if value is None:
            continue
        if isinstance(value, bool):
            out.append(name if value else name + "=false")
        elif name in repeated:
            out += ["%s=%s" % (name, w) for w in words(value)]
        else:
            out.append("%s=%s" % (name, ",".join(words(value))))
    return out


def seconds(value: Any) -> Any:
    """Words a duration."""
    return value if value is None or isinstance(value, str) else "%ss" % value


class Files:
    """Inputs as files: those in memory are written to a folder that exists while the program runs."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._names: Dict[str, int] = {}

    def path(self, name: str, value: Any) -> str:
        """Returns the path of an input, which is called name if it is in memory."""
        if isinstance(value, (str, os.PathLike)):
            return os.fspath(value)
        if not isinstance(value, (Mapping, list, tuple)):
            if not isinstance(getattr(value, "dataset", None), Mapping):
                raise TypeError(
                    "%s: found %s, expected a path, a dict or a list as in a COCO file, or pycocotools' COCO"
                    % (name, type(value).__name__)
                )
            value = results_of(value.dataset) if name in RESULTS else value.dataset
        n = self._names[name] = self._names.get(name, 0) + 1
        path = os.path.join(self.folder, "%s%s.json" % (name, n if n > 1 else ""))
        import json

        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(value, default=plain, separators=(",", ":")))  # json.dump is slow
        return path


RESULTS = ("results", "predictions")  # arguments that are results


def results_of(dataset: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """Returns the results that COCO.loadRes has read.

    It takes the area of a result from its box, or without one from its mask, whose box it then adds: that box
    must not decide about the area later.
    """
    out: List[Dict[str, Any]] = []
    for a in dataset["annotations"]:
        result = {k: a[k] for k in ("image_id", "category_id", "score", "segmentation", "bbox") if k in a}
        if "bbox" in a and "segmentation" in a and "area" in a and a["area"] != a["bbox"][2] * a["bbox"][3]:
            del result["bbox"]
        out.append(result)
    return out


def plain(value: Any) -> Any:
    """Returns what numpy and pycocotools have in place of JSON's types."""
    if isinstance(value, bytes):  # counts of pycocotools.mask.encode
        return value.decode("ascii")
    if hasattr(value, "tolist"):  # arrays, numbers of numpy, tensors
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError("%s has no form in JSON" % type(value).__name__)
