"""`tidegate.spark`: columns and types, errors before a job starts, what is counted."""

from __future__ import annotations

import re
import shutil
from types import SimpleNamespace

import posts
from pyspark.sql import DataFrame, Row
from setup import Setup, refused

import tidegate
from tidegate.spark import Checked, Completeness, Incomplete, check, classify

PACK = """\
tidegate: 1
pack: spark-test
version: 2026.1.0
title: A rule of the driver
license: CC0-1.0
rules:
  - id: spark-test.harbour
    title: Harbour
    category: spam
    level: low
    match: { harbour: [harbour] }
    condition: harbour
    weight: 3
"""


def run(it: Setup) -> None:
    for case in (refusals, columns, large_types, empty, rules_of_the_driver, counts, progress, page):
        case(it)
        it.say(case.__name__.replace("_", " "), "as documented")


def some(it: Setup, *rows: tuple) -> DataFrame:
    return it.spark.createDataFrame(list(rows), "id long, text string, score double")


def refusals(it: Setup) -> None:
    """Errors of the caller, without a job."""
    df = some(it, (1, "a", 0.5))
    group = "refusals"
    it.spark.sparkContext.setJobGroup(group, group)
    assert "did you mean 'text'" in refused(lambda: classify(df, text="texts"), ValueError)
    assert "'key'" in refused(lambda: classify(df, id="key"), ValueError)
    assert "is double" in refused(lambda: classify(df, text="score"), TypeError)
    assert "is double" in refused(lambda: classify(df, id="score"), TypeError)
    raw = df.selectExpr("CAST(text AS BINARY) text")
    assert "CAST(text AS STRING)" in refused(lambda: classify(raw), TypeError)
    taken = df.selectExpr("text", "id AS Action")
    assert "'action'" in refused(lambda: classify(taken), ValueError)
    assert classify(taken, prefix="tg_").columns[-3:] == ["tg_action", "tg_categories", "tg_verdict"]
    assert "'text'" in refused(lambda: classify(df.selectExpr("text", "id AS TEXT")), ValueError)
    jobs = it.spark.sparkContext.statusTracker().getJobIdsForGroup(group)
    assert len(jobs) == 0, f"refusals have started {len(jobs)} jobs"
    it.spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)


def columns(it: Setup) -> None:
    df = some(it, (1, "plain", 0.5), (2, None, None), (None, "two\nlines", 1.5))
    out = classify(df, id="id")
    assert out.schema.simpleString() == (
        "struct<id:bigint,text:string,score:double,"
        "action:string,categories:array<string>,verdict:string>"
    ), out.schema.simpleString()
    rows = out.collect()
    assert [row[:3] for row in rows] == [row[:3] for row in df.collect()]
    assert [row.action for row in rows] == ["allow", "unreadable", "allow"]
    assert [row.categories for row in rows] == [[], [], []]
    assert rows[0].verdict.startswith('{"id":1,"action":"allow"'), rows[0].verdict
    assert rows[2].verdict.startswith('{"id":null,"action":"allow"'), rows[2].verdict
    named = classify(df.selectExpr("CAST(id AS STRING) id", "text"), id="id").first()
    assert named.verdict.startswith('{"id":"1","action":"allow"'), named.verdict


def large_types(it: Setup) -> None:
    """Arrow's large strings, which long columns need."""
    key = "spark.sql.execution.arrow.useLargeVarTypes"
    it.spark.conf.set(key, "true")
    assert classify(some(it, (1, "a", 0.5)), id="id").first().action == "allow"
    it.spark.conf.unset(key)


def empty(it: Setup) -> None:
    for df in (some(it), some(it, (1, "a", 0.5)).where("id > 5"), it.read().where("id < 0")):
        counted = Completeness()
        out = counted.verdicts(classify(counted.posts(df)))
        assert out.collect() == []
        assert counted.check() == Checked(0, 0, None, None)
        assert check(df, out) == Checked(0, 0, None, None)


def rules_of_the_driver(it: Setup) -> None:
    """A folder of rules that is gone when the job runs."""
    folder = it.folder("rules")
    folder.mkdir()
    (folder / "harbour.rules.yaml").write_text(PACK)
    engine = tidegate.Engine(rules=[str(folder)], default_rules=False, stamp=True)
    shutil.rmtree(folder)
    df = some(it, (1, "See you at the harbour.", 0.5), (2, "See you.", 0.5))
    rows = classify(df, engine=engine).collect()
    assert "spark-test.harbour" in rows[0].verdict, rows[0].verdict
    assert f'"ruleset":"{engine.ruleset}"' in rows[1].verdict, rows[1].verdict


