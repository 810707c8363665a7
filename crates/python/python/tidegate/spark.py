"""Verdicts for Spark DataFrames, batch and Structured Streaming.

    from tidegate.spark import Completeness, classify

    counts = Completeness()
    verdicts = counts.verdicts(classify(counts.posts(posts), text="text", id="id"))
    verdicts.write.parquet("verdicts")
    counts.check()

The package has to be installed where the executors run, in the same build as on the driver. The
rules are shipped by the driver: no file is needed on the executors.
"""

from __future__ import annotations

import difflib
import hashlib
import pickle
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
from pyspark.sql import DataFrame, Observation, Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

import tidegate

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql.streaming import StreamingQuery

__all__ = ["Checked", "Completeness", "Incomplete", "check", "classify"]

COLUMNS = ("action", "categories", "verdict")
"""The columns that `classify` adds, in this order."""

ENGINES_MAX = 4
"""Engines that a worker process keeps. The embedded rules need about 30 MB each."""

ID_TYPES = (T.StringType, T.ByteType, T.ShortType, T.IntegerType, T.LongType)
"""Column types of ids: those that keep their form in the JSON of a verdict."""

STAMP = re.compile(r'([0-9a-f]{8})","engine":"([^"\\]+)"\}+')
"""What follows `"ruleset":"` in a verdict with a stamp: its last two members."""


class Incomplete(RuntimeError):
    """The verdicts are not one for each post, or not all of one engine and one rule set."""


# --- classification -------------------------------------------------------------------------


def classify(
    df: DataFrame,
    text: str = "text",
    id: str | None = None,
    engine: tidegate.Engine | None = None,
    *,
    prefix: str = "",
) -> DataFrame:
    """Adds a verdict to each row: the columns `action`, `categories` and `verdict`.

    df: batch or streaming. All its columns are kept, and pass through the Python process:
        select the needed ones before.
    text: the column with the text, a string. NULL gives the action `unreadable`.
    id: the column with the id for the verdict, a string or an integer.
    engine: default `tidegate.Engine(stamp=True)`, the embedded rules. `Completeness` needs
        verdicts with a stamp.
    prefix: goes before the names of the new columns.

    Returns the DataFrame with `action` (string), `categories` (array of string) and `verdict`
    (string: the line of JSON that the program writes). Order and partitions are kept, and the
    action runs in one thread a task.

    Raises ValueError for a column that is missing or exists already, TypeError for a column of
    another type; both before any job starts. A worker with another build of the package fails
    its task with `tidegate.BuildMismatch`.
    """
    added = [prefix + name for name in COLUMNS]
    text_at = _column(df, text, "text", (T.StringType, T.CharType, T.VarcharType))
    id_at = None if id is None else _column(df, id, "id", ID_TYPES)
    _names_are_free(df, added)
    rules = _Rules.of(df, tidegate.Engine(stamp=True) if engine is None else engine)

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        # The body is in the module, which the worker imports, and with it the cache of engines.
        return _judge(batches, rules, text_at, id_at, added)

    types = (T.StringType(), T.ArrayType(T.StringType()), T.StringType())
    fields = [T.StructField(name, kind) for name, kind in zip(added, types)]
    return df.mapInArrow(judge, T.StructType([*df.schema.fields, *fields]))


def _column(df: DataFrame, name: str, what: str, types: tuple[type, ...]) -> int:
    """The place of a column of one of these types."""
    names = df.columns
    if name not in names:
        near = difflib.get_close_matches(name, names, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"no column {name!r} for {what}=; the columns are {names}{hint}")
    place: int = names.index(name)
    kind = df.schema.fields[place].dataType
    if not isinstance(kind, types):
        wanted = "a string" if len(types) == 3 else "a string or an integer"
        hint = f'; use CAST({name} AS STRING)' if isinstance(kind, T.BinaryType) else ""
        raise TypeError(
            f"column {name!r} for {what}= is {kind.simpleString()}, expected {wanted}{hint}"
        )
    return place


def _names_are_free(df: DataFrame, added: list[str]) -> None:
    names = [name.lower() for name in df.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"several columns are called {twice}; rename or drop them")
    taken = [name for name in added if name.lower() in names]
    if taken:
        raise ValueError(f"columns {taken} exist already; drop them, or give a prefix=")


def _judge(
    batches: Iterator[pa.RecordBatch],
    rules: _Rules,
    text: int,
    id: int | None,
    added: list[str],
) -> Iterator[pa.RecordBatch]:
    """One partition, in a worker process. `text` and `id` are places of columns."""
    engine = rules.engine()
    for batch in batches:
        ids = None if id is None else batch.column(id)
        # Spark runs a task on each core.
        answer = engine.classify_many(batch.column(text), ids=ids, threads=1)
        verdicts = pa.record_batch(answer)
        if verdicts.num_rows != batch.num_rows:
            raise Incomplete(f"{batch.num_rows} posts, {verdicts.num_rows} verdicts")
        columns = [*batch.columns, *(verdicts.column(name) for name in COLUMNS)]
        yield pa.RecordBatch.from_arrays(columns, names=[*batch.schema.names, *added])


