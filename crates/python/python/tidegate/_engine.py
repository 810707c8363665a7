"""The engine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

from . import _tidegate
from ._errors import RuleError
from ._verdict import Explanation, Verdict

PathLike = Union[str, "os.PathLike[str]"]
Places = Union[str, Sequence[str]]

#: Bytes of the longest post that is judged, unless an engine is made with another number.
MAX_POST_BYTES = 1 << 20


def _paths(paths: PathLike | Iterable[PathLike]) -> list[str]:
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    return [os.fspath(path) for path in paths]


def _names(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _mapping(mapping: str | Mapping[str, Places] | None) -> dict[str, Any]:
    if mapping is None:
        return {"preset": None, "places": []}
    if isinstance(mapping, str):
        return {"preset": mapping, "places": []}
    places = [(name, _names(where)) for name, where in mapping.items() if name != "preset"]
    preset = mapping.get("preset")
    return {"preset": preset, "places": places}


class Engine:
    """Rules and a policy, compiled. Immutable: threads may share one engine.

    ``rules``: files and folders of rules, used together with the embedded rules unless
    ``default_rules`` is false. ``compiled``: a file that ``tidegate compile`` wrote, or its bytes; then
    no other rules are used. ``policy``: the name of a policy, or a file. ``mapping``: where posts have
    their fields, for :meth:`classify` with a dictionary and :meth:`classify_ndjson`: the name of a preset,
    or places by name, such as ``{"text": "/body", "author.id": "/user/id", "html": "/body"}``.
    ``disable`` and ``only_categories``: rules that are switched off. ``stamp``: every verdict names
    rule set and engine. ``max_post_bytes``: a longer post is ``unreadable``.

    Raises :class:`RuleError` with every error and its place, :class:`BuildMismatch` for a compiled file
    of another build.
    """

    def __init__(
        self,
        *,
        rules: PathLike | Iterable[PathLike] = (),
        policy: PathLike | None = None,
        compiled: PathLike | bytes | None = None,
        default_rules: bool = True,
        mapping: str | Mapping[str, Places] | None = None,
        disable: str | Iterable[str] = (),
        only_categories: str | Iterable[str] = (),
        stamp: bool = False,
        max_post_bytes: int = MAX_POST_BYTES,
    ) -> None:
        if not 16 <= max_post_bytes <= 1 << 30:
            raise ValueError(f"max_post_bytes is {max_post_bytes}; expected 16 to {1 << 30}")
        options = {
            "mapping": _mapping(mapping),
            "disable": _names(disable),
            "only_categories": _names(only_categories),
            "stamp": bool(stamp),
            "max_post_bytes": max_post_bytes,
        }
        named = None if policy is None else os.fspath(policy)
        paths = _paths(rules)
        if compiled is None:
            if not paths and not default_rules:
                raise ValueError("default_rules=False leaves no rules; add some with rules=")
            self._native = _tidegate.Engine.from_sources(paths, default_rules, named, options)
            return
        if paths or not default_rules:
            raise ValueError("compiled= is complete; do not combine it with rules= or default_rules=")
        if isinstance(compiled, bytes):
            self._native = _tidegate.Engine.from_compiled(compiled, None, named, options)
            return
        name = os.fspath(compiled)
        try:
            with open(name, "rb") as file:
                content = file.read()
        except OSError as error:
            entry = {"file": name, "line": None, "column": None, "code": "no_file",
                     "message": error.strerror or str(error), "help": "", "is_error": True}
            raise RuleError(f"{name}: {error.strerror}", [entry]) from None
        self._native = _tidegate.Engine.from_compiled(content, name, named, options)

    @property
    def ruleset(self) -> str:
        """Hash of rules and policy: 8 hex digits, as in stamped verdicts."""
        return self._native.ruleset

    @property
    def version(self) -> str:
        """Version of the engine."""
        return _tidegate.__version__

    @property
    def rules(self) -> int:
        """Number of rules."""
        return self._native.rules

    @property
    def warnings(self) -> list[str]:
        """Warnings about the policy."""
        return self._native.warnings

    def classify(self, post: str | Mapping[str, Any]) -> Verdict:
        """The verdict on a text, or on a post as a dictionary, which is read by the mapping of the engine.

        Raises ``TypeError`` for anything else, such as ``None`` or ``bytes``.
        """
        line, fields = self._line(post)
        return Verdict(self._native.line(line), fields)

    def classify_many(
        self, texts: Any, ids: Any = None, *, threads: int | None = None
    ) -> _tidegate.Verdicts:
        """The verdicts on a column of texts, in its order, one for each row.

        ``texts``: a list, an array of numpy, a column of pandas or polars, or any Arrow array. ``None``, NaN
        and nulls are ``unreadable`` with ``no_text``. ``ids``: texts or whole numbers, as many.
        ``threads``: how many judge at once, by default one a core; the interpreter lock is released.

        The result is an Arrow record batch with the columns ``id`` (string), ``action`` (string),
        ``categories`` (list of strings) and ``verdict`` (JSON, as the program writes it):
        ``pyarrow.record_batch(result)``, ``polars.DataFrame(result)``, :func:`to_pandas`.

        Raises ``TypeError`` for a value that is no text, with its row.
        """
        return self._native.many(texts, ids, threads)

    def classify_ndjson(self, lines: bytes, *, threads: int | None = None) -> bytes:
        """The verdicts on lines of JSON, one line each: the bytes that the program writes."""
        if not isinstance(lines, (bytes, bytearray)):
            raise TypeError(f"lines is {type(lines).__name__}; expected bytes")
        return self._native.lines(bytes(lines), threads)

    def explain(self, post: str | Mapping[str, Any], *, lang: str = "en") -> Explanation:
        """Why a post has its verdict. A notebook shows the page; ``lang`` is ``en`` or ``zh``."""
        if lang not in ("en", "zh"):
            raise ValueError(f"lang is {lang!r}; expected 'en' or 'zh'")
        line, _ = self._line(post)
        return Explanation(*self._native.explain(line, lang))

    def _line(self, post: str | Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
        if isinstance(post, str):
            post = {"text": post}
        elif not isinstance(post, Mapping):
            kind = type(post).__name__
            help = "; decode it first" if isinstance(post, (bytes, bytearray)) else ""
            raise TypeError(f"a post is a text or a dictionary, not {kind}{help}")
        fields = {name: text for name, text in post.items() if isinstance(text, str)}
        def encoded(ensure_ascii: bool) -> bytes:
            separators = (",", ":")
            return json.dumps(
                dict(post), ensure_ascii=ensure_ascii, allow_nan=False, separators=separators
            ).encode()

        try:
            return encoded(False), fields
        except UnicodeEncodeError:
            # Lone surrogates are escaped, as in the JSON that other programs write.
            return encoded(True), fields

    def __repr__(self) -> str:
        return f"<tidegate.Engine {self.ruleset}, {self.rules} rules, version {self.version}>"

    def __getstate__(self) -> dict[str, Any]:
        bytes_, policy, options = self._native.state()
        return {"compiled": bytes_, "policy": policy, "options": options, "ruleset": self.ruleset,
                "version": self.version}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._native = _tidegate.Engine.from_state(
            state["compiled"], state["policy"], state["options"]
        )
        if self.ruleset != state["ruleset"]:
            raise RuleError(
                f"the unpickled engine has the rule set {self.ruleset}, not {state['ruleset']}: its policy "
                "extends a file that is not here"
            )
