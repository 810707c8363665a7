"""Columns of every library: one row in, one row out."""

import json

import numpy
import pandas
import polars
import pyarrow
import pytest
import tidegate
from conftest import ROOT, TEXT

ENGINE = tidegate.Engine()
TEXTS = ["hello", TEXT, "今天天气不错"]
ACTIONS = ["allow", "block", "allow"]


def rows(verdicts):
    return pyarrow.record_batch(verdicts).to_pylist()


@pytest.mark.parametrize(
    "column",
    [
        TEXTS,
        tuple(TEXTS),
        (text for text in TEXTS),
        numpy.array(TEXTS),
        numpy.array(TEXTS, dtype=object),
        pandas.Series(TEXTS),
        pandas.Series(TEXTS, dtype="category"),
        pandas.Series(TEXTS, dtype="string"),
        pandas.Index(TEXTS),
        polars.Series(TEXTS),
        polars.Series(TEXTS, dtype=polars.Categorical),
        pyarrow.array(TEXTS),
        pyarrow.array(TEXTS, pyarrow.large_string()),
        pyarrow.array(TEXTS, pyarrow.string_view()),
        pyarrow.array(TEXTS).dictionary_encode(),
        pyarrow.chunked_array([TEXTS[:1], TEXTS[1:]]),
        pyarrow.array(["x", *TEXTS, "y"])[1:4],
    ],
    ids=lambda column: type(column).__module__.split(".")[0] + "." + type(column).__name__,
)
def test_every_kind_of_column_has_the_same_verdicts(column):
    found = rows(ENGINE.classify_many(column, ids=[1, None, "c"]))
    assert [row["action"] for row in found] == ACTIONS
    assert [row["id"] for row in found] == ["1", None, "c"]
    assert found[1]["categories"] == list(ENGINE.classify(TEXT).categories)
    assert [json.loads(row["verdict"])["id"] for row in found] == [1, None, "c"]


@pytest.mark.parametrize(
    "column",
    [
        ["a", None, float("nan"), "b"],
        pandas.Series(["a", None, pandas.NA, "b"]),
        pandas.Series(["a", None, None, "b"], dtype="string"),
        numpy.array(["a", None, float("nan"), "b"], dtype=object),
        polars.Series(["a", None, None, "b"]),
        pyarrow.chunked_array([["a", None], [None, "b"]]),
        pyarrow.array(["a", None, None, "b"]).dictionary_encode(),
    ],
    ids=lambda column: type(column).__module__.split(".")[0] + "." + type(column).__name__,
)
def test_what_is_missing_is_unreadable(column):
    found = rows(ENGINE.classify_many(column))
    assert [row["action"] for row in found] == ["allow", "unreadable", "unreadable", "allow"]
    assert json.loads(found[1]["verdict"])["error"] == "no_text"


def test_columns_without_rows_and_without_values():
    for column in ([], pyarrow.array([], pyarrow.string()), pandas.Series([], dtype=object), polars.Series([], dtype=polars.String)):
        assert len(ENGINE.classify_many(column)) == 0
    assert [row["action"] for row in rows(ENGINE.classify_many(pyarrow.nulls(2)))] == ["unreadable"] * 2
    assert pyarrow.record_batch(ENGINE.classify_many([])).schema.names == ["id", "action", "categories", "verdict"]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("one text", "one text; use `classify`"),
        (b"bytes", "texts is bytes"),
        ({"a": 1}, "texts is dict"),
        ({"a", "b"}, "texts is set"),
        (5, "texts is int"),
        (None, "texts is NoneType"),
        (["a", b"b"], r"texts\[1\] is bytes.*decode it first"),
        (["a", 3], r"texts\[1\] is a number"),
        ([True], r"texts\[0\] is bool"),
        ([["a"]], r"texts\[0\] is list"),
        (pyarrow.array([1, 2]), "texts has the type Int64; expected strings"),
        (pyarrow.array([b"x"]), "type Binary"),
        (pyarrow.table({"t": ["a"]}), "type Struct"),
        (pandas.DataFrame({"t": ["a"]}), "Struct|DataFrame"),
        (polars.DataFrame({"t": ["a"]}), "Struct|DataFrame"),
        (polars.Series([1.5]), "type Float64"),
    ],
)
def test_other_columns_are_type_errors(column, message):
    with pytest.raises(TypeError, match=message):
        ENGINE.classify_many(column)


