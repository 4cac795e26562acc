"""What is said of a row that does not hold: which entities it names, what should stand there, what does."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from metadrill.census.framing import GUIDS, SEVERAL
from metadrill.checkers.units import judged_columns
from metadrill.model.suite import Check, Deviation

Names: TypeAlias = Mapping[str, tuple[str, str]]
"""Guids, and the type and name of what each stands for."""
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


def sought(check: Check, rows: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the guids that the sentences about some rows speak of."""
    wanted = _WANTED.findall(check.says)
    return frozenset(guid for row in rows for guid in _guids(wanted, row))


def deviation(check: Check, row: Mapping[str, Any], names: Names) -> Deviation:
    """Given a row that does not hold, by the check's expectation or as null, return what is told of it.

    In its sentence a guid is the type and name that it stands for, where these are known.
    """
    expected, observed = _values(check, row)
    there = _guids((*columns(check), *judged_columns(check.params)), row)
    return Deviation(tuple(dict.fromkeys(there)), expected, observed, _said(check, row, names))


def _guids(columns: Iterable[str], row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the guids that some columns of a row hold."""
    for guid in (one for column in columns if column in GUIDS for one in _each(column, row)):
        if guid not in ("", _NONE) and not _BLANK.search(guid):
            yield guid


def _each(column: str, row: Mapping[str, Any]) -> list[str]:
    """Return what a column of a row holds, each value of several."""
    value = _shown(row.get(column))
    return value.split(", ") if column == SEVERAL else [value]


def _said(check: Check, row: Mapping[str, Any], names: Names) -> str:
    """Say in the check's words what is wrong with a row, and name it by its key; else by what was judged."""
    if check.says:
        key = ", ".join(_shown(row[column]) for column in check.key if column in row)
        said = _WANTED.sub(lambda found: _told(found[1], check, row, names), check.says)
        return f"{said} ({key})" if key and key not in said else said
    judged = [column for column in row if column in judged_columns(check.params)]
    ordered = dict.fromkeys((*check.key, *sorted(judged)))
    return " ".join(f"{column}={_shown(row[column])}" for column in ordered if column in row)


def _told(column: str, check: Check, row: Mapping[str, Any], names: Names) -> str:
    """Return the value of a column in a sentence: not of guids, but what they stand for.

    One whose name the sentence has in a column of its own stays as it is.
    """
    if column not in GUIDS:
        return _shown(row.get(column))
    beside = {_shown(row.get(name)) for name in _WANTED.findall(check.says)}
    known = ((guid, names.get(guid, ("", ""))) for guid in _each(column, row))
    named = (
        f"{kind} {name}".strip() if name and name not in beside else guid for guid, (kind, name) in known
    )
    return ", ".join(named)


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
