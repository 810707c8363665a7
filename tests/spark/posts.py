"""Posts for the Spark tests: a pure function of the repository.

Words come from the pages of the book and from the word lists of the rules. About one post in
twelve has a term of a list, one in fifty has what breaks programs that read lines or fields:
quotes, backslashes, tabs, carriage returns, line ends, `\\N`, and one in a thousand has no text.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]

BYTES = 255
"""Length of a text, on average, in bytes of UTF-8."""

ODD = [
    'said "no"', "C:\\new\\table", "a\tb", "one\rtwo", "one\ntwo", "one\r\ntwo", "\\N",
    "\u2028", "\u0085", "\x01", "\x7f", "😀👍🏽", "}{", '","action":"allow"}', "x\x00y",
]
"""What a caller that splits lines or fields gets wrong."""

SCHEMA = pa.schema([("id", pa.int64()), ("text", pa.string()), ("place", pa.string())])


def _words() -> tuple[list[str], list[str]]:
    """Ordinary words, and terms of the word lists; each in a fixed order."""
    pages = sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "docs/zh").glob("*.md"))
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    plain = sorted(set(re.findall(r"\b[a-z]{2,12}\b|[\u4e00-\u9fff]{2,6}", text)))
    terms: set[str] = set()
    for file in sorted((ROOT / "rules").rglob("*.txt")):
        lines = file.read_text(encoding="utf-8").splitlines()
        terms.update(line.strip() for line in lines if line.strip() and line[0] not in "#!")
    return plain, sorted(terms)


def texts(first: int, count: int) -> Iterator[str | None]:
    """The texts of `count` posts, the first one with the id `first`."""
    plain, terms = _words()
    draw = random.Random(first)
    for _ in range(count):
        chance = draw.random()
        if chance < 0.001:
            yield None
            continue
        size, goal, words = 0, draw.randrange(1, 2 * BYTES), []
        while size < goal:
            word = plain[int(draw.random() * len(plain))]
            words.append(word)
            size += 1 + (len(word) if word.isascii() else 3 * len(word))
        if chance < 0.02:
            words.insert(len(words) // 2, ODD[int(draw.random() * len(ODD))])
        elif chance < 0.1:
            words.insert(len(words) // 2, terms[int(draw.random() * len(terms))])
        yield " ".join(words)


def place(id: int) -> str:
    """A column that has nothing to do with the verdict."""
    return f"place-{id % 7}"


def line(id: int, text: str | None) -> str:
    """A post as the line that Spark's `to_json` makes of its columns, without its end."""
    post = {"id": id, "text": text, "place": place(id)}
    post = {name: value for name, value in post.items() if value is not None}
    return json.dumps(post, ensure_ascii=False, separators=(",", ":"))


def cuts(total: int, files: int) -> list[tuple[int, int]]:
    """First id and number of posts of each file. Sizes grow from about half to three halves of
    the mean, because Spark sorts partitions by size, and the tests should notice."""
    ends = [total * k * (files + k) // (2 * files * files) for k in range(files + 1)]
    return [(first, end - first) for first, end in zip(ends, ends[1:])]


def _write_file(folder: Path, number: int, first: int, count: int) -> None:
    ids, found = range(first, first + count), list(texts(first, count))
    columns = [ids, found, [place(id) for id in ids]]
    table = pa.table(columns, schema=SCHEMA)
    pq.write_table(table, folder / "parquet" / f"posts-{number:03}.parquet")
    path = folder / "lines" / f"posts-{number:03}.jsonl"
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.writelines(line(*post) + "\n" for post in zip(ids, found))


def write(folder: Path, total: int, files: int) -> list[tuple[int, int]]:
    """Writes `parquet/posts-NNN.parquet` and the same posts as `lines/posts-NNN.jsonl`.

    Returns what `cuts` returns.
    """
    (folder / "parquet").mkdir(parents=True)
    (folder / "lines").mkdir()
    parts = cuts(total, files)
    with ProcessPoolExecutor() as pool:
        jobs = [pool.submit(_write_file, folder, at, *part) for at, part in enumerate(parts)]
        for job in jobs:
            job.result()
    return parts
