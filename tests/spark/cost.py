"""CPU time and wall time for each record, of Spark and of the engine in it."""

from __future__ import annotations


def run(it) -> None:
    pass
