"""What can be said of a check before it is evaluated, how strictly, and what it came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metadrill.census import Tables
from metadrill.census.frames import NEVER_EMPTY, Frames
from metadrill.checkers import naming
from metadrill.errors import Interrupted
from metadrill.model.stack import lacking
from metadrill.model.suite import Check, CheckResult, Deviation, Suite
from metadrill.model.verdict import CheckVerdict

NAMED = 10_000
"""Rows that are named of each expectation; all are counted (the library takes 70 s to name a million)."""
_LOOSENING = frozenset(
    {
        "severity", "mostly", "row_condition", "condition_parser", "result_format", "catch_exceptions",
        "meta", "notes", "description", "id", "windows",
    }
)  # fmt: skip
_STRICT = {"neither", "never"}


@dataclass(frozen=True)
class Outcome:
    """What the library said of one unit; `broken` is why it could not say."""

    success: bool = False
    unexpected: int = 0
    rows: tuple[Mapping[str, Any], ...] = ()
    observed: str = ""
    broken: str = ""

    def __add__(self, other: "Outcome") -> "Outcome":
        """Return what both come to together: of rows that are judged one by one."""
        return Outcome(
            self.success and other.success,
            self.unexpected + other.unexpected,
            other.rows + self.rows,
            other.observed or self.observed,
            other.broken or self.broken,
        )


def before(suite: Suite, check: Check, frames: Tables, abilities: frozenset[str]) -> CheckResult | None:
    """What can be said of a check without evaluating it, or None."""
    if check.requires and check.requires not in abilities:
        reason = lacking(check.requires)
        if check.required:
            return inconclusive(suite, check, f"required, but {reason}")
        return _say(suite, check, CheckVerdict.NOT_PROVABLE, reason)
    if check.frame not in frames:
        missing = frames.missing.get(check.frame, "") if isinstance(frames, Frames) else ""
        return inconclusive(suite, check, missing or f"there is no frame {check.frame}")
    loose = sorted(_LOOSENING & check.params.keys())
    if loose:
        return inconclusive(suite, check, f"parameter {loose[0]} is not allowed: it could let a row pass")
    if check.params.get("ignore_row_if", "never") not in _STRICT:
        return inconclusive(suite, check, "parameter ignore_row_if skips rows")
    unknown = sorted(set(naming.columns(check)) - set(columns(frames, check.frame)))
    if unknown:
        return inconclusive(suite, check, f"frame {check.frame} has no column {unknown[0]} to name rows by")
    return None


def columns(frames: Tables, name: str) -> tuple[str, ...]:
    """Return the columns of a frame."""
    return frames.columns(name) if isinstance(frames, Frames) else tuple(frames[name].schema.names)


def result(suite: Suite, check: Check, frames: Tables, rows: int, outcomes: Sequence[Outcome]) -> CheckResult:
    """Given what the units of a check came to on so many rows, return its result; the worst wins."""
    broken = next((one.broken for one in outcomes if one.broken), "")
    if broken:
        return inconclusive(suite, check, broken)
    if rows == 0 and (check.required or check.frame in NEVER_EMPTY):
        return inconclusive(suite, check, f"frame {check.frame} is empty: nothing was examined")
    seen = {"examined": rows, **_seen(frames, check.frame)}
    failed = [one for one in outcomes if not one.success]
    if not failed:
        because = "" if rows else "both sides are empty: there was nothing to examine"
        return _say(suite, check, CheckVerdict.PASS, because, **seen)
    unexpected = sum(one.unexpected for one in failed)
    there = [row for one in failed for row in one.rows[:NAMED]]
    names = _names(frames, naming.sought(check, there))
    named = (naming.deviation(check, row, names) for row in there)
    once = {_order(one)[:2]: one for one in sorted(named, key=_order, reverse=True)}
    observed = next((one.observed for one in failed if one.observed), "")
    because = f"{unexpected} of {rows} rows" + (f"; observed {observed}" if observed else "")
    counts = {"unexpected": unexpected, "deviations": tuple(sorted(once.values(), key=_order)), **seen}
    return _say(suite, check, CheckVerdict.FAIL, because, **counts)


def _order(one: Deviation) -> tuple[str, tuple[str, ...], str, str]:
    return one.says, one.guids, one.expected, one.observed


def _names(frames: Tables, guids: frozenset[str]) -> naming.Names:
    """Return what guids stand for; nothing where that cannot be found out: a finding is one without it."""
    if not guids or not isinstance(frames, Frames):
        return {}
    try:
        return frames.names(guids)
    except Interrupted:
        raise
    except Exception:  # noqa: BLE001 - an engine raises its own kinds, and those of Java
        return {}


def _seen(frames: Tables, name: str) -> dict[str, str]:
    """Return which rows of a frame there were, and who else counted what they come from."""
    if isinstance(frames, Frames):
        return {"scope": frames.scope(name), "witness": frames.witness(name)}
    return {"scope": "complete"}


def _say(suite: Suite, check: Check, verdict: CheckVerdict, because: str, **counts: Any) -> CheckResult:
    return CheckResult(
        check.number, check.title, suite.name, check.severity, verdict, because=because, **counts
    )


def inconclusive(suite: Suite, check: Check, because: str) -> CheckResult:
    """Return the result of a check that could not be judged, with the reason."""
    return _say(suite, check, CheckVerdict.INCONCLUSIVE, because)
