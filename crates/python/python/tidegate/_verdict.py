"""Verdicts as objects. They are made from the JSON of the program when they are looked at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """A place of a text that a rule names."""

    matcher: str
    """Name of the matcher in the rule."""
    term: str | None
    """The term of the list that was found, if the matcher is a list."""
    field: str
    """The field of the post, such as ``text``."""
    start: int
    """Start in bytes of UTF-8 of the decoded field."""
    end: int
    """End in bytes of UTF-8."""
    text: str | None
    """The original text of the place; ``None`` if the rule redacts it."""
    view: str | None
    """The view of the text in which it was found, such as ``folded``."""
    span: tuple[int, int] | None
    """Start and end in characters of the field: ``text[start:end]`` of a Python string. ``None`` if the
    field is not known here, as in verdicts that were read from a file."""


@dataclass(frozen=True)
class Rule:
    """A rule that fired."""

    id: str
    category: str
    level: str | None
    """``informational``, ``low``, ``medium``, ``high`` or ``critical``."""
    score: float
    shadow: bool
    """The rule is tried and counts for nothing."""
    evidence: tuple[Evidence, ...]


class Verdict:
    """The verdict on one post."""

    __slots__ = ("__dict__", "_fields", "_line")

    def __init__(self, line: bytes | str, fields: dict[str, str] | None = None) -> None:
        self._line = line.decode() if isinstance(line, bytes) else line
        self._fields = fields or {}

    @property
    def json(self) -> str:
        """The verdict as the program writes it: one JSON object, without a line end."""
        return self._line.rstrip("\n")

    @cached_property
    def _members(self) -> dict[str, Any]:
        members: dict[str, Any] = json.loads(self._line)
        return members

    @property
    def id(self) -> Any:
        """The id of the post, as in its JSON; ``None`` without one."""
        return self._members.get("id")

    @property
    def action(self) -> str:
        """``allow``, ``flag``, ``review``, ``block``; ``unreadable`` or ``skipped`` for what is no post."""
        action: str = self._members["action"]
        return action

    @property
    def categories(self) -> dict[str, float]:
        """Score by category, the largest first as in the verdict."""
        return dict(self._members.get("categories", {}))

    @property
    def care(self) -> bool:
        """The author may need help."""
        return bool(self._members.get("care", False))

    @property
    def error(self) -> str | None:
        """Why a post is ``unreadable``: a stable code, such as ``no_text``."""
        error: str | None = self._members.get("error")
        return error

    @property
    def detail(self) -> str | None:
        """The same for a reader."""
        detail: str | None = self._members.get("detail")
        return detail

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that fired, with their evidence, in the order of the verdict."""
        return tuple(self._rule(rule) for rule in self._members.get("rules", []))

    def _rule(self, rule: dict[str, Any]) -> Rule:
        evidence = tuple(self._evidence(hit) for hit in rule.get("evidence", []))
        return Rule(
            id=rule["id"],
            category=rule["category"],
            level=rule.get("level"),
            score=float(rule.get("score", 0.0)),
            shadow=bool(rule.get("shadow", False)),
            evidence=evidence,
        )

    def _evidence(self, hit: dict[str, Any]) -> Evidence:
        field, start, end = hit["field"], hit["start"], hit["end"]
        text = self._fields.get(field)
        span = None
        if text is not None:
            raw = text.encode("utf-8", "surrogatepass")
            before = raw[:start].decode("utf-8", "replace")
            within = raw[start:end].decode("utf-8", "replace")
            span = (len(before), len(before) + len(within))
        return Evidence(
            matcher=hit["matcher"],
            term=hit.get("term"),
            field=field,
            start=start,
            end=end,
            text=hit.get("text"),
            view=hit.get("view"),
            span=span,
        )

    def __repr__(self) -> str:
        names = ", ".join(f"{name} {score:g}" for name, score in self.categories.items())
        return f"<Verdict {self.action}{': ' + names if names else ''}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verdict) and self.json == other.json

    def __hash__(self) -> int:
        return hash(self.json)


class Explanation:
    """Why a post has its verdict. A notebook shows it as a page."""

    def __init__(self, members: str, page: str) -> None:
        self.json: str = members
        """The explanation as one JSON object, as ``tidegate explain --json`` prints it."""
        self.html: str = page
        """A page of HTML that needs no other file."""

    @property
    def members(self) -> dict[str, Any]:
        """The explanation as a dictionary."""
        members: dict[str, Any] = json.loads(self.json)
        return members

    def _repr_html_(self) -> str:
        # A frame of its own, so that the styles of the page and of the notebook do not meet.
        from html import escape

        style = "width:100%;height:32em;border:1px solid #ccc"
        return f'<iframe sandbox srcdoc="{escape(self.html)}" style="{style}"></iframe>'

    def __repr__(self) -> str:
        members = self.members
        fired = [rule["id"] for rule in members.get("fired", [])]
        return f"<Explanation {members.get('action', '')}: {', '.join(fired) or 'no rule'}>"