def counts(it: Setup) -> None:
    """What `check` and `Completeness` find."""
    df = some(it, (1, "a", 0.5), (2, None, 0.5))
    engine = tidegate.Engine(stamp=True)
    out = classify(df, engine=engine).cache()
    expected = Checked(2, 1, engine.ruleset, engine.version)
    assert check(df, out) == check(2, out) == expected
    assert "3 posts, 2 verdicts" in refused(lambda: check(3, out), Incomplete)

    without = classify(df, engine=tidegate.Engine())
    assert "stamp=True" in refused(lambda: check(df, without), Incomplete)
    null = out.selectExpr("nullif(action, 'allow') verdict")
    assert "NULL" in refused(lambda: check(df, null), Incomplete)
    other = out.selectExpr(f"replace(verdict, '{engine.ruleset}', '00000000') verdict")
    both = out.select("verdict").union(other)
    assert "more than one" in refused(lambda: check(4, both), Incomplete)
    # What a post says is no stamp.
    forged = some(it, (1, '","ruleset":"00000000","engine":"9.9.9"}', 0.5))
    assert check(1, classify(forged, engine=engine)).ruleset == engine.ruleset

    counted = Completeness()
    lost = counted.verdicts(classify(counted.posts(df), engine=engine).where("text IS NULL"))
    lost.collect()
    assert "2 posts, 1 verdicts" in refused(counted.check, Incomplete)
    assert "nothing is counted" in refused(Completeness().check, ValueError)


class Progress(SimpleNamespace):
    """Of a batch, as Spark reports it."""

    def __getitem__(self, name: str) -> object:
        return getattr(self, name)


class Query:
    """A stream that has ended, or never ends, with these batches."""

    def __init__(self, *batches: Progress, ends: bool = True) -> None:
        self.recentProgress = list(batches)
        self.stopped = False
        self._ends = ends

    def awaitTermination(self, timeout: float) -> bool:
        return self._ends

    def stop(self) -> None:
        self.stopped = True


def batch(number: int, posts: int, verdicts: int, rules: str = "4b1c85f4") -> Progress:
    stamp = f'{rules}","engine":"0.1.0"}}'
    found = Row(rows=verdicts, verdicts=verdicts, first=stamp, last=stamp, unreadable=0)
    observed = {"tidegate_posts": Row(posts=posts), "tidegate_verdicts": found}
    return Progress(batchId=number, numInputRows=posts, observedMetrics=observed)


def connect(progress: Progress) -> Progress:
    """The same as Spark Connect reports it."""
    rows = {
        name: Row(
            values=list(row), schema={"fields": [{"name": field} for field in row.__fields__]}
        )
        for name, row in progress.observedMetrics.items()
    }
    return Progress(batchId=progress.batchId, numInputRows=None, observedMetrics=rows)


def progress(it: Setup) -> None:
    """What `Completeness.run` finds in the progress of a stream."""
    idle = Progress(batchId=2, numInputRows=0, observedMetrics={})
    # A stream that waits reports the batch that comes next, and later that batch.
    whole = Query(batch(0, 5, 5), batch(1, 2, 2), idle, batch(2, 3, 3), batch(2, 3, 3))
    assert Completeness().run(whole) == 10
    assert Completeness().run(Query(connect(batch(7, 5, 5)), connect(batch(8, 2, 2)))) == 7

    uncounted = Progress(batchId=4, numInputRows=3, observedMetrics={})
    for message, *batches in (
        ("batch 1: 4 posts, 3 verdicts", batch(0, 5, 5), batch(1, 4, 3)),
        ("batch 1: 4 posts, 3 verdicts", batch(0, 5, 5), connect(batch(1, 4, 3))),
        ("batch 1: verdicts of", batch(0, 5, 5), batch(1, 5, 5, "00000000")),
        ("before 3 was missed", batch(0, 5, 5), batch(3, 5, 5)),
        ("batch 4: nothing is counted", uncounted),
    ):
        query = Query(*batches, ends=False)
        found = refused(lambda: Completeness().run(query), Incomplete)
        assert message in found, found
        assert query.stopped


def page(it: Setup) -> None:
    """The Python of docs/spark.md, as it is there."""
    text = (posts.ROOT / "docs/spark.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    source = it.spark.readStream.schema(it.read().schema)
    few = f"id < {len(it.truth.cuts) * 100}"
    names = {"posts": it.read().where(few), "stream": source.parquet(it.parquet).where(few)}
    for block in blocks:
        exec(compile(block, "docs/spark.md", "exec"), names)
    total = names["posts"].count()
    for written in ("verdicts", "judged"):
        check(total, it.spark.read.parquet(str(it.scratch / written)))
