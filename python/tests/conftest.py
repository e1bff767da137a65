"""Synthetic data for the tests, which run with the wheel installed: see ../test.sh."""

import json
from pathlib import Path

import hubdata
import pytest


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """A dataset folder, with a space and a letter that is not ASCII in its path."""
    folder = tmp_path_factory.mktemp("tissue tiles") / "Gewebe ä"
    hubdata.demo(folder)
    return folder


@pytest.fixture(scope="session")
def truth(data):
    return data / "ds3_truth.json"


@pytest.fixture(scope="session")
def results(data):
    return data / "predictions" / "vit.segm.json"


def load(path: Path):
    return json.loads(path.read_text("utf-8"))
