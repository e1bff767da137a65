"""Runs: errors, remarks, Ctrl-C, and many at once."""

import concurrent.futures
import multiprocessing
import os
import pickle
import signal
import struct
import subprocess
import sys
import textwrap
import time
import warnings

import hubdata
import pytest
from conftest import load


def test_error_of_input(tmp_path, truth):
    bad = tmp_path / "bad.json"
    bad.write_text('[{"image_id": 1, "category_id": "x"}]')
    with pytest.raises(hubdata.Error) as raised:
        hubdata.eval(truth, bad)
    error = raised.value
    assert error.exit_code == 3
    assert str(bad) in error.message and "category_id" in error.message
    assert error.command[0] == "eval"
    again = pickle.loads(pickle.dumps(error))
    assert (again.exit_code, again.message, again.hint) == (error.exit_code, error.message, error.hint)


def test_error_of_argument(truth, results):
    with pytest.raises(hubdata.Error, match="(?s)--type: .*what") as raised:
        hubdata.eval(truth, results, type="what")
    assert raised.value.exit_code == 2
    with pytest.raises(hubdata.Error, match="\nhint: ") as raised:
        hubdata.convert("/does/not/exist")
    assert raised.value.exit_code == 1 and raised.value.hint
    with pytest.raises(TypeError, match="results: found int, expected a path"):
        hubdata.eval(truth, 3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        hubdata.eval(truth, results, no_such_flag=1)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="name a file"):
        hubdata.filter(truth, out="-")


def test_killed(monkeypatch, tmp_path):
    program = tmp_path / "hubdata"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    monkeypatch.setenv("HUBDATA_PROGRAM", str(program))
    with pytest.raises(hubdata.Error, match="ended by signal 9"):
        hubdata.version()


def test_output_that_is_cut(monkeypatch, tmp_path):
    program = tmp_path / "hubdata"
    program.write_text("#!/bin/sh\necho '{\"version\": '\n")
    program.chmod(0o755)
    monkeypatch.setenv("HUBDATA_PROGRAM", str(program))
    with pytest.raises(hubdata.Error):
        hubdata.version()


def test_remarks_are_warnings(monkeypatch, tmp_path):
    program = tmp_path / "hubdata"
    program.write_text("#!/bin/sh\necho 'hubdata: 3 lines were skipped' >&2\necho '{\"version\": \"1\"}'\nexit 4\n")
    program.chmod(0o755)
    monkeypatch.setenv("HUBDATA_PROGRAM", str(program))
    with pytest.warns(hubdata.Remark, match="3 lines were skipped") as caught:
        done = hubdata.version()
    assert caught[0].filename == __file__
    assert (done.exit_code, done.remarks) == (4, ("3 lines were skipped",))


def test_notes_are_warnings(truth, results):
    """What --json has in its members notes and warnings is not lost."""
    some = load(truth)
    for image in some["images"][1:]:
        image["patient"] = "p1"
    with pytest.warns(hubdata.Remark, match="patient"):
        scores = hubdata.eval(some, results, by="patient")
    assert scores.remarks == tuple(scores.notes)


def test_check_finds(tmp_path, truth):
    bad = load(truth)
    bad["annotations"][0]["image_id"] = -5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = hubdata.check(bad)
        fine = hubdata.check(truth)
    assert not found.ok and found.errors == 1 and "error" in {f.severity for f in found.findings}
    assert fine.ok and fine.errors == 0


