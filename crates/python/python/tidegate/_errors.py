"""Exceptions of the package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Diagnostic:
    """One error or warning about a rule file, a policy or a label file."""

    file: str | None
    """The file as it was named; ``None`` if the error is about no file."""
    line: int | None
    """Line, from 1."""
    column: int | None
    """Column in characters, from 1."""
    code: str
    """Stable code, such as ``unknown_name``."""
    message: str
    """What is wrong."""
    help: str
    """How to correct it; may be empty."""
    is_error: bool
    """``False`` for a warning."""


class RuleError(ValueError):
    """Rules, a policy, a label file or a mapping cannot be used. ``str()`` has one line for each error."""

    def __init__(self, message: str, diagnostics: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.diagnostics: list[Diagnostic] = [Diagnostic(**each) for each in diagnostics or []]
        """Every error, with its place."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (RuleError, (str(self), [vars(each) for each in self.diagnostics]))


class BuildMismatch(RuntimeError):
    """A compiled rule set, or a pickled engine, was written by another build of tidegate."""
