"""Classifies posts in Parquet files with Spark: a template for a job of yours.

    spark-submit job.py batch POSTS VERDICTS [--rules PATH]…
    spark-submit job.py stream POSTS VERDICTS CHECKPOINT [--files N] [--rules PATH]…

POSTS is a folder of Parquet files with a column `text`, and perhaps one `id`. VERDICTS becomes a
folder of Parquet files with the columns of POSTS and `action`, `categories`, `verdict`. The job
fails unless there is a verdict for each post, all of one engine and one rule set. `tidegate` has to
be installed where the executors run; the rules only where this script runs.
"""

from __future__ import annotations

import argparse

from pyspark.sql import DataFrame, SparkSession

import tidegate
from tidegate.spark import Completeness, classify


def batch(spark: SparkSession, posts: str, verdicts: str, engine: tidegate.Engine) -> None:
    """Classifies what is in the folder, and replaces the verdicts."""
    read = spark.read.parquet(posts)
    counts = Completeness()
    judged = classify(counts.posts(read), text="text", id=id_of(read), engine=engine)
    counts.verdicts(judged).write.mode("overwrite").parquet(verdicts)
    # An exception here makes spark-submit fail. The verdicts are not to be used then.
    print(counts.check())


def stream(
    spark: SparkSession,
    posts: str,
    verdicts: str,
    checkpoint: str,
    engine: tidegate.Engine,
    files: int = 100,
) -> None:
    """Classifies the files that are new since the last run, and ends.

    files: how many are read in a batch. Without `trigger` the stream waits for more.
    """
    schema = spark.read.parquet(posts).schema
    source = spark.readStream.schema(schema).option("maxFilesPerTrigger", files)
    read = source.parquet(posts)
    counts = Completeness()
    judged = classify(counts.posts(read), text="text", id=id_of(read), engine=engine)
    sink = counts.verdicts(judged).writeStream.format("parquet")
    sink = sink.option("checkpointLocation", checkpoint).trigger(availableNow=True)
    print(counts.run(sink.start(verdicts)), "posts")


def id_of(posts: DataFrame) -> str | None:
    return "id" if "id" in posts.columns else None


def main() -> None:
    parser = argparse.ArgumentParser(description="Classify posts in Parquet files with Spark.")
    parser.add_argument("mode", choices=["batch", "stream"])
    parser.add_argument("posts")
    parser.add_argument("verdicts")
    parser.add_argument("checkpoint", nargs="?", help="of a stream")
    parser.add_argument("--files", type=int, default=100, help="read in a batch of a stream")
    parser.add_argument("--rules", action="append", default=[], metavar="PATH")
    args = parser.parse_args()
    if (args.mode == "stream") != (args.checkpoint is not None):
        parser.error("a stream needs CHECKPOINT, a batch has none")

    engine = tidegate.Engine(rules=args.rules, stamp=True)
    spark = SparkSession.builder.getOrCreate()
    if args.mode == "batch":
        batch(spark, args.posts, args.verdicts, engine)
    else:
        stream(spark, args.posts, args.verdicts, args.checkpoint, engine, args.files)


if __name__ == "__main__":
    main()
