"""Gives Python the operators in mmcv_ext.py as mmcv._ext, where mmcv has none compiled.

Python runs a file of this name by itself as it starts, if its folder is in PYTHONPATH. A
compiled mmcv._ext is found before this one.
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
