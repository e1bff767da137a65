"""The program: where it is, how it is run, and what its errors become."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import IO, TYPE_CHECKING, Any, Iterator, List, NamedTuple, Sequence, Tuple

from ._progress import Progress, environment, wanted

if TYPE_CHECKING:
    from subprocess import Popen

GRACE = 3.0  # seconds that an interrupted program has to end; it needs less than one


class Error(Exception):
    """A run of the program failed.

    exit_code says why: 1 a file could not be read or written, 2 an argument is wrong, 3 an input is wrong.
    A negative one is the signal that ended the program. message says what was found where and what was
    expected, hint what to do about it; it may be empty, or have several lines.
    """

    def __init__(self, exit_code: int, message: str, hint: str = "", command: Sequence[str] = ()) -> None:
        super().__init__(exit_code, message, hint, tuple(command))
        self.exit_code: int = exit_code
        self.message: str = message
        self.hint: str = hint
        self.command: Tuple[str, ...] = tuple(command)

    def __str__(self) -> str:
        if not self.hint:
            return self.message
        return "\n".join([self.message, *("hint: " + line for line in self.hint.split("\n"))])


class Remark(UserWarning):
    """What a run that succeeded has to say: something was skipped, is not checked, or is unusual."""


def program() -> str:
    """Returns the path of the program: $HUBDATA_PROGRAM, else the one that was installed with this module."""
    named = os.environ.get("HUBDATA_PROGRAM")
    if named:
        return named
    import sysconfig

    name = "hubdata.exe" if sys.platform == "win32" else "hubdata"
    # Of pip install --target, which has it below the module's folder, and of an environment.
    above = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for folder in (os.path.join(above, "bin"), sysconfig.get_path("scripts")):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    # Of pip install --user or --prefix: the list of installed files knows.
    from importlib.metadata import PackageNotFoundError, files

    try:
        installed = files("hubdata") or []
    except PackageNotFoundError:
        installed = []
    for file in installed:
        if file.name == name and file.parent.name in ("bin", "Scripts") and os.path.isfile(file.locate()):
            return os.path.abspath(file.locate())
    raise Error(1, "the program hubdata is not installed next to this module", "install the wheel again")


class Run(NamedTuple):
    """A run of the program that has ended."""

    command: Tuple[str, ...]  # without the program
    exit_code: int
    output: bytes
    messages: List[str]  # each of a line or more, without its prefix
    hints: List[str]

    def error(self) -> Error:
        """Returns the failure that the run ended with."""
        if self.messages:
            text = self.messages[-1]
        elif self.exit_code < 0:
            text = "the program was ended by signal %d" % -self.exit_code
        else:
            text = "the program failed with exit code %d" % self.exit_code
        return Error(self.exit_code, text, "\n".join(self.hints), self.command)


def run(command: Sequence[str]) -> Run:
    """Runs the program and waits for it. Ctrl-C ends it first, and then is raised."""
    import subprocess

    argv = [program(), *command]
    watched = wanted()
    child = None
    try:
        with interrupt_later():
            child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment() if watched else None,
            )
        output, errors = watch(child) if watched else child.communicate()
    except BaseException:
        if child is not None:
            end(child)
        raise
    messages, hints = read_messages(errors.decode("utf-8", "replace"))
    return Run(tuple(command), child.returncode, output, messages, hints)


def watch(child: Popen[bytes]) -> Tuple[bytes, bytes]:
    """Reads what a program prints, as communicate does, and shows its progress."""
    import threading

    assert child.stdout is not None and child.stderr is not None
    output: List[bytes] = []
    errors: List[bytes] = []

    def read(out: IO[bytes] = child.stdout) -> None:
        with contextlib.suppress(OSError, ValueError):  # closed, after an interrupt
            output.append(out.read())

    # The bars are drawn by the caller's thread, which Ctrl-C reaches.
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    progress = Progress()
    try:
        for line in child.stderr:
            if not progress.take(line.decode("utf-8", "replace")):
                errors.append(line)
    finally:
        progress.close()
    reader.join()
    child.stdout.close()
    child.stderr.close()
    child.wait()
    return b"".join(output), b"".join(errors)


@contextlib.contextmanager
def interrupt_later() -> Iterator[None]:
    """Keeps Ctrl-C for the end of a block: a program may run before Popen has returned what can end it."""
    import signal
    import threading

    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    came: List[Tuple[Any, ...]] = []
    signal.signal(signal.SIGINT, lambda *what: came.append(what))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if came:
        handler(*came[0])


def end(child: Popen[bytes]) -> None:
    """Ends a program: it may remove its unfinished files first."""
    import signal
    import subprocess

    try:
        if child.poll() is None:
            if os.name == "posix":
                child.send_signal(signal.SIGINT)
            # On Windows Ctrl-C has reached it too.
            child.wait(GRACE)
    except subprocess.TimeoutExpired:
        pass
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


def read_messages(text: str) -> Tuple[List[str], List[str]]:
    """Takes standard error apart: messages begin with "hubdata:", advice with "hint:"."""
    messages: List[str] = []
    hints: List[str] = []
    into = messages
    for line in text.splitlines():
        if line.startswith("hubdata: "):
            into = messages
            messages.append(line[len("hubdata: ") :])
        elif line.startswith("hint: "):
            into = hints
            hints.append(line[len("hint: ") :])
        elif into:
            into[-1] += "\n" + line
        elif line:
            into.append(line)
    return messages, hints
