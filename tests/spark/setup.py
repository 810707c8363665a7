"""What every case needs: the session, the posts, the local verdicts; and how results are shown."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cluster
import local
import posts
from pyspark.sql import DataFrame, SparkSession

EXAMPLES = posts.ROOT / "examples/spark"
sys.path.insert(0, str(EXAMPLES))


@dataclass
class Setup:
    spark: SparkSession
    scratch: Path
    """A folder of this run, removed at its end."""
    program: Path
    rules: Path
    """The embedded rules, compiled by `program`, as `rules.tgc`."""
    truth: local.Truth
    full: bool
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    """The failure table: case, way, outcome."""
    _folders: int = 0

    @property
    def data(self) -> Path:
        return self.scratch / "data"

    @property
    def parquet(self) -> str:
        return str(self.data / "parquet")

    @property
    def driver(self) -> int:
        """The process id of this driver."""
        return os.getpid()

    def folder(self, name: str) -> Path:
        """A path that does not exist yet."""
        self._folders += 1
        return self.scratch / f"{self._folders:02}-{name}"

    def read(self) -> DataFrame:
        return self.spark.read.parquet(self.parquet)

    def equal(self, case: str, out: Path, exact: bool) -> None:
        """Compares what Spark considers to be in a folder with the local run."""
        files = [Path(uri.removeprefix("file:")) for uri in self.committed(out)]
        self.say(case, f"{self.truth.compare(files, exact):,} verdicts equal")

    def committed(self, out: Path) -> list[str]:
        """The files that Spark reads in a folder: without those of attempts that failed."""
        return self.spark.read.parquet(str(out)).inputFiles()

    def say(self, case: str, outcome: str) -> None:
        print(f"  {case}: {outcome} ({time.monotonic() - START:.0f} s so far)", flush=True)

    def failure(self, case: str, way: str, outcome: str) -> None:
        """A row of the failure table."""
        self.rows.append((case, way, outcome))
        self.say(f"{case}, {way}", outcome)


START = time.monotonic()


def make(scratch: Path, program: Path, rules: Path, total: int, files: int, full: bool) -> Setup:
    data = scratch / "data"
    cuts = posts.write(data, total, files)
    print(f"{total:,} posts in {files} files", flush=True)
    truth = local.Truth(program, rules, data, cuts)
    spark = cluster.session(scratch)
    for file in (program, rules):
        spark.sparkContext.addFile(str(file))
    return Setup(spark, scratch, program, rules, truth, full)


def refused(action: Callable[[], object], *kinds: type[BaseException]) -> str:
    """The message of the exception that `action` has to raise."""
    try:
        result = action()
    except kinds as error:
        return str(error)
    raise AssertionError(f"expected {[kind.__name__ for kind in kinds]}, got {result!r}")