# --- rules on their way to the workers --------------------------------------------------------


class _Source(Protocol):
    """Where a worker gets the bytes of an engine from."""

    @property
    def value(self) -> bytes: ...


@dataclass(frozen=True)
class _Inline:
    """Bytes that travel with the function, where there are no broadcasts (Spark Connect)."""

    value: bytes


@dataclass(frozen=True)
class _Rules:
    """An engine as pickled bytes: the compiled rule set and its configuration."""

    key: str
    """SHA-256 of the bytes, in hexadecimal."""
    source: _Source

    @staticmethod
    def of(df: DataFrame, engine: tidegate.Engine) -> _Rules:
        data = pickle.dumps(engine, protocol=pickle.HIGHEST_PROTOCOL)
        key = hashlib.sha256(data).hexdigest()
        try:
            context = df.sparkSession.sparkContext
        except AttributeError:  # Spark Connect has no context
            return _Rules(key, _Inline(data))
        place = (context.applicationId, key)
        if place not in _broadcasts:
            # Those of an application that has ended are of no use.
            for old in [it for it in _broadcasts if it[0] != place[0]]:
                del _broadcasts[old]
            _broadcasts[place] = context.broadcast(data)
        return _Rules(key, _broadcasts[place])

    def engine(self) -> tidegate.Engine:
        """The engine of this process. The bytes are read only if it is not loaded yet."""
        engine = _engines.pop(self.key, None)
        if engine is None:
            engine = pickle.loads(self.source.value)
        _engines[self.key] = engine  # the last one is the most recent
        while len(_engines) > ENGINES_MAX:
            _engines.popitem(last=False)
        return engine


_broadcasts: dict[tuple[str, str], Broadcast[bytes]] = {}
"""Of this driver, by application and key: a query that classifies each batch ships rules once."""

_engines: OrderedDict[str, tidegate.Engine] = OrderedDict()
"""Of this worker process, by key."""


# --- completeness -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """What a complete result consists of."""

    posts: int
    """Posts read, which is the number of verdicts."""
    unreadable: int
    """Verdicts with the action `unreadable`."""
    ruleset: str | None
    """The hash of the rule set, eight hex digits; None without posts."""
    engine: str | None
    """The version of the engine; None without posts."""


def _posts_metrics() -> list[Any]:
    return [F.count(F.lit(1)).alias("posts")]


def _verdict_metrics(column: str) -> list[Any]:
    # Quotes in strings of a verdict are escaped, so neither text can come from a post.
    verdict = F.col(column)
    stamp = F.substring_index(verdict, '"ruleset":"', -1)
    unreadable = F.contains(verdict, F.lit('"action":"unreadable"'))
    return [
        F.count(F.lit(1)).alias("rows"),
        F.count(verdict).alias("verdicts"),
        F.min(stamp).alias("first"),
        F.max(stamp).alias("last"),
        F.count_if(unreadable).alias("unreadable"),
    ]


def _checked(where: str, posts: int, found: dict[str, Any]) -> Checked:
    """Judges metrics. `where` goes before the message, such as "batch 7: "."""
    rows, verdicts = found["rows"], found["verdicts"]
    if rows != posts:
        raise Incomplete(f"{where}{posts} posts, {rows} verdicts")
    if verdicts != rows:
        raise Incomplete(f"{where}{rows - verdicts} of {rows} verdicts are NULL")
    if rows == 0:
        return Checked(0, 0, None, None)
    first, last = (STAMP.fullmatch(found[name]) for name in ("first", "last"))
    if first is None or last is None:
        raise Incomplete(
            f"{where}verdicts without ruleset and engine; "
            "use Engine(stamp=True), or the program with --stamp"
        )
    ruleset, engine = first.groups()
    if last.groups() != first.groups():
        raise Incomplete(
            f"{where}verdicts of more than one engine or rule set: "
            f"engine {engine} with rules {ruleset}, engine {last[2]} with rules {last[1]}"
        )
    return Checked(posts, found["unreadable"], ruleset, engine)


def check(posts: DataFrame | int, verdicts: DataFrame, column: str = "verdict") -> Checked:
    """Counts what is stored: as many verdicts as posts, of one engine and one rule set.

    posts: a batch DataFrame, or how many there are.
    verdicts: a batch DataFrame, usually read from where the job has written.
    column: the one with the verdicts, lines of JSON with a stamp.

    Runs one job, or two. Raises Incomplete.
    """
    total = posts if isinstance(posts, int) else posts.count()
    return _checked("", total, verdicts.agg(*_verdict_metrics(column)).first().asDict())


