"""CPU time and wall time per record, of the engine and of Spark around it."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import cluster
from pyspark.sql import DataFrame
from setup import Setup

import tidegate
import transform
from tidegate.spark import Completeness, classify

RUNS = 3
"""After one that is not counted: code of the JVM is compiled while it runs."""


def run(it: Setup) -> None:
    engine = tidegate.Engine(stamp=True)
    text_bytes = sum(table.column("text").nbytes for table in it.truth.tables)
    posts = it.truth.posts
    print(f"  {posts:,} posts, {text_bytes / posts:.0f} bytes of text each; median of {RUNS} runs")
    print("\n| what | CPU µs a post | posts a second |\n|---|---|---|")
    ways: list[tuple[str, Callable[[], object]]] = [
        ("the program, one thread, no Spark", lambda: program(it)),
        ("`classify_many`, one thread, no Spark", lambda: columns(it, engine)),
        ("Spark: reading Parquet", lambda: write(it.read())),
        ("TRANSFORM with `cat`", lambda: write(transform.transform(it.read(), "cat"))),
        ("TRANSFORM with the program", lambda: write(transform.transform(it.read()))),
        ("mapInArrow, rows unchanged", lambda: write(unchanged(it.read()))),
        ("mapInArrow, `classify`", lambda: write(classify(it.read(), id="id", engine=engine))),
        ("the same with `Completeness`", lambda: write(counted(it.read(), engine))),
    ]
    for name, action in ways:
        cpu, wall = measure(action)
        print(f"| {name} | {1e6 * cpu / posts:.2f} | {posts / wall:,.0f} |", flush=True)
    workers = [it.pid for it in cluster.tree(os.getpid()) if it.kind == "worker"]
    print(f"\n  peak memory of a worker process: {max(map(peak, workers)) / 1e6:.0f} MB")


def measure(action: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds of all processes, and seconds: the median of some runs."""
    action()
    cpu, wall = [], []
    for _ in range(RUNS):
        before, start = cluster.cpu_seconds(os.getpid()), time.monotonic()
        action()
        wall.append(time.monotonic() - start)
        cpu.append(cluster.cpu_seconds(os.getpid()) - before)
    return statistics.median(cpu), statistics.median(wall)


def program(it: Setup) -> None:
    command = [it.program, "scan", "--rules", it.rules, "--stamp", "--threads", "1", "--quiet"]
    files = sorted((it.data / "lines").iterdir())
    subprocess.run([*command, *files], check=True, stdout=subprocess.DEVNULL)


def columns(it: Setup, engine: tidegate.Engine) -> None:
    for table in it.truth.tables:
        for batch in table.to_batches(10_000):
            engine.classify_many(batch.column("text"), ids=batch.column("id"), threads=1)


def write(df: DataFrame) -> None:
    """Runs the job; the rows go nowhere."""
    df.write.format("noop").mode("overwrite").save()


def unchanged(df: DataFrame) -> DataFrame:
    return df.mapInArrow(lambda batches: batches, df.schema)


def counted(df: DataFrame, engine: tidegate.Engine) -> DataFrame:
    counts = Completeness()
    return counts.verdicts(classify(counts.posts(df), id="id", engine=engine))


def peak(pid: int) -> int:
    """The most memory that a process had, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
