"""What the program answers on this machine, file by file, and comparisons with it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pyarrow.parquet as pq


class Unequal(AssertionError):
    """Spark's result is not that of the local run."""


def run(program: Path, rules: Path, posts: Path) -> list[str]:
    """The verdicts of the program for a file of lines."""
    command = [program, "scan", "--rules", rules, "--stamp", "--max-errors", "100%", posts]
    found = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    return found.stdout.removesuffix("\n").split("\n")


def _placeless(verdict: str) -> dict:
    members = json.loads(verdict)
    members.pop("offset", None)
    return members


class Truth:
    """The verdicts of a local run for each file of posts."""

    def __init__(self, program: Path, rules: Path, data: Path, cuts: list[tuple[int, int]]) -> None:
        files = sorted((data / "lines").iterdir())
        self.cuts = cuts
        self.posts = sum(count for _, count in cuts)
        self.verdicts = [run(program, rules, file) for file in files]
        self.tables = [pq.read_table(file) for file in sorted((data / "parquet").iterdir())]
        lengths = [len(verdicts) for verdicts in self.verdicts]
        assert lengths == [count for _, count in cuts], lengths

    def compare(self, files: list[Path], exact: bool) -> int:
        """Compares written Parquet files. Each has to be one file of posts, in order; together
        they have to be all of them, once.

        exact: byte for byte. Otherwise the byte offset of unreadable lines, which an API
            without lines cannot have, is not compared.

        Returns the number of verdicts.
        """
        seen = []
        for file in files:
            # Columns of folder names, such as `batch=3`, are not in the file.
            table = pq.ParquetFile(file).read()
            if table.num_rows == 0:
                continue
            verdicts = table.column("verdict").to_pylist()
            first = json.loads(verdicts[0])["id"]
            at = next((at for at, cut in enumerate(self.cuts) if cut[0] == first), None)
            if at is None:
                raise Unequal(f"{file.name} begins with the post {first}, no file does")
            seen.append(at)
            self._partition(file.name, at, verdicts, exact)
            if "action" in table.column_names:
                self._columns(file.name, at, table, verdicts)
        if sorted(seen) != list(range(len(self.cuts))):
            raise Unequal(f"files of posts that were found: {sorted(seen)}")
        return self.posts

    def _partition(self, name: str, at: int, verdicts: list[str], exact: bool) -> None:
        expected = self.verdicts[at]
        if verdicts == expected:
            return
        if len(verdicts) != len(expected):
            raise Unequal(f"{name}: {len(verdicts)} verdicts, expected {len(expected)}")
        for row, (one, other) in enumerate(zip(verdicts, expected)):
            if one != other and (exact or _placeless(one) != _placeless(other)):
                raise Unequal(f"{name}, row {row}: {one}\nexpected {other}")

    def _columns(self, name: str, at: int, table, verdicts: list[str]) -> None:
        """The columns next to the verdict."""
        posts = self.tables[at]
        for column in posts.column_names:
            if table.column(column).to_pylist() != posts.column(column).to_pylist():
                raise Unequal(f"{name}: the column {column} has changed")
        members = [json.loads(verdict) for verdict in verdicts]
        actions = [member["action"] for member in members]
        categories = [list(member.get("categories", {})) for member in members]
        if table.column("action").to_pylist() != actions:
            raise Unequal(f"{name}: action and verdict differ")
        if table.column("categories").to_pylist() != categories:
            raise Unequal(f"{name}: categories and verdict differ")
