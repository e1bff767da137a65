"""What runs return: the JSON that they print, with attributes."""

from __future__ import annotations

import os
from typing import Any, ClassVar, Dict, Iterator, List, Mapping, Optional, Tuple, Type

from ._program import Run

__all__ = [
    "Check",
    "Conversion",
    "Demo",
    "EncodedSubmission",
    "Evaluation",
    "File",
    "Filtered",
    "FoldSets",
    "Merged",
    "Part",
    "Picture",
    "PseudoLabels",
    "Record",
    "Report",
    "Slicing",
    "Stats",
    "Submission",
    "SubmissionCheck",
    "SubmissionScore",
    "Summary",
    "Tuning",
    "Verification",
    "Version",
]


class Record(Mapping[str, Any]):
    """A JSON object: its members are attributes and items.

    A member that the class declares and the JSON does not have is None as an attribute. A member whose name
    is a word of Python or a method has no attribute: use record["for"].
    """

    _kinds: ClassVar[Mapping[str, Type[Record]]] = {}  # of the objects in members, if they have a class

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = members

    def __getitem__(self, name: str) -> Any:
        return self._value(name, self._members[name])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._members:
            return self[name]
        if any(name in getattr(kind, "__annotations__", {}) for kind in type(self).__mro__):
            return None
        raise AttributeError(
            "%s has no %r; its members are %s" % (type(self).__name__, name, ", ".join(self._members))
        )

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self._kinds.get(name, Record)(value)
        if isinstance(value, list):
            return [self._value(name, v) for v in value]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __dir__(self) -> List[str]:
        return sorted({*super().__dir__(), *self._members})

    def __repr__(self) -> str:
        from reprlib import repr as short

        members = ["%s=%s" % (name, short(value)) for name, value in self._members.items()]
        return "%s(%s)" % (type(self).__name__, ", ".join(members))

    def __reduce__(self) -> Tuple[Any, ...]:
        return restore, (type(self), self.__dict__.copy())

    def to_dict(self) -> Dict[str, Any]:
        """Returns the object as it was printed, of dicts and lists."""
        return dict(self._members)


def restore(kind: Type[Record], state: Dict[str, Any]) -> Record:
    """Makes a record again, in another process."""
    record = kind.__new__(kind)
    record.__dict__.update(state)
    return record


class File(Record):
    """A file that was written; images and annotations are 0 for one of another kind."""

    path: str
    images: int
    annotations: int


class Summary(Record):
    """What a run reports."""

    _kinds: ClassVar[Mapping[str, Type[Record]]] = {"files": File}

    command: Tuple[str, ...]
    """The command line, without the program."""
    exit_code: int
    """0: done; 3: done, and the check found errors; 4: done, but not with all of the input."""
    remarks: Tuple[str, ...]
    """What the run had to say. Each is a warning too, of the class hubdata.Remark."""
    files: List[File]
    """The files that were written."""

    def __init__(self, members: Mapping[str, Any], run: Run) -> None:
        super().__init__(members)
        self.command = run.command
        self.exit_code = run.exit_code
        self.remarks = tuple(run.messages)
        for name in ("notes", "warnings"):  # of a check these are numbers
            if isinstance(members.get(name), list):
                self.remarks += tuple(members[name])

    @classmethod
    def prepare(cls, flags: Dict[str, Any], folder: str) -> None:
        """Changes the flags of a run, which may use a folder that exists while the program runs."""


class Version(Summary):
    """The program."""

    version: str
    commit: Optional[str]
    go: str
    os: str
    arch: str


class Conversion(Summary):
    """What hubdata.convert did."""

    groups: List[Record]
    total: Record
    tiles_without_line: int
    skipped_lines: List[Record]
    skipped_lines_count: int


class Demo(Summary):
    """What hubdata.demo made."""

    _kinds: ClassVar[Mapping[str, Type[Record]]] = {"conversion": Record}

    folder: str
    files_made: int
    conversion: Optional[Record]


class FoldSets(Summary):
    """What hubdata.folds made, and what the folds leak."""

    method: str
    k: int
    tiles_without_line: int
    not_in_plan: Optional[List[str]]
    audit: Record


class PseudoLabels(Summary):
    """What became of every prediction."""

    models: List[Record]
    slides: List[Record]
    total: Record
    fused: int
    fused_by_score: List[int]
    sweep: List[Record]
    thresholds: List[Record]
    dropped_below_class_threshold: Optional[int]
    dropped_covered_by_better: int
    dropped_in_excluded_regions: int
    dropped_without_pixels: int
    shard: Optional[str]
    warnings: List[str]


