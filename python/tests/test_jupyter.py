"""A notebook: pictures are displayed, and an interrupt of the kernel ends a run."""

import sys

import pytest


def test_notebook(data, truth, results, tmp_path):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
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
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = nbclient.NotebookClient(book, timeout=60, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = [cell.outputs for cell in book.cells]
    assert outputs[1][0].data["image/png"]
    assert outputs[2][0].data["text/plain"].startswith("Evaluation(file=")
    if sys.platform != "win32":
        assert outputs[3][0].text == "interrupted\n"
    assert outputs[-1][0].ename == "Error" and "nothing.json" in outputs[-1][0].evalue