def score(paths):
    return hubdata.eval(*paths)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_process_pool(truth, results, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("no %s on this system" % method)
    alone = hubdata.eval(truth, results)
    with multiprocessing.get_context(method).Pool(2) as pool:
        for one in pool.map(score, [(truth, results)] * 6):
            assert one.stats == alone.stats and one.at[0].ap == alone.at[0].ap


def test_threads(truth, results):
    alone = hubdata.eval(truth, results)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(one == alone for one in pool.map(score, [(truth, results)] * 8))


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C reaches the whole console there")
@pytest.mark.parametrize("watched", [False, True], ids=["", "with progress"])
@pytest.mark.parametrize("stubborn", [False, True])
def test_ctrl_c(tmp_path, stubborn, watched):
    """Ctrl-C of Python alone, as Jupyter sends it, ends the program, gently if it can be."""
    marks = tmp_path / "marks"
    program = tmp_path / "hubdata"
    on_signal = "" if stubborn else "echo gone >>%s; exit 130" % marks
    program.write_text(
        textwrap.dedent(
            """\
            #!/bin/bash
            trap '%s' INT
            echo $$ >%s
            while true; do sleep 0.05; done
            """
        )
        % (on_signal or ":", marks)
    )
    program.chmod(0o755)
    script = "import hubdata._program\nhubdata._program.wanted = lambda: %r\n" % watched
    script += "try:\n    hubdata.version()\nexcept KeyboardInterrupt:\n    print('interrupted')\n"
    env = {**os.environ, "HUBDATA_PROGRAM": str(program)}
    parent = subprocess.Popen(
        [sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    while not marks.exists() or not marks.read_text().endswith("\n"):
        assert parent.poll() is None
        time.sleep(0.02)
    child = int(marks.read_text())
    begin = time.monotonic()
    os.kill(parent.pid, signal.SIGINT)
    out, _ = parent.communicate(timeout=20)
    assert out == "interrupted\n"
    assert marks.read_text().endswith("gone\n") != stubborn
    assert time.monotonic() - begin < (8 if stubborn else 3)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


# A program that prints progress when it is asked to.
SLOW = """\
#!/bin/sh
if [ "$HUBDATA_PROGRESS_LINES" = 1 ]; then
  echo "progress: 50000 100000 reading" >&2
  sleep 0.3
  echo "hubdata: 3 lines were skipped" >&2
  echo "progress: 100000 100000 reading" >&2
  echo "progress: 7 -1 drawing" >&2
  sleep 0.3
fi
echo '{"version": "'"$HUBDATA_PROGRESS_LINES"'"}'
"""


@pytest.fixture
def slow(monkeypatch, tmp_path):
    program = tmp_path / "hubdata"
    program.write_text(SLOW)
    program.chmod(0o755)
    monkeypatch.setenv("HUBDATA_PROGRAM", str(program))
    monkeypatch.delenv("HUBDATA_PROGRESS_LINES", raising=False)


def on_terminal(script):
    """Runs a script whose standard error is a terminal, and returns what it prints there and elsewhere."""
    pty = pytest.importorskip("pty")
    termios, fcntl = pytest.importorskip("termios"), pytest.importorskip("fcntl")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))  # in none tqdm draws nothing
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    shown = b""
    try:
        while True:
            piece = os.read(ours, 65536)
            if not piece:
                break
            shown += piece
    except OSError:  # closed
        pass
    os.close(ours)
    out, _ = child.communicate(timeout=20)
    return shown.decode(), out


RUN = "import hubdata, warnings\nwarnings.simplefilter('ignore')\ndone = hubdata.version()\nprint(done.version, done.remarks)\n"


def test_progress(slow):
    pytest.importorskip("tqdm")
    shown, out = on_terminal(RUN)
    assert out == "1 ('3 lines were skipped',)\n"
    assert "reading:  50%" in shown and "50.0k/100k" in shown and "drawing: 7it" in shown, shown
    assert "skipped" not in shown and "progress:" not in shown


def test_progress_without_tqdm(slow):
    shown, out = on_terminal("import sys\nsys.modules['tqdm'] = None\n" + RUN)
    assert (shown, out) == ("", "1 ('3 lines were skipped',)\n")


def test_no_progress_without_terminal(slow):
    done = subprocess.run([sys.executable, "-c", RUN], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert (done.stdout, done.stderr) == (" ()\n", "")


def test_progress_of_the_real_program(truth, results):
    """Results and messages are the same, with progress or without."""
    script = "import hubdata\nprint(hubdata.eval(%r, %r).stats)\ntry:\n    hubdata.check('no.json')\nexcept hubdata.Error as e:\n    print(e)\n"
    script %= (str(truth), str(results))
    shown, out = on_terminal(script)
    plain = subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE, text=True)
    assert (shown, out) == ("", plain.stdout) and "no.json" in out


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C reaches the whole console there")
def test_ctrl_c_of_the_real_program(tmp_path, data):
    """The program itself, which waits for a named pipe, leaves nothing behind."""
    os.mkfifo(tmp_path / "pipe.json")
    script = "import hubdata, sys\nprint('begin', flush=True)\nhubdata.filter(%r, out=%r)\n" % (
        str(tmp_path / "pipe.json"),
        str(tmp_path / "out.json"),
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    parent.stdout.readline()
    time.sleep(0.7)
    os.kill(parent.pid, signal.SIGINT)
    _, errors = parent.communicate(timeout=20)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pipe.json"]
