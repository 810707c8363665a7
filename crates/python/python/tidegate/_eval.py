"""Evaluation of an engine on a labelled frame."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from ._engine import Engine, PathLike


class Evaluation:
    """Precision and recall with intervals, as ``tidegate eval --json`` reports them."""

    def __init__(self, report: str, kind: str) -> None:
        self.json: str = report
        """The whole report as one JSON object."""
        self._kind = kind

    @property
    def report(self) -> dict[str, Any]:
        """The whole report as a dictionary."""
        report: dict[str, Any] = json.loads(self.json)
        return report

    def rows(self) -> list[dict[str, Any]]:
        """One row for each category: ``category``, ``right``, ``missed``, ``wrong``, ``precision``,
        ``precision_low``, ``precision_high``, ``recall``, ``recall_low``, ``recall_high``, ``f1``. Rates are
        shares from 0 to 1, and ``None`` where there is nothing to count; the bounds are the Wilson interval
        of 95 %."""
        return [_row(each) for each in self.report["all"]["categories"]]

    @property
    def categories(self) -> Any:
        """:meth:`rows` as a frame of the library of the labelled frame; a list without one."""
        return _frame(self.rows(), self._kind)

    @property
    def misses(self) -> Any:
        """Labelled posts that were not found, the worst first, as a frame."""
        return _frame([_example(each) for each in self.report["misses"]], self._kind)

    @property
    def false_alarms(self) -> Any:
        """Harmless posts that were found, the worst first, as a frame."""
        return _frame([_example(each) for each in self.report["false_alarms"]], self._kind)

    def _repr_html_(self) -> str:
        from html import escape

        rows = self.rows()
        if not rows:
            return "<p>no category</p>"
        head = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
        body = ""
        for row in rows:
            cells = "".join(f"<td>{escape(_shown(value))}</td>" for value in row.values())
            body += f"<tr>{cells}</tr>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __repr__(self) -> str:
        rows = self.report["all"]["rows"]
        return f"<Evaluation of {rows} rows, {len(self.rows())} categories>"


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _rate(each: Mapping[str, Any], name: str) -> dict[str, Any]:
    rate = each.get(name) or {}
    low, high = rate.get("interval") or (rate.get("low"), rate.get("high"))
    return {name: rate.get("value"), f"{name}_low": low, f"{name}_high": high}


def _row(each: Mapping[str, Any]) -> dict[str, Any]:
    f1 = each.get("f1") or {}
    return {
        "category": " ".join(each["categories"]),
        "right": each["right"],
        "missed": each["missed"],
        "wrong": each["wrong_harmless"] + each["wrong_elsewhere"],
        **_rate(each, "precision"),
        **_rate(each, "recall"),
        "f1": f1.get("value") if isinstance(f1, Mapping) else f1,
    }


def _example(each: Mapping[str, Any]) -> dict[str, Any]:
    return dict(each)


def _frame(rows: list[dict[str, Any]], kind: str) -> Any:
    if kind == "pandas":
        import pandas

        return pandas.DataFrame(rows)
    if kind == "polars":
        import polars

        return polars.DataFrame(rows)
    if kind == "pyarrow":
        import pyarrow

        return pyarrow.Table.from_pylist(rows)
    return rows


def _column(frame: Any, name: str) -> list[Any]:
    try:
        column = frame[name]
    except (KeyError, TypeError, IndexError):
        column = None
    except Exception as error:  # polars raises its own
        if type(error).__name__ != "ColumnNotFoundError":
            raise
        column = None
    if column is None:
        raise KeyError(f"the frame has no column {name!r}")
    for method in ("to_pylist", "to_list", "tolist"):
        if hasattr(column, method):
            values: list[Any] = getattr(column, method)()
            return values
    return list(column)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _labels(labels: Any) -> tuple[str, str]:
    if isinstance(labels, (str, os.PathLike)):
        name = os.fspath(labels)
        with open(name, encoding="utf-8-sig") as file:
            return name, file.read()
    if isinstance(labels, Mapping):
        # JSON is YAML.
        return "labels", json.dumps(labels, ensure_ascii=False)
    raise TypeError(f"labels is {type(labels).__name__}; expected a path or a dictionary")


def eval(  # noqa: A001
    engine: Engine,
    frame: Any,
    *,
    text: str = "text",
    label: str = "label",
    labels: PathLike | Mapping[str, Any],
    name: str = "frame",
    examples: int = 10,
) -> Evaluation:
    """Precision and recall of an engine on a labelled frame.

    ``frame``: of pandas, polars or pyarrow, or a dictionary of lists, with the columns ``text`` and
    ``label``. ``labels``: a label file, or its content as a dictionary: what each label means.
    ``name``: that of the data set in the label file.

    Raises ``KeyError`` for a column that is missing, ``ValueError`` for labels that the label file does
    not explain, :class:`RuleError` for a label file with errors.
    """
    texts, values = _column(frame, text), _column(frame, label)
    if len(texts) != len(values):
        raise ValueError(f"{len(texts)} texts and {len(values)} labels")
    lines = [
        json.dumps({"id": row, "text": None if _is_missing(own) else own, "label": value})
        for row, (own, value) in enumerate(zip(texts, values))
    ]
    kind = type(frame).__module__.split(".")[0]
    report = engine._native.evaluate(
        "".join(line + "\n" for line in lines).encode(), _labels(labels), name, examples
    )
    return Evaluation(report, kind)
