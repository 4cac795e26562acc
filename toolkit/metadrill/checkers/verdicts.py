"""What can be said of a check before it is evaluated, how strictly, and what it came to."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metadrill.census import Tables
from metadrill.census.frames import NEVER_EMPTY, Frames
from metadrill.model.stack import lacking
from metadrill.model.suite import Check, CheckResult, Suite
from metadrill.model.verdict import CheckVerdict

SAMPLE = 20
"""How many findings a result names; it counts all of them."""

_LOOKED_AT = 10_000
"""Rows among which those that are named are sought, for each expectation."""
_LOOSENING = frozenset(
    {
        "severity", "mostly", "row_condition", "condition_parser", "result_format", "catch_exceptions",
        "meta", "notes", "description", "id", "windows",
    }
)  # fmt: skip
_WANTED = re.compile(r"\{([a-z_]+)\}")
_STRICT = {"neither", "never"}
_NOT_NULL = "expect_column_values_to_not_be_null"
_MAY_BE_NULL = frozenset({_NOT_NULL, "expect_column_values_to_be_null", "expect_column_to_exist"})


@dataclass(frozen=True)
class Unit:
    """One expectation as the library is given it; equal ones are evaluated once."""

    expect: str
    params: str

    @staticmethod
    def of(expect: str, params: Mapping[str, Any]) -> "Unit":
        """Return the unit of an expectation and its parameters, whatever their order."""
        return Unit(expect, json.dumps(dict(params), sort_keys=True, default=str))


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
    unknown = sorted(set(naming(check)) - set(columns(frames, check.frame)))
    if unknown:
        return inconclusive(suite, check, f"frame {check.frame} has no column {unknown[0]} to name rows by")
    return None


def columns(frames: Tables, name: str) -> tuple[str, ...]:
    """Return the columns of a frame."""
    return frames.columns(name) if isinstance(frames, Frames) else tuple(frames[name].schema.names)


def naming(check: Check) -> tuple[str, ...]:
    """Return the columns by which a finding names a row: the key, and those that its sentence wants."""
    return tuple(dict.fromkeys((*check.key, *_WANTED.findall(check.says))))


def units(check: Check) -> list[Unit]:
    """The expectation of a check, strict, and the twin that keeps it from skipping nulls."""
    params = dict(check.params)
    if "column_A" in params:
        params["ignore_row_if"] = "neither"
    elif "column_list" in params and check.expect.startswith(
        ("expect_compound", "expect_select", "expect_multi")
    ):
        params["ignore_row_if"] = "never"
    found = [Unit.of(check.expect, params)]
    if "column" in params and check.expect not in _MAY_BE_NULL:
        found.append(Unit.of(_NOT_NULL, {"column": params["column"]}))
    return found


def result(suite: Suite, check: Check, rows: int, outcomes: Sequence[Outcome]) -> CheckResult:
    """Given what the expectations of a check came to on `rows` rows, return its result; the worst wins."""
    broken = next((one.broken for one in outcomes if one.broken), "")
    if broken:
        return inconclusive(suite, check, broken)
    if rows == 0 and (check.required or check.frame in NEVER_EMPTY):
        return inconclusive(suite, check, f"frame {check.frame} is empty: nothing was examined")
    failed = [one for one in outcomes if not one.success]
    if not failed:
        because = "" if rows else "both sides are empty: there was nothing to examine"
        return _say(suite, check, CheckVerdict.PASS, because, examined=rows)
    unexpected = sum(one.unexpected for one in failed)
    named = sorted({_name(check, row) for one in failed for row in one.rows[:_LOOKED_AT]})
    observed = next((one.observed for one in failed if one.observed), "")
    because = f"{unexpected} of {rows} rows" + (f"; observed {observed}" if observed else "")
    return _say(
        suite,
        check,
        CheckVerdict.FAIL,
        because,
        examined=rows,
        unexpected=unexpected,
        sample=tuple(named[:SAMPLE]),
    )


def _name(check: Check, row: Mapping[str, Any]) -> str:
    """Say in the check's words what is wrong with a row, and name it by its key; else by what was judged."""
    if check.says:
        key = ", ".join(_shown(row[column]) for column in check.key if column in row)
        said = _WANTED.sub(lambda found: _shown(row.get(found[1])), check.says)
        return f"{said} ({key})" if key and key not in said else said
    judged = [column for column in row if column in judged_columns(check.params)]
    ordered = dict.fromkeys((*check.key, *sorted(judged)))
    return " ".join(f"{column}={_shown(row[column])}" for column in ordered if column in row)


def judged_by(unit: Unit) -> list[str]:
    """Return the columns that a unit judges; none: it judges the table."""
    return judged_columns(json.loads(unit.params))


def judged_columns(params: Mapping[str, Any]) -> list[str]:
    """Return the columns that an expectation judges."""
    columns = [params[name] for name in ("column", "column_A", "column_B") if name in params]
    return [*columns, *params.get("column_list", ())]


def _shown(value: Any) -> str:
    return "null" if value is None or value != value else str(value)


def _say(suite: Suite, check: Check, verdict: CheckVerdict, because: str, **counts: Any) -> CheckResult:
    return CheckResult(
        check.number, check.title, suite.name, check.severity, verdict, because=because, **counts
    )


def inconclusive(suite: Suite, check: Check, because: str) -> CheckResult:
    """Return the result of a check that could not be judged, with the reason."""
    return _say(suite, check, CheckVerdict.INCONCLUSIVE, because)
