"""Classifies posts in Parquet files with Spark and the program: a template for a job of yours.

    tidegate compile -o rules.tgc
    spark-submit --files tidegate,rules.tgc transform.py batch POSTS VERDICTS
    spark-submit --files tidegate,rules.tgc transform.py stream POSTS VERDICTS CHECKPOINT [--files N]

Nothing needs to be installed where the executors run: `--files` brings the program and one file
with all rules into their folder. POSTS is a folder of Parquet files whose columns are named as the
members of a post (`id`, `title`, `text`, `channel`, …). VERDICTS becomes a folder of Parquet
files with the columns `id` and `verdict`. The job fails unless there is a verdict for each post,
all of one engine and one rule set.
"""

from __future__ import annotations

import argparse

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from tidegate.spark import Completeness

# A partition of a stream may have one post. Without --max-errors, exit status 3 would refuse it
# again and again if it is unreadable.
COMMAND = "./tidegate scan --rules rules.tgc --stamp --threads 1 --max-errors 100%"


def transform(posts: DataFrame, command: str = COMMAND) -> DataFrame:
    """One row for each post, with the columns `id` and `verdict`; in order in each partition."""
    # JSON has no line ends, tabs or `\N` of its own, so that a post is always one line.
    lines = posts.select(F.to_json(F.struct("*")).alias("post"))
    lines.createOrReplaceTempView("tidegate_posts")
    verdicts = posts.sparkSession.sql(
        f"SELECT TRANSFORM(post) USING '{command}' AS (verdict STRING) FROM tidegate_posts"
    )
    return verdicts.select(F.get_json_object("verdict", "$.id").alias("id"), "verdict")


def batch(spark: SparkSession, posts: str, verdicts: str, command: str = COMMAND) -> None:
    """Classifies what is in the folder, and replaces the verdicts."""
    write_checked(spark.read.parquet(posts), verdicts, command)


def stream(
    spark: SparkSession,
    posts: str,
    verdicts: str,
    checkpoint: str,
    files: int = 100,
    command: str = COMMAND,
) -> None:
    """Classifies the files that are new since the last run, and ends.

    files: how many are read in a batch. Without `trigger` the stream waits for more.
    """

    def write(read: DataFrame, number: int) -> None:
        # A repeated batch replaces its own folder. An exception keeps the batch from being
        # committed: the next run repeats it.
        write_checked(read, f"{verdicts}/batch={number}", command)

    schema = spark.read.parquet(posts).schema
    source = spark.readStream.schema(schema).option("maxFilesPerTrigger", files)
    sink = source.parquet(posts).writeStream.foreachBatch(write)
    sink = sink.option("checkpointLocation", checkpoint).trigger(availableNow=True)
    sink.start().awaitTermination()


def write_checked(posts: DataFrame, verdicts: str, command: str) -> None:
    """Writes a folder, and fails unless it is complete. It is not to be used then."""
    counts = Completeness()
    judged = transform(counts.posts(posts), command)
    counts.verdicts(judged).write.mode("overwrite").parquet(verdicts)
    print(counts.check())


def main() -> None:
    parser = argparse.ArgumentParser(description="Classify posts in Parquet files with Spark.")
    parser.add_argument("mode", choices=["batch", "stream"])
    parser.add_argument("posts")
    parser.add_argument("verdicts")
    parser.add_argument("checkpoint", nargs="?", help="of a stream")
    parser.add_argument("--files", type=int, default=100, help="read in a batch of a stream")
    args = parser.parse_args()
    if (args.mode == "stream") != (args.checkpoint is not None):
        parser.error("a stream needs CHECKPOINT, a batch has none")

    spark = SparkSession.builder.getOrCreate()
    if args.mode == "batch":
        batch(spark, args.posts, args.verdicts)
    else:
        stream(spark, args.posts, args.verdicts, args.checkpoint, args.files)


if __name__ == "__main__":
    main()
