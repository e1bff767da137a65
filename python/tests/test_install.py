"""The wheel: installed without a network, by every scheme of pip, and the command with it."""

import base64
import csv
import hashlib
import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import hubdata
import pytest

WHEELS = Path(os.environ["HUBDATA_WHEELS"])
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


def run(*argv, **more):
    env = {k: v for k, v in os.environ.items() if k not in ("HUBDATA_PROGRAM", "PYTHONPATH")}
    return subprocess.run([str(a) for a in argv], check=True, stdout=subprocess.PIPE, text=True, env={**env, **more}).stdout


def install(python, *options):
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--find-links", WHEELS, *options, "hubdata")


ABOUT = "import hubdata, sys; print(hubdata.program()); print(hubdata.version().version, hubdata.__version__)"


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A fresh environment, on a path with a space."""
    folder = tmp_path_factory.mktemp("a folder") / "env 1"
    venv.create(folder, with_pip=True)
    install(folder / BIN / ("python" + EXE))
    return folder / BIN / ("python" + EXE)


def test_environment(python):
    command = python.parent / ("hubdata" + EXE)
    about = json.loads(run(command, "version", "--json"))
    assert about["version"].replace("-dev", ".dev0") == hubdata.__version__
    assert about["commit"]
    assert json.loads(run(python, "-m", "hubdata", "version", "--json")) == about
    program, versions = run(python, "-c", ABOUT).splitlines()
    assert Path(program) == command
    assert versions == "%s %s" % (about["version"], hubdata.__version__)
    assert run(python, "-m", "pip", "list", "--format=freeze").count("==") <= 3, "it needs other packages"


def test_other_schemes(python, tmp_path):
    install(python, "--target", tmp_path / "target")
    # The environment has one too; each module runs its own.
    program = run(python, "-c", ABOUT, PYTHONPATH=str(tmp_path / "target")).splitlines()[0]
    assert Path(program) == tmp_path / "target" / "bin" / ("hubdata" + EXE)
    install(python, "--prefix", tmp_path / "prefix", "--ignore-installed")
    (site,) = (tmp_path / "prefix").glob("**/site-packages")
    run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "hubdata")
    program = run(python, "-c", ABOUT, PYTHONPATH=str(site)).splitlines()[0]
    assert Path(program) == tmp_path / "prefix" / BIN / ("hubdata" + EXE)
    os.remove(tmp_path / "target" / "bin" / ("hubdata" + EXE))
    missing = subprocess.run([python, "-c", ABOUT], env={"PYTHONPATH": str(tmp_path / "target")}, stderr=subprocess.PIPE, text=True)
    assert "is not installed next to this module\nhint: install the wheel again" in missing.stderr


@pytest.mark.parametrize("wheel", sorted(WHEELS.glob("*.whl")), ids=lambda w: w.name)
def test_contents(wheel):
    assert wheel.stat().st_size < 8_000_000
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        info = next(n for n in archive.namelist() if n.endswith("/RECORD")).rsplit("/", 1)[0]
        rows = list(csv.reader(archive.read(info + "/RECORD").decode().splitlines()))
        assert [r[0] for r in rows] == archive.namelist()
        for name, checksum, size in rows[:-1]:
            content = archive.read(name)
            assert int(size) == len(content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert checksum == "sha256=" + digest
        about = archive.read(info + "/METADATA").decode()
        assert "\nVersion: %s\n" % hubdata.__version__ in about
        assert "Requires-Dist" not in about
        tags = [line[5:] for line in archive.read(info + "/WHEEL").decode().splitlines() if line.startswith("Tag: ")]
        assert wheel.name.endswith("-".join(["py3-none", ".".join(t[len("py3-none-") :] for t in tags)]) + ".whl")
        program = next(i for i in archive.infolist() if ".data/scripts/hubdata" in i.filename)
        assert program.external_attr >> 16 & 0o111
        names = {n.split("/", 1)[1] for n in archive.namelist() if n.startswith("hubdata/")}
    source = Path(__file__).parent.parent / "hubdata"
    assert names == {p.name for p in source.iterdir() if p.is_file()}


def test_import_is_fast():
    """Modules that take long are not imported before they are needed."""
    code = "import sys; before = set(sys.modules); import hubdata; print(*sorted(set(sys.modules) - before))"
    loaded = run(sys.executable, "-c", code).split()
    assert not {"json", "subprocess", "tempfile", "importlib.metadata", "pandas", "numpy"} & set(loaded), loaded
