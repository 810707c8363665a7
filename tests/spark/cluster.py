"""Spark with two executors on this machine, and its processes: found, measured, killed."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

BIN = Path(pyspark.__file__).parent / "bin"
SPARK_SUBMIT, SPARK_SQL = str(BIN / "spark-submit"), str(BIN / "spark-sql")

# The executors use the interpreter of the driver, also below `spark-submit`.
os.environ["PYSPARK_PYTHON"] = sys.executable

TICK = os.sysconf("SC_CLK_TCK")

CONF = {
    "spark.master": "local-cluster[2,1,1024]",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # One partition for each file, so that partitions can be compared with files.
    "spark.sql.files.openCostInBytes": "128m",
    "spark.sql.files.maxPartitionBytes": "128m",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
}


def session(warehouse: Path, **more: str) -> SparkSession:
    """The session of this process."""
    builder = SparkSession.builder.appName("tidegate")
    for key, value in {**CONF, "spark.sql.warehouse.dir": str(warehouse), **more}.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def submit_options(warehouse: Path) -> list[str]:
    """The same configuration for `spark-submit` and `spark-sql`."""
    conf = {**CONF, "spark.sql.warehouse.dir": str(warehouse)}
    return [word for key, value in conf.items() for word in ("--conf", f"{key}={value}")]


# --- processes --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    ticks: int
    """CPU time of the process itself."""
    reaped: int
    """CPU time of its children that have ended."""
    command: str

    @property
    def kind(self) -> str:
        """`executor`, `driver`, `filter` (the program), `worker` (Python), or another word."""
        words = self.command.split("\0")
        name = os.path.basename(words[0])
        if name == "java":
            return "executor" if "CoarseGrainedExecutorBackend" in self.command else "driver"
        if name == "tidegate":
            return "filter"
        return "worker" if "pyspark.daemon" in words else name


def _processes() -> dict[int, Process]:
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            stat = Path("/proc", name, "stat").read_text()
            command = Path("/proc", name, "cmdline").read_text()
        except OSError:  # it has ended
            continue
        fields = stat.rpartition(")")[2].split()
        ticks = [int(field) for field in fields[11:15]]
        found[int(name)] = Process(
            int(name), int(fields[1]), ticks[0] + ticks[1], ticks[2] + ticks[3], command
        )
    return found


def tree(root: int) -> Iterator[Process]:
    """The processes below `root`, and `root`."""
    processes = _processes()
    children: dict[int, list[int]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process.pid)
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if pid in processes:
            yield processes[pid]
            waiting.extend(children.get(pid, []))


def cpu_seconds(root: int) -> float:
    """CPU time of the tree so far, with the children that have ended."""
    return sum(process.ticks + process.reaped for process in tree(root)) / TICK


# --- kills ------------------------------------------------------------------------------------


class Killer(threading.Thread):
    """Kills processes of one kind below `root` with SIGKILL, while a job runs.

    A process is killed when it has used `busy` seconds of CPU since it was first seen, so that
    it is at work. `killed` has the process ids.
    """

    def __init__(self, root: int, kind: str, times: int, busy: float = 0.05) -> None:
        super().__init__(daemon=True)
        self.killed: list[int] = []
        self._root, self._kind, self._times, self._busy = root, kind, times, busy
        self._ended = threading.Event()

    def run(self) -> None:
        before: dict[int, int] = {}
        while len(self.killed) < self._times and not self._ended.wait(0.01):
            for process in tree(self._root):
                if process.kind != self._kind or process.pid in self.killed:
                    continue
                start = before.setdefault(process.pid, process.ticks)
                if (process.ticks - start) / TICK >= self._busy:
                    os.kill(process.pid, signal.SIGKILL)
                    self.killed.append(process.pid)
                    break

    def end(self) -> int:
        """How many were killed."""
        self._ended.set()
        self.join()
        return len(self.killed)


@contextmanager
def killing(root: int, kind: str, times: int = 1, busy: float = 0.05) -> Iterator[Killer]:
    killer = Killer(root, kind, times, busy)
    killer.start()
    try:
        yield killer
    finally:
        killer.end()


def kill_tree(root: int, kinds: Callable[[Process], bool] = lambda process: True) -> int:
    """Kills `root` and what is below it with SIGKILL; returns how many processes."""
    victims = [process.pid for process in tree(root) if kinds(process)]
    for pid in victims:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return len(victims)
