"""Progress of a run, shown by tqdm if it is installed."""

from __future__ import annotations

import os
import sys
from typing import Any, Dict, Optional

VARIABLE = "HUBDATA_PROGRESS_LINES"  # with which the program prints lines of progress
PREFIX = "progress: "  # of such a line; then DONE TOTAL WHAT follow


def wanted() -> bool:
    """Returns whether somebody watches: on a terminal, and in a notebook."""
    try:
        watched = sys.stderr is not None and sys.stderr.isatty()
    except (AttributeError, ValueError):  # a replacement, or closed
        watched = False
    return watched or "ipykernel" in sys.modules


def environment() -> Dict[str, str]:
    """Returns the environment for a program that prints lines of progress."""
    return {**os.environ, VARIABLE: "1"}


class Progress:
    """Bars of the steps of a run, one after the other."""

    def __init__(self) -> None:
        self._tqdm: Any = None
        self._bar: Any = None
        self._step: Optional[str] = None

    def take(self, line: str) -> bool:
        """Takes a line of standard error; False: it is not one of progress."""
        if not line.startswith(PREFIX):
            return False
        try:
            done, total, step = line[len(PREFIX) :].rstrip("\r\n").split(" ", 2)
            self._show(int(done), int(total), step)
        except ValueError:
            return False
        return True

    def _show(self, done: int, total: int, step: str) -> None:
        if self._tqdm is None:
            self._tqdm = load()
        if self._step != step:
            self.close()
            of = {"total": total, "unit": "B", "unit_scale": True} if total >= 0 else {}
            # The program prints no more lines than a terminal can show.
            self._bar = self._tqdm(desc=step, leave=False, mininterval=0, **of)
            self._step = step
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Removes the bar."""
        if self._bar is not None:
            self._bar.close()
        self._bar = self._step = None


def load() -> Any:
    """Returns tqdm's bar for this place; without tqdm a function that makes none."""
    import importlib
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a notebook without ipywidgets, where the bar is text
            return importlib.import_module("tqdm.auto").tqdm
    except ImportError:
        return lambda **_: None
