"""A streaming text classifier: texts in, one explained verdict per text out.

>>> import tidegate
>>> engine = tidegate.Engine()
>>> engine.classify("hello").action
'allow'
"""

from __future__ import annotations

from typing import Any

from ._engine import MAX_POST_BYTES, Engine
from ._errors import BuildMismatch, Diagnostic, RuleError
from ._eval import Evaluation, eval
from ._tidegate import Verdicts, __version__
from ._verdict import Evidence, Explanation, Rule, Verdict

__all__ = [
    "MAX_POST_BYTES",
    "BuildMismatch",
    "Diagnostic",
    "Engine",
    "Evaluation",
    "Evidence",
    "Explanation",
    "Rule",
    "RuleError",
    "Verdict",
    "Verdicts",
    "__version__",
    "eval",
    "to_pandas",
]


def to_pandas(verdicts: Verdicts) -> Any:
    """The verdicts as a frame of pandas. Needs pyarrow."""
    import pyarrow

    return pyarrow.record_batch(verdicts).to_pandas()