class Tuning(Summary):
    """What a search for fusion settings found: scores of its goal."""

    goal: str
    images: int
    unseen: float
    interval: Record
    default: float
    winner: float
    models: List[Record]
    optimistic: float
    best: List[Record]
    together: Record
    folds: List[Record]
    chosen: List[Record]
    ablation: List[Record]
    thresholds: Optional[Record]
    settings: List[Record]
    divided_by: str
    seed: int
    seen: List[str]
    notes: List[str]


class Check(Summary):
    """What is wrong with a file."""

    file: str
    images: int
    annotations: int
    detections: Optional[int]
    categories: int
    errors: int
    warnings: int
    notes: int
    counts: List[Record]
    findings: List[Record]
    unlisted: Optional[Record]
    fix: Optional[Record]

    @property
    def ok(self) -> bool:
        """Whether there are no errors; with strict=True no warnings either."""
        return self.exit_code == 0


class Verification(Summary):
    """Whether files are what their records say, and what they were made from."""

    path: str
    verdict: str
    version: str
    verified: List[Record]
    origins: List[Record]
    rederived: Optional[Record]

    @property
    def ok(self) -> bool:
        """Whether everything was verified."""
        return self.exit_code == 0


class Stats(Summary):
    """Measures of one set, or of two and how far they are apart."""

    sets: List[Record]
    shifts: Optional[List[Record]]
    notes: Optional[List[str]]

    def table(self) -> Any:
        """Returns a row for each set, group and measure: a pandas DataFrame, or a list of dicts without pandas."""
        rows: List[Dict[str, Any]] = []
        for measured in self._members["sets"]:
            for group in measured["groups"]:
                for measure in group["measures"]:
                    row = {"set": measured["name"], "by": group.get("by", ""), "name": group.get("name", "")}
                    row.update((k, group[k]) for k in ("tiles", "empty_tiles", "instances", "crowds"))
                    row.update((k, v) for k, v in measure.items() if k != "bins")
                    rows.append(row)
        return table(rows)


class Report(Summary):
    """The report that was written."""

    bytes: int
    sections: List[Record]
    glance: List[Record]


class Merged(Summary):
    """What hubdata.merge wrote, and what came from where; with manifests=True how many shards, images and so on."""

    sources: Optional[List[Record]]
    total: Optional[Record]
    shards: Optional[int]
    images: Optional[int]
    predictions: Optional[int]
    results: Optional[int]


class Filtered(Summary):
    """What hubdata.filter kept and dropped."""

    images: Record
    annotations: Record


class Submission(Summary):
    """A submission that was written, or a file that was made from one."""

    tiles: int
    tiles_without_instance: int
    instances: int


class EncodedSubmission(Submission):
    """A submission that was written, and what became of the predictions."""

    predictions: int
    of_another_class: int
    below_min_score: int
    without_pixel: int
    beyond_top: int


class SubmissionCheck(Summary):
    """What is wrong with a submission."""

    file: str
    faults: List[Record]
    rows: int
    rows_without_instance: int
    rows_with_overlaps: int
    instances: int

    @property
    def ok(self) -> bool:
        """Whether there is no fault."""
        return self.exit_code == 0


class SubmissionScore(Summary):
    """The score of a submission."""

    file: str
    truth: str
    iou: float
    ap: Optional[float]
    truths: int
    detections: int
    detections_without_a_pixel: int
    true_positives: int
    ignored: int
    images: int
    images_without_row: int
    rows_of_other_tiles: int


class Picture(Summary):
    """A picture, which Jupyter displays. Without out= it is in memory only."""

    tiles: List[Record]

    png: Optional[bytes]
    """The picture, if there is one. None: there are several, in files."""

    def __init__(self, members: Mapping[str, Any], run: Run) -> None:
        paths = [file["path"] for file in members["files"]]
        png = None
        if len(paths) == 1:
            with open(paths[0], "rb") as file:
                png = file.read()
        if "--out=" + os.fspath(paths[0]) in run.command and os.path.basename(paths[0]) == self.temporary:
            members = {**members, "files": []}
        super().__init__(members, run)
        self.png = png

    temporary: ClassVar[str] = ".hubdata-picture.png"

    @classmethod
    def prepare(cls, flags: Dict[str, Any], folder: str) -> None:
        if flags["--out"] is None:
            flags["--out"] = os.path.join(folder, cls.temporary)

    def save(self, path: Any) -> None:
        """Writes the picture to a PNG file."""
        if self.png is None:
            raise ValueError("there are %d pictures, in files" % len(self.files))
        with open(path, "wb") as file:
            file.write(self.png)

    def _repr_png_(self) -> Optional[bytes]:
        return self.png


