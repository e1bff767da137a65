"""mypy --strict and pyright, for the module and for code that uses it."""

import os
import subprocess
import sys
from pathlib import Path

import hubdata
import pytest

GOOD = """
from pathlib import Path
from typing import Any, Dict, List

import hubdata
from typing_extensions import assert_type

truth: Dict[str, Any] = {}
results: List[Dict[str, Any]] = []
scores = hubdata.eval(truth, results, Path("b.json"), by=["tile", "wsi"], iou=[0.5, 0.75], class_="all", worst=3)
assert_type(scores, hubdata.Evaluation)
assert_type(scores.stats, List[float])
assert_type(scores.log_dict("val/"), Dict[str, float])
for slicing in scores.by or []:
    assert_type(slicing.parts[0].ap, float)
assert_type(hubdata.show(truth).png, "bytes | None")
with hubdata.view(truth, results, decisions="log.jsonl", class_=["vessel"]) as page:
    assert_type(page, hubdata.View)
    assert_type(page.url, str)
assert_type(hubdata.merge("a.json", "b.json", out="c.json").files[0].path, str)
assert_type(hubdata.check(Path("a.json")).ok, bool)
hubdata.filter("a.json", out="b.json", where={"patient": ["p1", "p2"]})
try:
    hubdata.folds("data", k=5, stratify="wsi")
except hubdata.Error as error:
    assert_type(error.exit_code, int)
    assert_type(error.hint, str)
"""

BAD = {
    "hubdata.eval('a.json')": "results",
    "hubdata.eval('a.json', 'b.json', worst='many')": "worst",
    "hubdata.eval('a.json', 'b.json', colour=1)": "colour",
    "hubdata.merge('a.json')": "out",
    "hubdata.check(3)": "source|int",
}


def tool(name, *words, cwd):
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    env["PATH"] = os.path.dirname(sys.executable) + os.pathsep + env.get("PATH", "")  # pyright asks the first python
    argv = [sys.executable, "-m", name, *map(str, words)]
    done = subprocess.run(argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode and ("No module named " + name in done.stdout or "npm" in done.stdout):
        pytest.skip("%s is not installed here: %s" % (name, done.stdout[-300:]))
    return done


@pytest.fixture
def code(tmp_path):
    (tmp_path / "good.py").write_text(GOOD)
    for i, line in enumerate(BAD):
        (tmp_path / ("bad%d.py" % i)).write_text("import hubdata\n\n%s\n" % line)
    return tmp_path


def test_mypy(code):
    done = tool("mypy", "--strict", "--cache-dir", code / "cache", "-p", "hubdata", cwd=code)
    assert done.returncode == 0, done.stdout
    done = tool("mypy", "--strict", "--cache-dir", code / "cache", "good.py", cwd=code)
    assert done.returncode == 0, done.stdout
    done = tool("mypy", "--strict", "--cache-dir", code / "cache", *("bad%d.py" % i for i in range(len(BAD))), cwd=code)
    refused_all(done.stdout)


def test_pyright(code):
    folder = Path(hubdata.__file__).parent
    done = tool("pyright", folder, cwd=code)
    assert done.returncode == 0, done.stdout
    done = tool("pyright", "good.py", cwd=code)
    assert done.returncode == 0, done.stdout
    done = tool("pyright", *("bad%d.py" % i for i in range(len(BAD))), cwd=code)
    refused_all(done.stdout)


def test_complete():
    """pyright knows the type of everything that is exported."""
    done = tool("pyright", "--verifytypes", "hubdata", "--ignoreexternal", cwd="/")
    assert "Type completeness score: 100%" in done.stdout, done.stdout


def refused_all(text):
    for i, (line, name) in enumerate(BAD.items()):
        found = [t for t in text.splitlines() if "bad%d.py" % i in t and "error" in t]
        assert any(word in t for t in found for word in name.split("|")), "%s is not refused: %s" % (line, text)
