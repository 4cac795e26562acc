"""What is said of a row that does not hold: which entities it names, what should stand there, what does."""

import re
from collections.abc import Mapping
from typing import Any

from metadrill.census.framing import GUIDS
from metadrill.checkers.units import judged_columns
from metadrill.model.suite import Check, Deviation

_BLANK = re.compile(r"\s")
"""No guid has any; what stands for one that is not there, the id of a stub and an error have."""
_WANTED = re.compile(r"\{([a-z_]+)\}")
_EQUAL = "expect_column_pair_values_to_be_equal"
_GREATER = "expect_column_pair_values_a_to_be_greater_than_b"
_IN_SET = "expect_column_values_to_be_in_set"
_BETWEEN = "expect_column_values_to_be_between"
_NONE = "null"


def columns(check: Check) -> tuple[str, ...]:
    """Return the columns by which a finding names a row: the key, and those that its sentence wants."""
    return tuple(dict.fromkeys((*check.key, *_WANTED.findall(check.says))))


def deviation(check: Check, row: Mapping[str, Any]) -> Deviation:
    """Given a row that does not hold, by the check's expectation or as null, return what is told of it."""
    expected, observed = _values(check, row)
    there = (name for name in (*columns(check), *judged_columns(check.params)) if name in GUIDS)
    named = (_shown(row.get(name)) for name in there)
    guids = (guid for guid in named if guid not in ("", _NONE) and not _BLANK.search(guid))
    return Deviation(tuple(dict.fromkeys(guids)), expected, observed, _said(check, row))


def _said(check: Check, row: Mapping[str, Any]) -> str:
    """Say in the check's words what is wrong with a row, and name it by its key; else by what was judged."""
    if check.says:
        key = ", ".join(_shown(row[column]) for column in check.key if column in row)
        said = _WANTED.sub(lambda found: _shown(row.get(found[1])), check.says)
        return f"{said} ({key})" if key and key not in said else said
    judged = [column for column in row if column in judged_columns(check.params)]
    ordered = dict.fromkeys((*check.key, *sorted(judged)))
    return " ".join(f"{column}={_shown(row[column])}" for column in ordered if column in row)


def _values(check: Check, row: Mapping[str, Any]) -> tuple[str, str]:
    """Return what should stand in the judged columns of a row, and what does."""
    shown = {name: _shown(row.get(name)) for name in judged_columns(check.params)}
    told = list(shown.values())
    if check.expect == _EQUAL:
        return told[0], told[1]
    if check.expect == _GREATER:
        equal = check.params.get("or_equal")
        if check.params["column_A"].endswith("_o"):  # what is observed must not be less
            return f"{'at least' if equal else 'more than'} {told[1]}", told[0]
        return f"{'at most' if equal else 'less than'} {told[0]}", told[1]
    seen = told[0] if len(told) == 1 else ", ".join(f"{name}={value}" for name, value in shown.items())
    return _wanted(check.expect, check.params), seen


def _wanted(expect: str, params: Mapping[str, Any]) -> str:
    if expect == _IN_SET:
        return " or ".join(map(str, params["value_set"]))
    least, most = params.get("min_value"), params.get("max_value")
    if expect == _BETWEEN and least == most:
        return str(least)
    words = expect.removeprefix("expect_").removeprefix("column_values_to_").replace("_", " ")
    aside = ("column", "column_list", "ignore_row_if")
    told = (f"{name} {value}".replace("_", " ") for name, value in params.items() if name not in aside)
    return ", ".join((words, *told))


def _shown(value: Any) -> str:
    return _NONE if value is None or value != value else str(value)
