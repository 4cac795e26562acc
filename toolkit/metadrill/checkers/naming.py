"""What is said of a row that does not hold: which entities it names, what should stand there, what does."""

import re
from collections.abc import Mapping
from typing import Any

from metadrill.census.framing import GUIDS
from metadrill.checkers.units import judged_columns
from metadrill.model.suite import Check, Deviation

_WANTED = re.compile(r"\{([a-z_]+)\}")
_NO_GUIDS = ("(", "null")
"""What stands for a guid that is not there begins so (`sql.absent`)."""


def columns(check: Check) -> tuple[str, ...]:
    """Return the columns by which a finding names a row: the key, and those that its sentence wants."""
    return tuple(dict.fromkeys((*check.key, *_WANTED.findall(check.says))))


def deviation(check: Check, row: Mapping[str, Any]) -> Deviation:
    """Given a row that does not hold, by the check's expectation or as null, return what is told of it."""
    expected, observed = _values(check.expect, check.params, row)
    there = (name for name in (*columns(check), *judged_columns(check.params)) if name in GUIDS)
    named = (_shown(row.get(name)) for name in there)
    guids = tuple(dict.fromkeys(guid for guid in named if guid and not guid.startswith(_NO_GUIDS)))
    return Deviation(guids, expected, observed, _said(check, row))


def _said(check: Check, row: Mapping[str, Any]) -> str:
    """Say in the check's words what is wrong with a row, and name it by its key; else by what was judged."""
    if check.says:
        key = ", ".join(_shown(row[column]) for column in check.key if column in row)
        said = _WANTED.sub(lambda found: _shown(row.get(found[1])), check.says)
        return f"{said} ({key})" if key and key not in said else said
    judged = [column for column in row if column in judged_columns(check.params)]
    ordered = dict.fromkeys((*check.key, *sorted(judged)))
    return " ".join(f"{column}={_shown(row[column])}" for column in ordered if column in row)


def _values(expect: str, params: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, str]:
    """Return what should stand in the judged columns of a row, and what does."""
    if "column_A" in params:
        first, second = _shown(row.get(params["column_A"])), _shown(row.get(params["column_B"]))
        if expect.endswith("a_to_be_greater_than_b"):
            return f"{'at most' if params.get('or_equal') else 'less than'} {first}", second
        return first, second
    if "column" in params:
        return _wanted(expect, params), _shown(row.get(params["column"]))
    listed = params.get("column_list", ())
    return _wanted(expect, params), ", ".join(f"{name}={_shown(row.get(name))}" for name in listed)


def _wanted(expect: str, params: Mapping[str, Any]) -> str:
    if "value_set" in params:
        return " or ".join(map(str, params["value_set"]))
    least, most = params.get("min_value"), params.get("max_value")
    if least is not None and least == most:
        return str(least)
    if least is not None or most is not None:
        return " ".join(
            (*(() if least is None else (f"from {least}",)), *(() if most is None else (f"to {most}",)))
        )
    words = expect.removeprefix("expect_").removeprefix("column_values_to_").replace("_", " ")
    told = [
        str(value) for name, value in params.items() if name not in ("column", "column_list", "ignore_row_if")
    ]
    return " ".join((words, *told))


def _shown(value: Any) -> str:
    return "null" if value is None or value != value else str(value)