def test_a_verdict_depends_on_its_post_alone():
    texts = ["a", None, "好" * 400_000, ',"offset":5', None]
    ids = ["1", ',"offset":7', "3", "4", None]
    together = rows(ENGINE.classify_many(texts, ids=ids))
    alone = [rows(ENGINE.classify_many([text], ids=[id]))[0] for text, id in zip(texts, ids)]
    assert together == alone
    assert json.loads(together[1]["verdict"]) == {
        "id": ',"offset":7', "action": "unreadable", "error": "no_text", "detail": json.loads(alone[4]["verdict"])["detail"],
    }


def test_ids_are_as_many_as_texts():
    with pytest.raises(ValueError, match="1 ids for 2 texts"):
        ENGINE.classify_many(["a", "b"], ids=["x"])
    with pytest.raises(TypeError, match=r"ids\[1\] is list"):
        ENGINE.classify_many(["a", "b"], ids=["x", []])
    with pytest.raises(ValueError, match="expected 1 to 1024"):
        ENGINE.classify_many(["a"], threads=0)
    found = rows(ENGINE.classify_many(["a", "b"], ids=pyarrow.array([2**63, 1], pyarrow.uint64())))
    assert [row["id"] for row in found] == [str(2**63), "1"]


def test_strange_texts_are_read_as_the_program_reads_them(program):
    texts = ["\ud800 a", "a\udfff", "\U0001f600", "\0\x1b[31m", "a\u2028b\nc\rd", '"\\', "好" * 1_000_000, "a" * 1_000_000, ""]
    found = [row["verdict"] for row in rows(ENGINE.classify_many(texts, ids=range(len(texts))))]
    lines = "".join(json.dumps({"id": at, "text": text}) + "\n" for at, text in enumerate(texts))
    expected = program("scan", "--max-line", 1 << 20, "-", input=lines.encode()).decode().split("\n")[:-1]
    without_offsets = lambda lines: [{k: v for k, v in json.loads(line).items() if k not in ("offset", "id")} for line in lines]  # noqa: E731
    assert without_offsets(found) == without_offsets(expected)


def test_many_rows_are_equal_to_the_program_in_order(program):
    lines = (ROOT / "examples/labelled.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines] * 40
    lines = "".join(json.dumps({"id": at, "text": text}, ensure_ascii=False) + "\n" for at, text in enumerate(texts))
    expected = program("scan", "-", input=lines.encode()).decode().splitlines()
    for threads in (1, 2, 7):
        found = rows(ENGINE.classify_many(texts, ids=range(len(texts)), threads=threads))
        assert [row["verdict"] for row in found] == expected
        assert [row["action"] for row in found] == [json.loads(line)["action"] for line in expected]


def test_verdicts_are_read_by_every_library():
    verdicts = ENGINE.classify_many(TEXTS, ids=TEXTS)
    assert verdicts.column_names == ["id", "action", "categories", "verdict"]
    assert polars.DataFrame(verdicts)["action"].to_list() == ACTIONS
    assert tidegate.to_pandas(verdicts)["action"].tolist() == ACTIONS
    assert pyarrow.table(verdicts).num_rows == 3
    # Each call gives data of its own: what one consumer releases another may still read.
    first, second = pyarrow.record_batch(verdicts), pyarrow.record_batch(verdicts)
    del verdicts
    assert first.equals(second)


def test_a_stream_that_raises_is_an_exception():
    class Broken:
        def __arrow_c_stream__(self, requested_schema=None):
            raise RuntimeError("no data")

    with pytest.raises(RuntimeError, match="no data"):
        ENGINE.classify_many(Broken())

    class Lies:
        def __arrow_c_stream__(self, requested_schema=None):
            return "no capsule"

    with pytest.raises(TypeError):
        ENGINE.classify_many(Lies())


def test_parquet_goes_in_and_out(tmp_path):
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"id": ["a", "b", "c"], "text": TEXTS}), tmp_path / "in.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "in.parquet")
    verdicts = pyarrow.table(ENGINE.classify_many(table["text"], ids=table["id"]))
    pyarrow.parquet.write_table(verdicts, tmp_path / "out.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet")["action"].to_pylist() == ACTIONS
