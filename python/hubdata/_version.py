"""The version of the program, which release/pack writes here when it makes a wheel."""

__version__ = "0+source"
