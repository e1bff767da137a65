"""The page of hubdata view, which is served while Python runs."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, List, Optional

from ._program import Error, end, program, read_messages
from ._values import Files, Input, StrPath, flag_words

if TYPE_CHECKING:
    from subprocess import Popen
    from tempfile import TemporaryDirectory
    from types import TracebackType
    from typing import Type

__all__ = ["View", "view"]


class View:
    """A page that is served. Jupyter shows it in a frame; close ends it."""

    url: str
    """The address. It has a secret token: who knows it may use the page."""
    height: int
    """Of the frame, in pixels."""

    def __init__(self, url: str, height: int, child: Popen[bytes], folder: TemporaryDirectory[str]) -> None:
        import atexit

        self.url, self.height = url, height
        self._child: Optional[Popen[bytes]] = child
        self._folder = folder
        atexit.register(self.close)

    def close(self) -> None:
        """Ends the page."""
        import atexit

        child, self._child = self._child, None
        if child is not None:
            atexit.unregister(self.close)
            end(child)
            self._folder.cleanup()

    def __enter__(self) -> View:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self.close()

    def __repr__(self) -> str:
        return "View(%s)" % (self.url if self._child is not None else "closed")

    def _repr_html_(self) -> str:
        import html

        if self._child is None:
            return "<p>This page of hubdata view was closed.</p>"
        url = html.escape(self.url, quote=True)
        return (
            '<iframe src="%s" title="hubdata view" style="width: 100%%; height: %dpx; border: 1px solid #ccc; border-radius: 8px" '
            'allow="clipboard-write; fullscreen"></iframe>' % (url, self.height)
        )


def view(
    source: Optional[Input] = None, *predictions: Input, height: int = 720, open: bool = False, **flags: Any
) -> View:
    """Looks at a dataset and predictions in the browser, and reviews pseudo-labels.

    The keyword arguments are the flags of the command "hubdata view": decisions, reviewer, read_only, port, folds,
    min_score, iou, max_dets, class_, dataset, wsi, image_dir, tile_meta, table, images and others.

    Args:
        source: FILE or DIR; None: the current folder.
        predictions: of models.
        height: of the frame in a notebook, in pixels.
        open: also open the page in a browser of its own.
    """
    import subprocess
    import tempfile

    folder = tempfile.TemporaryDirectory(prefix="hubdata-")
    try:
        files = Files(folder.name)
        paths: List[str] = [files.path("source", source)] if source is not None else []
        if predictions and source is None:
            raise ValueError("predictions need a source: the dataset or folder that they are about")
        paths += [files.path("predictions", p) for p in predictions]
        words = flag_words({"--" + name.rstrip("_").replace("_", "-"): value for name, value in flags.items()}, ["--class"])
        argv = [program(), "view", *([] if open else ["--no-open"]), *words, "--", *paths]
        errors: IO[bytes] = tempfile.TemporaryFile()
        with errors:
            child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
            try:
                assert child.stdout is not None
                url = child.stdout.readline().decode("ascii", "replace").strip()
            except BaseException:
                end(child)
                raise
            if not url:
                code = child.wait()
                errors.seek(0)
                messages, hints = read_messages(errors.read().decode("utf-8", "replace"))
                raise Error(code, messages[-1] if messages else "no page was served", "\n".join(hints), argv[1:])
        return View(url, height, child, folder)
    except BaseException:
        folder.cleanup()
        raise
