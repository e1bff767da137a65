"""hubdata: from annotated tissue tiles to data a detector can train on.

Each function runs a command of the program hubdata, which is installed with this module, and returns what it
reports. The keyword arguments are the command's flags.
"""

from . import _commands, _summary, _view
from ._commands import *
from ._instances import instances
from ._program import Error, Remark, program
from ._summary import *
from ._version import __version__
from ._view import *

__all__ = ["Error", "Remark", "__version__", "instances", "program"]
__all__ += _commands.__all__
__all__ += _summary.__all__
__all__ += _view.__all__
