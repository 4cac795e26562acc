"""Great Expectations as it is used here: the one module that imports it, and pandas, late.

What the library lets pass in silence is refused (integrity-checks.md, "Traps"): an expectation that
did not load, a parameter it ignores. Our severities are never given to it.
"""

import json
import logging
import os
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import pyarrow as pa

from metadrill.checkers.units import Unit
from metadrill.checkers.verdicts import Outcome

_LOADING = threading.Lock()
_OVER_ROWS = frozenset(
    {
        "expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique",
        "expect_column_values_to_be_increasing", "expect_column_values_to_be_decreasing",
    }
)  # fmt: skip
"""Expectations that the library counts by row, though a row alone does not tell whether it holds."""


def warm() -> threading.Thread:
    """Import the library in the background (2 to 5 s) while a stack boots; return the thread."""
    thread = threading.Thread(target=_library, name="warm-great-expectations", daemon=True)
    thread.start()
    return thread


def _library() -> Any:
    """Return the library's context, waiting for `warm` if it runs."""
    with _LOADING:
        return _load()


@cache
def _load() -> Any:
    """Import the library once, without analytics and without a word of its own.

    Its context is process-wide, and without one no expectation loads.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
    with _silence():
        import great_expectations

        context = great_expectations.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        return context


@cache
def _whole(kind: str) -> Any:
    """Return the library's way from a frame of that kind (pandas, spark) to a batch."""
    sources = _library().data_sources
    made = {"pandas": sources.add_pandas, "spark": sources.add_spark}[kind](f"census in {kind}")
    return made.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")


@contextmanager
def _silence() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Expectations:
    """Units as the library took them in; `broken` says of each other one why it did not."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = tuple(units)
        self.broken: dict[Unit, str] = {}
        with _silence():
            _library()
            self._suite = _empty_suite()
            for place, unit in enumerate(units):
                if reason := _add(self._suite, place, unit):
                    self.broken[unit] = reason
            self.loaded = {units[one.meta["unit"]] for one in self._suite.expectations}

    def ask(
        self, rows: Any, key: Sequence[str], *, named: bool, most: int | None = None
    ) -> dict[Unit, Outcome]:
        """Return what each unit comes to on some rows: an Arrow table, or a frame of Spark.

        `named`: with the rows that do not hold, by key: all of them, or `most`, which the library picks
        among those that do not hold, before any of them leaves Spark.
        """
        if not self.loaded:
            return {}
        with _silence():
            kind, frame = ("pandas", rows.to_pandas()) if isinstance(rows, pa.Table) else ("spark", rows)
            batch = _whole(kind).get_batch({"dataframe": frame})
            found = batch.validate(self._suite, result_format=_shape(key, named=named, most=most)).results
        return {self.units[one.expectation_config.meta["unit"]]: _outcome(one) for one in found}


def by_row(unit: Unit) -> bool:
    """Whether each row alone tells if it holds, so that rows can be judged piece by piece."""
    _library()  # first of all: two threads that import the library at once break it
    from great_expectations.expectations import expectation, registry

    with _silence():
        try:
            kind = registry.get_expectation_impl(unit.expect)
        except Exception:  # noqa: BLE001 - the library raises its own kinds: such a unit will not load
            return True
    kinds = (
        expectation.ColumnMapExpectation,
        expectation.ColumnPairMapExpectation,
        expectation.MulticolumnMapExpectation,
    )
    return unit.expect == "expect_column_to_exist" or (
        issubclass(kind, kinds) and unit.expect not in _OVER_ROWS
    )


def _shape(key: Sequence[str], *, named: bool, most: int | None) -> dict[str, Any]:
    shape: dict[str, Any] = {"result_format": "BASIC", "return_unexpected_index_query": False}
    if named:
        limit = {"result_format": "SUMMARY", "partial_unexpected_count": most}
        shape |= {"result_format": "COMPLETE"} if most is None else limit
    return {**shape, "unexpected_index_column_names": list(key)} if named and key else shape


def _empty_suite() -> Any:
    from great_expectations import ExpectationSuite

    return ExpectationSuite(name="census")


def _add(expectations: Any, place: int, unit: Unit) -> str:
    """Add a unit to the library's suite; return why it could not be."""
    from great_expectations.expectations import registry

    try:
        kind = registry.get_expectation_impl(unit.expect)
        expectations.add_expectation(kind(**json.loads(unit.params), meta={"unit": place}))
    except Exception as error:  # noqa: BLE001 - the library raises its own kinds and pydantic's
        return f"{unit.expect} did not load: {first_line(str(error))}"
    return ""


def _outcome(one: Any) -> Outcome:
    broken = _raised(one.exception_info or {})
    result = one.result or {}
    unexpected = result.get("unexpected_count")
    if unexpected is None:
        unexpected = 0 if one.success else 1
    listed = result.get("unexpected_index_list") or result.get("partial_unexpected_index_list") or ()
    rows = tuple(row for row in listed if isinstance(row, Mapping))
    observed = str(result["observed_value"]) if "observed_value" in result else ""
    return Outcome(bool(one.success), int(unexpected), rows, observed, broken)


def _raised(info: Mapping[str, Any]) -> str:
    """Return the message of an exception the library caught: it nests them by metric, or not."""
    entries = (
        [info] if "raised_exception" in info else [one for one in info.values() if isinstance(one, Mapping)]
    )
    for entry in entries:
        if entry.get("raised_exception", True):
            return first_line(str(entry.get("exception_message") or "the library raised an exception"))
    return ""


def first_line(text: str) -> str:
    """Return a text as one line, at most 300 characters of it."""
    return " ".join(text.split())[:300]
