"""The Spark tests: run by `ci/spark`, which installs what they need.

    python run.py PROGRAM [--full] [--posts N] [--only PART]…

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

PARTS = {part.__name__: part for part in (interface, equality, failures, restarts, cost)}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path, help="the program, named tidegate")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--posts", type=int, help="how many, in place of 100,000 or 1 million")
    parser.add_argument("--only", choices=PARTS, action="append", help="run these parts")
    args = parser.parse_args()
    program = args.program.resolve()
    parts = args.only or [name for name in PARTS if name != "cost" or args.full]

    with tempfile.TemporaryDirectory(prefix="tidegate-spark-") as folder:
        scratch = Path(folder)
        rules = scratch / "rules.tgc"
        subprocess.run([program, "compile", "-o", rules], check=True, stderr=subprocess.DEVNULL)
        log = quiet(scratch / "log")
        # Relative paths of jobs, and what Spark writes by itself.
        os.chdir(scratch)
        total, files = FULL if args.full else SHORT
        try:
            run(setup.make(scratch, program, rules, args.posts or total, files, args.full), parts)
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


def run(it: setup.Setup, parts: list[str]) -> None:
    try:
        for part in parts:
            print(PARTS[part].__doc__.splitlines()[0])
            PARTS[part].run(it)
        print("\n| case | way | outcome |\n|---|---|---|")
        for row in it.rows:
            print("| " + " | ".join(row) + " |")
    finally:
        it.spark.stop()


if __name__ == "__main__":
    sys.exit(main())
