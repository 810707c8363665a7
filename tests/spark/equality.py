"""Verdicts of Spark and of a local run are equal, in order, both ways, batch and streaming."""

from __future__ import annotations

import os
import subprocess

import cluster
import setup
from setup import Setup

import job
import tidegate
import transform


def run(it: Setup) -> None:
    engine = tidegate.Engine(stamp=True)

    out = it.folder("map-batch")
    job.batch(it.spark, it.parquet, str(out), engine)
    it.equal("mapInArrow, batch", out, exact=False)

    out = it.folder("transform-batch")
    transform.batch(it.spark, it.parquet, str(out))
    it.equal("TRANSFORM, batch", out, exact=True)

    out = it.folder("map-stream")
    job.stream(it.spark, it.parquet, str(out), str(it.folder("check")), engine, files_a_batch(it))
    it.equal("mapInArrow, stream into files", out, exact=False)

    out = it.folder("transform-stream")
    transform.stream(it.spark, it.parquet, str(out), str(it.folder("check")), files_a_batch(it))
    it.equal("TRANSFORM, stream by batch", out, exact=True)

    sql(it)


def files_a_batch(it: Setup) -> int:
    return len(it.truth.cuts) // 4


def sql(it: Setup) -> None:
    """The template in SQL: with `spark-sql`, or its statements in this session, which takes less
    time and has the files already."""
    home, out = it.folder("sql"), it.folder("sql-verdicts")
    script = setup.EXAMPLES / "transform.sql"
    if it.full:
        home.mkdir()
        for file in (it.program, it.rules):
            os.symlink(file, home / file.name)
        variables = ["-d", f"posts={it.parquet}", "-d", f"verdicts={out}"]
        options = [*cluster.submit_options(it.scratch), *variables, "-f", str(script)]
        subprocess.run([cluster.SPARK_SQL, *options], cwd=home, check=True, stdout=subprocess.DEVNULL)
    else:
        it.spark.conf.set("posts", it.parquet)
        it.spark.conf.set("verdicts", str(out))
        for statement in script.read_text(encoding="utf-8").split(";\n"):
            if "ADD FILE" not in statement and statement.strip():
                it.spark.sql(statement).collect()
    it.equal("TRANSFORM, SQL", out, exact=True)
