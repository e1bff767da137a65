"""A notebook: pictures are displayed, and an interrupt of the kernel ends a run."""

import importlib.util
import sys

import pytest
from test_run import SLOW


def test_notebook(data, truth, results, tmp_path):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    slow = tmp_path / "slow"
    slow.write_text(SLOW)
    slow.chmod(0o755)
    cells = [
        "import hubdata",
        "hubdata.show(%r, %r, worst=1, image_dir=%r)" % (str(truth), str(results), str(data / "train")),
        "hubdata.eval(%r, %r, by='tile')" % (str(truth), str(results)),
        # The interrupt of Jupyter's stop button.
        "import os, signal, threading\nos.mkfifo('pipe.json')\n"
        "threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n    hubdata.check('pipe.json')\nexcept KeyboardInterrupt:\n    print('interrupted')",
        "hubdata.eval(%r, 'nothing.json')" % str(truth),
    ]
    if sys.platform == "win32":
        del cells[3]
    else:
        cells.insert(4, "import os\nold = os.environ.get('HUBDATA_PROGRAM')\nos.environ['HUBDATA_PROGRAM'] = %r\nhubdata.version().version" % str(slow))
        cells.insert(5, "if old is None:\n    del os.environ['HUBDATA_PROGRAM']\nelse:\n    os.environ['HUBDATA_PROGRAM'] = old")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = nbclient.NotebookClient(book, timeout=60, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = [cell.outputs for cell in book.cells]
    assert outputs[1][0].data["image/png"]
    assert outputs[2][0].data["text/plain"].startswith("Evaluation(file=")
    if sys.platform != "win32":
        assert outputs[3][0].text == "interrupted\n"
        has_tqdm = importlib.util.find_spec("tqdm") is not None
        bars = [o for o in outputs[4] if "reading" in str(o)]  # text, or a widget
        assert bool(bars) == has_tqdm, outputs[4]
        assert outputs[4][-1].data["text/plain"] == "'1'"
    assert outputs[-1][0].ename == "Error" and "nothing.json" in outputs[-1][0].evalue
