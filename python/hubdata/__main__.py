"""python -m hubdata runs the program with the same arguments."""

import os
import sys

from ._program import program


def main() -> int:
    argv = [program(), *sys.argv[1:]]
    if os.name == "posix":
        os.execv(argv[0], argv)
    import subprocess

    return subprocess.call(argv)


if __name__ == "__main__":
    sys.exit(main())
