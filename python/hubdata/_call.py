"""Commands as functions."""

from __future__ import annotations

import warnings
from typing import Any, Dict, Iterable, List, Sequence, Tuple, Type, TypeVar

from ._program import Remark, run
from ._summary import Summary
from ._values import Files, flag_words

S = TypeVar("S", bound=Summary)

# Exit codes of runs that have done their work. A check has FOUND errors, which its report lists.
DONE, FOUND, SKIPPED = 0, 3, 4


def call(
    kind: Type[S],
    command: Sequence[str],
    arguments: Iterable[Tuple[str, Any]],
    flags: Dict[str, Any],
    repeated: Iterable[str] = (),
) -> S:
    """Runs a command and returns its summary.

    arguments are names, for what is in memory, and values; flags are by their names with dashes.
    """
    import json
    import tempfile

    if flags.get("--out") == "-":
        raise ValueError('out="-": the module reads the standard output itself: name a file')
    with tempfile.TemporaryDirectory(prefix="hubdata-") as folder:
        files = Files(folder)
        paths: List[str] = [files.path(name, value) for name, value in arguments if value is not None]
        kind.prepare(flags, folder)
        done = run([*command, "--json", *flag_words(flags, repeated), "--", *paths])
        members = None
        if done.exit_code in (DONE, FOUND, SKIPPED) and done.output:
            try:
                members = json.loads(done.output)
            except ValueError:
                pass
        if not isinstance(members, dict):
            raise done.error()
        summary = kind(members, done)
    if done.exit_code != FOUND:
        for text in summary.remarks:
            warnings.warn(text, Remark, stacklevel=outside())
    return summary


def outside() -> int:
    """Returns the stacklevel, for the function that calls this, of the first caller outside of this package."""
    import inspect

    level, frame = 0, inspect.currentframe()
    while frame is not None and frame.f_globals.get("__package__") == __package__:
        level, frame = level + 1, frame.f_back
    return level
