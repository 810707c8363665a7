"""``python -m tidegate`` is the command ``tidegate``."""

from ._command import main

main()
