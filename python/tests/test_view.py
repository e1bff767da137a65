"""The page of hubdata view."""

import os
import urllib.error
import urllib.request

import hubdata
import pytest

from conftest import load


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def test_view(data, truth, results, tmp_path):
    with hubdata.view(truth, results, tile_meta=data / "tile_meta.csv", iou=0.5, height=500) as page:
        assert page.url.startswith("http://127.0.0.1:")
        assert b"<title>" in get(page.url)
        scores = load_json(get(page.url + "data/scores?model=0&iou=0.5&score=0"))
        assert scores["ap"] == hubdata.eval(truth, results, iou=0.5).at[0].ap
        html = page._repr_html_()
        assert html.startswith("<iframe ") and page.url in html and "height: 500px" in html
        assert page.url in repr(page)
    assert "closed" in page._repr_html_() and "closed" in repr(page)
    with pytest.raises(urllib.error.URLError):
        get(page.url)
    page.close()


def load_json(text):
    import json

    return json.loads(text)


def test_in_memory(truth, results, tmp_path):
    page = hubdata.view(load(truth), load(results), decisions=tmp_path / "log.jsonl", class_="all")
    try:
        assert b"hubdata view" in get(page.url)
        assert os.path.getsize(tmp_path / "log.jsonl") > 0
    finally:
        page.close()


def test_errors(truth):
    with pytest.raises(hubdata.Error) as error:
        hubdata.view("none.json")
    assert error.value.exit_code == 1 and "none.json" in error.value.message
    with pytest.raises(hubdata.Error) as error:
        hubdata.view(truth, iou=0.605)
    assert error.value.exit_code == 2 and "0.605" in error.value.message
    with pytest.raises(ValueError):
        hubdata.view(None, "results.json")
