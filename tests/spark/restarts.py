"""kill -9 of a driver in the middle of a batch, and a restart with its checkpoint."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import cluster
import setup
from setup import Setup

WAIT = 120
"""Seconds until a step has to have happened."""


def run(it: Setup) -> None:
    driver(it, "mapInArrow", "job.py", [])
    if it.full:
        driver(it, "TRANSFORM", "transform.py", ["--files", f"{it.program},{it.rules}"])


def driver(it: Setup, way: str, script: str, options: list[str]) -> None:
    out, checkpoint = it.folder("restarted"), it.folder("check")
    command = [
        cluster.SPARK_SUBMIT, *cluster.submit_options(it.scratch), *options,
        str(setup.EXAMPLES / script), "stream", it.parquet, str(out), str(checkpoint), "--files=1",
    ]
    batches = len(it.truth.cuts)

    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    # A batch has one file. It is there, at least in part, before the batch is committed.
    wait_for(lambda: len(written(out)) > done(checkpoint) >= 2, process)
    running = list(cluster.tree(process.pid))
    # The executors are left to find out.
    cluster.kill_tree(process.pid, lambda it: it.kind not in ("executor", "worker", "filter"))
    process.wait()
    killed = done(checkpoint)
    assert killed < started(checkpoint), "killed between two batches"

    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert done(checkpoint) == batches, f"{done(checkpoint)} of {batches} batches"
    files = [Path(uri.removeprefix("file:")) for uri in it.committed(out)]
    equal = it.truth.compare(files, exact=way == "TRANSFORM")
    it.failure(
        f"kill -9 of the driver in batch {killed} of {batches}, restart",
        f"{way}, stream",
        f"{equal:,} equal; files {len(written(out))}, committed {len(files)}",
    )
    executors = [process.pid for process in running if process.kind == "executor"]
    wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in executors), None)


def started(checkpoint: Path) -> int:
    return count(checkpoint / "offsets")


def done(checkpoint: Path) -> int:
    return count(checkpoint / "commits")


def written(out: Path) -> list[Path]:
    """Files with verdicts, also of attempts that were killed."""
    return [file for file in out.rglob("*.parquet") if "_temporary" not in file.parts]


def count(folder: Path) -> int:
    """Batches in a log of the checkpoint, whose files are named by numbers."""
    return len([name for name in os.listdir(folder) if name.isdigit()]) if folder.is_dir() else 0


def wait_for(condition, process: subprocess.Popen | None) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, f"not within {WAIT} s"
        assert process is None or process.poll() is None, "the driver has ended by itself"
        time.sleep(0.005)
