"""Expectations as the library is given them: strict, and each once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metadrill.model.suite import Check

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


def judged_by(unit: Unit) -> list[str]:
    """Return the columns that a unit judges; none: it judges the table."""
    return judged_columns(json.loads(unit.params))


def judged_columns(params: Mapping[str, Any]) -> list[str]:
    """Return the columns that an expectation judges."""
    columns = [params[name] for name in ("column", "column_A", "column_B") if name in params]
    return [*columns, *params.get("column_list", ())]