class Completeness:
    """Counts posts and verdicts while a job runs, without a further pass over the data.

    Put `posts` before the classification and `verdicts` after it, with nothing between them that
    drops or repeats rows, and no shuffle after them, whose retries would count twice. After a
    batch job call `check`; for a stream call `run` instead of `query.awaitTermination`.
    """

    def __init__(self, name: str = "tidegate") -> None:
        """name: of the metrics `NAME_posts` and `NAME_verdicts`; unique in a query."""
        self._names = (f"{name}_posts", f"{name}_verdicts")
        self._observations: dict[str, Observation] = {}

    def posts(self, df: DataFrame) -> DataFrame:
        """The same rows, counted as posts."""
        return self._observed(df, self._names[0], _posts_metrics())

    def verdicts(self, df: DataFrame, column: str = "verdict") -> DataFrame:
        """The same rows, counted as verdicts. `column`: the lines of JSON with a stamp."""
        return self._observed(df, self._names[1], _verdict_metrics(column))

    def _observed(self, df: DataFrame, name: str, metrics: list[Any]) -> DataFrame:
        if df.isStreaming:
            return df.observe(name, *metrics)
        self._observations[name] = Observation(name)
        return df.observe(self._observations[name], *metrics)

    def check(self) -> Checked:
        """What the first action on the counted DataFrame has written.

        Waits for the action if none has run yet. Raises Incomplete.
        """
        metrics = {name: it.get for name, it in self._observations.items()}
        checked = self._of(metrics, "")
        if checked is None:
            raise ValueError("nothing is counted: use posts() and verdicts() of this object")
        return checked

    def check_progress(self, progress: Any) -> Checked | None:
        """What one batch of a stream has written: an element of `query.recentProgress`.

        None if there was no batch. Raises Incomplete.
        """
        where = f"batch {progress['batchId']}: "
        observed = progress["observedMetrics"] or {}
        checked = self._of({name: _members(row) for name, row in observed.items()}, where)
        if checked is None and (progress.numInputRows or 0) > 0:
            raise Incomplete(f"{where}nothing is counted: use posts() and verdicts()")
        return checked

    def _of(self, metrics: dict[str, dict[str, Any]], where: str) -> Checked | None:
        posts, verdicts = (metrics.get(name) for name in self._names)
        if posts is None and verdicts is None:
            return None
        # Spark leaves a metric out of a plan that it knows to be empty.
        nothing = {"rows": 0, "verdicts": 0, "unreadable": 0}
        return _checked(where, (posts or {"posts": 0})["posts"], verdicts or nothing)

    def run(self, query: StreamingQuery, poll: float = 1.0) -> int:
        """Waits until the stream ends, and checks each batch after its commit.

        poll: seconds between two looks at the progress. Spark remembers that of the last 100
        batches (`spark.sql.streaming.numRecentProgressUpdates`).

        Returns the number of posts. Raises Incomplete, after the query was stopped, if a batch
        is incomplete or its progress was missed; what the query itself raises; and Incomplete
        if the verdicts of two batches are of different engines or rule sets.
        """
        state = _Followed()
        try:
            ended = False
            while not ended:
                ended = query.awaitTermination(poll)
                for progress in query.recentProgress:
                    state.take(progress["batchId"], self.check_progress(progress))
        except Incomplete:
            query.stop()
            raise
        return state.posts


def _members(row: Row) -> dict[str, Any]:
    """The metrics of a row. Spark Connect sends them with their schema."""
    members: dict[str, Any] = row.asDict()
    if set(members) == {"schema", "values"}:
        names = (field["name"] for field in members["schema"]["fields"])
        return dict(zip(names, members["values"]))
    return members


class _Followed:
    """What was seen of a stream."""

    def __init__(self) -> None:
        self.posts = 0
        self._checked = -1
        self._seen: int | None = None
        self._pair: tuple[str | None, str | None] | None = None

    def take(self, batch: int, checked: Checked | None) -> None:
        """The progress of a batch, or that a batch waits for data (`checked` is None)."""
        if batch <= self._checked:
            return
        if self._seen is not None and batch > self._seen + 1:
            raise Incomplete(f"the progress of batches before {batch} was missed; lower poll=")
        self._seen = batch
        if checked is None:
            return
        self._checked = batch
        self.posts += checked.posts
        if checked.posts == 0:
            return
        pair = (checked.ruleset, checked.engine)
        if self._pair not in (None, pair):
            raise Incomplete(f"batch {batch}: verdicts of {pair}, those before of {self._pair}")
        self._pair = pair