class Part(Record):
    """The scores of a part of the images. -1: there is no such number, as no instance is in the ground truth."""

    part: str
    images: int
    instances: int
    detections: int
    ap: float
    ap50: float
    ap_at_iou: float
    recall_at_iou: float
    precision_at_iou: float


class Slicing(Record):
    """The scores of the parts of one kind."""

    _kinds: ClassVar[Mapping[str, Type[Record]]] = {"parts": Part}

    by: str
    parts: List[Part]


# Names of the numbers in stats: of pycocotools, and of lvis-api. A limit of detections completes those that end with
# an underscore.
OF_COCO = "AP AP50 AP75 AP_small AP_medium AP_large AR_ AR_ AR_ AR_small AR_medium AR_large".split()
OF_LVIS = (
    "AP AP50 AP75 AP_small AP_medium AP_large AP_rare AP_common AP_frequent AR AR_small AR_medium AR_large".split()
)


class Evaluation(Summary):
    """The scores of detections; with several files of results those of the first, and the others in more."""

    _kinds: ClassVar[Mapping[str, Type[Record]]] = {"by": Slicing}

    file: str
    images: int
    instances: int
    detections: int
    type: str
    at: Optional[List[Record]]
    hubmap: Optional[float]
    hubmap_iou: Optional[float]
    by: Optional[List[Slicing]]
    sweep: Optional[Record]
    errors: Optional[Record]
    confusion: Optional[Record]
    compare: Optional[List[Record]]
    shard: Optional[str]
    notes: Optional[List[str]]

    def __init__(self, members: Mapping[str, Any], run: Run) -> None:
        super().__init__(members, run)
        self._run = run

    @property
    def stats(self) -> List[float]:
        """The numbers of pycocotools' COCOeval.stats, or with metric="lvis" those of lvis-api.

        -1: there is no such number. Empty with metric="hubmap".
        """
        return list(self._members.get("stats", ()))

    @property
    def more(self) -> List[Evaluation]:
        """The scores of the other files of results."""
        return [Evaluation(other, self._run) for other in self._members.get("more", ())]

    def table(self, by: Optional[str] = None) -> Any:
        """Returns the scores of the parts that eval(by=...) named.

        They are a pandas DataFrame, or without pandas a list of dicts. by chooses one of several kinds of
        parts. A number that does not exist is None, in a DataFrame NaN.
        """
        have = [slicing.by for slicing in self.by or ()]
        if by is None and len(have) == 1:
            by = have[0]
        if by is None or by not in have:
            raise ValueError("found by=%r, expected one of %s: name it in eval(by=...) too" % (by, have))
        parts = self._members["by"][have.index(by)]["parts"]
        return table([{by if k == "part" else k: None if v == -1 else v for k, v in part.items()} for part in parts])

    def log_dict(self, prefix: str = "") -> Dict[str, float]:
        """Returns the numbers by name, as loggers take them: {"val/AP": 0.5, "val/AP50": 0.8, ...}.

        The names are AP, AP50, AP75, AP_small, ..., AR_1, AR_10, AR_100, ..., AP@0.6 for the IoUs of iou=, and
        hubmap. A number that does not exist (-1) is left out.
        """
        limits = ["1", "10", "100"]
        for flag in self.command[: self.command.index("--")]:
            if flag.startswith("--max-dets="):
                given = flag[len("--max-dets=") :]
                limits = ["100", "300", "1000"] if given == "mmdet" else given.replace(" ", "").split(",")
        limits += limits[-1:] * (3 - len(limits))
        numbers: List[Tuple[str, float]] = []
        stats = self.stats
        left = iter(limits)
        for name, value in zip(OF_LVIS if len(stats) == len(OF_LVIS) else OF_COCO, stats):
            numbers.append((name + next(left) if name.endswith("_") else name, value))
        for at in self._members.get("at", ()):
            numbers.append(("AP@%s" % at["iou"], at["ap"]))
        if self.hubmap is not None:
            numbers.append(("hubmap", self.hubmap))
        return {prefix + name: number for name, number in numbers if number != -1}


def table(rows: List[Dict[str, Any]]) -> Any:
    """Returns rows as a pandas DataFrame, or as they are without pandas."""
    import importlib

    try:
        pandas = importlib.import_module("pandas")
    except ImportError:
        return rows
    return pandas.DataFrame(rows)
