"""Provides the operators in mmcv_ext.py as mmcv._ext if mmcv has no compiled ones.

Python runs a file with this name automatically when it starts, if its folder is in PYTHONPATH. A
compiled mmcv._ext takes precedence over this one.
"""
import sys
from importlib.abc import MetaPathFinder
from importlib.util import spec_from_file_location
from pathlib import Path


class StandIn(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "mmcv._ext":
            return spec_from_file_location(name, Path(__file__).with_name("mmcv_ext.py"))
        return None


sys.meta_path.append(StandIn())
