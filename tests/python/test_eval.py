"""Evaluation of labelled frames: the figures of the program."""

import json

import pandas
import polars
import pyarrow
import pytest
import tidegate
from conftest import ROOT

ENGINE = tidegate.Engine()
LABELS = ROOT / "examples/labels.yaml"
ROWS = [json.loads(line) for line in (ROOT / "examples/labelled.jsonl").open(encoding="utf-8")]
DATA = {"text": [row["text"] for row in ROWS], "label": [row.get("label") for row in ROWS]}


@pytest.mark.parametrize("frame", [DATA, pandas.DataFrame(DATA), polars.DataFrame(DATA), pyarrow.table(DATA)])
def test_figures_are_those_of_the_program(frame, program):
    found = tidegate.eval(ENGINE, frame, labels=LABELS)
    expected = json.loads(program("eval", "--json", "--labels", LABELS, ROOT / "examples/labelled.jsonl"))
    own = {"sets", "misses", "false_alarms", "curves"}
    assert found.report["all"]["categories"] == expected["all"]["categories"]
    assert found.report.keys() >= own
    kind = {dict: list, pandas.DataFrame: pandas.DataFrame, polars.DataFrame: polars.DataFrame, pyarrow.Table: pyarrow.Table}
    assert isinstance(found.categories, kind[type(frame)])
    row = next(row for row in found.rows() if row["category"] == "gambling")
    assert row["right"] == 2 and row["recall"] == 1.0 and 0 < row["recall_low"] < row["recall_high"] <= 1
    assert "<td>gambling</td>" in found._repr_html_()


def test_labels_may_be_a_dictionary():
    labels = {"tidegate": 1, "kind": "labels", "labels": {"bad": "gambling", "good": "none"}}
    frame = pandas.DataFrame({"body": ["注册就送88彩金，加微信 lucky_88x", "hello"], "kind": ["bad", "good"]})
    found = tidegate.eval(ENGINE, frame, text="body", label="kind", labels=labels)
    assert found.rows()[0]["recall"] == 1.0


def test_wrong_frames_and_labels():
    with pytest.raises(KeyError, match="no column 'kind'"):
        tidegate.eval(ENGINE, pandas.DataFrame(DATA), label="kind", labels=LABELS)
    with pytest.raises(KeyError, match="no column 'kind'"):
        tidegate.eval(ENGINE, polars.DataFrame(DATA), label="kind", labels=LABELS)
    with pytest.raises(ValueError, match="martian"):
        tidegate.eval(ENGINE, {"text": ["a"], "label": ["martian"]}, labels=LABELS)
    with pytest.raises(tidegate.RuleError) as raised:
        tidegate.eval(ENGINE, DATA, labels={"tidegate": 1, "kind": "labels", "labels": {"a": "no-such"}})
    assert raised.value.diagnostics[0].file == "labels"
    with pytest.raises(TypeError, match="expected a path or a dictionary"):
        tidegate.eval(ENGINE, DATA, labels=5)
    with pytest.raises(FileNotFoundError):
        tidegate.eval(ENGINE, DATA, labels="no-such.yaml")
