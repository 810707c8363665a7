"""The Spark tests: run by `ci/spark`, which installs what they need.

    python run.py PROGRAM [--full]

The long form has 1 million posts, more kills, and the cost per record. Exit status 0 if all of it
holds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import cost
import equality
import failures
import interface
import restarts
import setup

SHORT, FULL = (100_000, 8), (1_000_000, 40)
"""Posts and files."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path, help="the program, named tidegate")
    parser.add_argument("--full", action="store_true")
    args = parser.parse_args()
    program = args.program.resolve()

    with tempfile.TemporaryDirectory(prefix="tidegate-spark-") as folder:
        scratch = Path(folder)
        rules = scratch / "rules.tgc"
        subprocess.run([program, "compile", "-o", rules], check=True, stderr=subprocess.DEVNULL)
        log = quiet(scratch / "log")
        try:
            run(scratch, program, rules, args.full)
        except BaseException:
            traceback.print_exc(file=sys.stdout)
            print("\nThe end of the log of Spark:")
            print("".join(log.read_text(errors="replace").splitlines(keepends=True)[-40:]))
            return 1
    return 0


def quiet(log: Path) -> Path:
    """Sends standard error, also that of child processes, to a file: Spark reports the failures
    that the tests cause."""
    sys.stderr.flush()
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(target, 2)
    os.close(target)
    return log


def run(scratch: Path, program: Path, rules: Path, full: bool) -> None:
    it = setup.make(scratch, program, rules, *(FULL if full else SHORT), full)
    try:
        for module in (interface, equality, failures, restarts):
            print(f"{module.__doc__.splitlines()[0]}")
            module.run(it)
        if full:
            cost.run(it)
        print("\n| case | way | outcome |\n|---|---|---|")
        for row in it.rows:
            print("| " + " | ".join(row) + " |")
    finally:
        it.spark.stop()


if __name__ == "__main__":
    sys.exit(main())
