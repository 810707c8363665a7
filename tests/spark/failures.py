"""What happens when a part of the job fails, one row of the failure table for each case.

The job has to fail, or to be complete and equal to the local run. Where Spark by itself reports
success with verdicts missing, the completeness check has to fail the job.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import hostile
from cluster import killing
from equality import files_a_batch
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from setup import Setup, refused

import job
import tidegate
import transform
from tidegate.spark import Completeness, Incomplete, classify

FAILS = (PySparkException, Py4JJavaError)
SMALL = 50
"""Posts in a partition whose input fits into a pipe."""


def run(it: Setup) -> None:
    it.spark.sparkContext.addPyFile(hostile.__file__)
    exits_early(it)
    exits_with_an_error(it)
    wrong_rules(it)
    kills(it)
    line_ends(it)


def small(it: Setup) -> DataFrame:
    """Eight partitions of few posts."""
    posts = it.read().where(f"id < {8 * SMALL}").coalesce(1)
    return posts.repartitionByRange(8, "id").cache()


def rows_of(df: DataFrame) -> int:
    """Runs the job and counts what it would have written."""
    counted = Completeness("rows")
    counted.posts(df).write.format("noop").mode("overwrite").save()
    return counted._observations["rows_posts"].get["posts"]


def piped(df: DataFrame, command: str, check: bool = False) -> int:
    """The number of lines that `rdd.pipe` returns, with or without `checkCode`."""
    lines = df.select(F.to_json(F.struct("*"))).rdd.map(lambda row: row[0])
    return lines.pipe(command, checkCode=check).count()


def found(rows: int, posts: int) -> str:
    return f"{rows:,} of {posts:,}, success"


def exits_early(it: Setup) -> None:
    """A filter that ends with exit status 0 before it has read its input."""
    case, filter = "filter exits 0 after 10 lines", "head -n 10"
    rows = piped(it.read(), filter)
    assert 0 < rows < it.truth.posts, rows
    assert piped(it.read(), filter, check=True) == rows
    it.failure(case, "rdd.pipe, with checkCode too", found(rows, it.truth.posts))

    refused(lambda: rows_of(transform.transform(it.read(), filter)), *FAILS)
    it.failure(case, "TRANSFORM", "job fails")

    few = small(it)
    posts, rows = few.count(), rows_of(transform.transform(few, filter))
    assert rows == 8 * 10, rows
    it.failure(f"the same, partitions of {SMALL} posts", "TRANSFORM", found(rows, posts))

    out = it.folder("early")
    refused(lambda: transform.write_checked(few, str(out), filter), Incomplete)
    it.failure(f"the same, partitions of {SMALL} posts", "TRANSFORM, checked", "job fails")

    refused(lambda: rows_of(classify(few, engine=hostile.Exits(0))), *FAILS)
    it.failure("worker exits 0", "mapInArrow", "job fails")
    loses = hostile.Loses(tidegate.Engine(stamp=True))
    message = refused(lambda: rows_of(classify(few, id="id", engine=loses)), *FAILS)
    assert "posts," in message and "verdicts" in message, message
    it.failure("a verdict too few", "mapInArrow", "job fails")


def exits_with_an_error(it: Setup) -> None:
    case = "filter exits 3 after 10 lines"
    few = small(it)
    rows = piped(few, "bash -c 'head -n 10; exit 3'")
    assert rows == 8 * 10, rows
    it.failure(case, "bare rdd.pipe", found(rows, few.count()))
    refused(lambda: rows_of(transform.transform(few, "head -n 10; exit 3")), *FAILS)
    it.failure(case, "TRANSFORM", "job fails")
    refused(lambda: rows_of(classify(few, engine=hostile.Exits(3))), *FAILS)
    it.failure("worker exits 3", "mapInArrow", "job fails")


def wrong_rules(it: Setup) -> None:
    """A compiled file that is damaged, and one that is not there."""
    damaged = it.scratch / "damaged.tgc"
    content = bytearray(it.rules.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    it.spark.sparkContext.addFile(str(damaged))
    for case, name in (("rule file damaged", "damaged.tgc"), ("rule file missing", "none.tgc")):
        out = it.folder("wrong")
        command = transform.COMMAND.replace("rules.tgc", name)
        action = lambda: transform.batch(it.spark, it.parquet, str(out), command)  # noqa: E731
        refused(action, *FAILS)
        assert not list(out.glob("*.parquet")), "a failed job has written verdicts"
        it.failure(case, "TRANSFORM", "job fails; nothing written")


# --- kills --------------------------------------------------------------------------------------


def kills(it: Setup) -> None:
    engine = tidegate.Engine(stamp=True)

    def map_batch(out: Path) -> None:
        job.batch(it.spark, it.parquet, str(out), engine)

    def map_stream(out: Path) -> None:
        checkpoint = str(it.folder("check"))
        job.stream(it.spark, it.parquet, str(out), checkpoint, engine, files_a_batch(it))

    def transform_batch(out: Path) -> None:
        transform.batch(it.spark, it.parquet, str(out))

    def transform_stream(out: Path) -> None:
        checkpoint = str(it.folder("check"))
        transform.stream(it.spark, it.parquet, str(out), checkpoint, files_a_batch(it))

    times = 3 if it.full else 1
    kill(it, "worker", times, "mapInArrow", map_batch)
    kill(it, "filter", times, "TRANSFORM", transform_batch)
    kill(it, "executor", 1, "mapInArrow", map_batch)
    kill(it, "filter", times, "TRANSFORM, stream", transform_stream)
    if it.full:
        kill(it, "executor", 1, "TRANSFORM", transform_batch)
        kill(it, "executor", 1, "mapInArrow, stream", map_stream)
        kill(it, "worker", times, "mapInArrow, stream", map_stream)
        kill(it, "executor", 1, "TRANSFORM, stream", transform_stream)


def kill(it: Setup, kind: str, times: int, way: str, write: Callable[[Path], None]) -> None:
    """Runs a job while processes are killed. The result has to be complete and equal."""
    out = it.folder("killed")
    with killing(it.driver, kind, times) as killer:
        write(out)
    assert len(killer.killed) == times, f"{kind}: killed {killer.killed} of {times}"
    files = [Path(uri.removeprefix("file:")) for uri in it.committed(out)]
    equal = it.truth.compare(files, exact=way.startswith("TRANSFORM"))
    it.failure(f"kill -9 of {kind}, {'once' if times == 1 else f'{times} times'}", way, f"repeated; {equal:,} equal")


# --- traps --------------------------------------------------------------------------------------


def line_ends(it: Setup) -> None:
    """A carriage return between two members: one line for JSON, two for Spark's default."""
    file = it.scratch / "returns.jsonl"
    file.write_bytes(b'{"id":1,\r"text":"one"}\n{"id":2,"text":"two"}\n')
    default = it.spark.read.text(str(file)).count()
    plain = it.spark.read.option("lineSep", "\n").text(str(file)).count()
    assert (default, plain) == (3, 2), (default, plain)
    it.failure("CR inside a line of JSON", "spark.read.text", f"{default} rows of 2 lines")
    it.failure("CR inside a line of JSON", 'with lineSep "\\n"', f"{plain} rows of 2 lines")
