"""The command ``tidegate``."""

import signal
import sys

from . import _tidegate


def main() -> None:
    """Runs the program with the arguments of the process, and ends with its status."""
    # The program has its own handlers; that of Python would only set a flag.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_tidegate.run_program(["tidegate", *sys.argv[1:]]))
