"""Judge census frames with Great Expectations: the one module that imports it, and pandas, late.

What the library lets pass in silence is refused here (integrity-checks.md, "Traps"): an
expectation that did not load, an empty suite, a null that a column expectation skips, a
parameter that lets rows through. Our severities are never given to it.
"""

import json
import logging
import os
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import pyarrow as pa

from metadrill.census import Tables
from metadrill.checkers import verdicts
from metadrill.checkers.verdicts import Outcome, Unit
from metadrill.model.suite import Check, CheckResult, Suite, SuiteResult
from metadrill.model.verdict import CheckVerdict, Severity

_LOADING = threading.Lock()
_NAMED = 10_000
"""Rows up to which the library names every one that does not hold."""
_UNTOUCHED = "it was not evaluated"


class GreatExpectations:
    """The checker `great_expectations`. Never raises for bad data, nor for a bad suite."""

    def check(self, suite: Suite, frames: Tables, abilities: frozenset[str]) -> SuiteResult:
        """Given a suite and frames, return a result per check.

        Declared, loaded and evaluated count the checks that the stack's abilities allow; what
        is not provable is in none of the three. A suite without any check gets one result,
        inconclusive, with the number 0.
        """
        if not suite.checks:
            empty = Check(0, "the suite declares checks", "", "", {}, Severity.CRITICAL)
            return SuiteResult(
                suite.name, 0, 0, 0, (verdicts.inconclusive(suite, empty, "it declares none"),)
            )
        found: dict[int, CheckResult] = {}
        groups: dict[str, list[int]] = {}
        for place, check in enumerate(suite.checks):
            early = verdicts.before(suite, check, frames, abilities)
            if early is not None:
                found[place] = early
            else:
                groups.setdefault(check.frame, []).append(place)
        loaded = 0
        for frame, places in groups.items():
            key = tuple(dict.fromkeys(name for one in places for name in verdicts.naming(suite.checks[one])))
            wanted = {place: verdicts.units(suite.checks[place]) for place in places}
            outcomes, known = _evaluate(
                frames[frame], key, [one for units in wanted.values() for one in units]
            )
            for place, units in wanted.items():
                loaded += known.issuperset(units)
                said = [outcomes[one] for one in units]
                found[place] = verdicts.result(suite, suite.checks[place], frames[frame].num_rows, said)
        ordered = tuple(found[place] for place in range(len(suite.checks)))
        declared = sum(one.verdict is not CheckVerdict.NOT_PROVABLE for one in ordered)
        evaluated = sum(one.verdict in (CheckVerdict.PASS, CheckVerdict.FAIL) for one in ordered)
        return SuiteResult(suite.name, declared, loaded, evaluated, ordered)


def warm() -> threading.Thread:
    """Import the library in the background (2 to 5 s) while a stack boots; return the thread."""
    thread = threading.Thread(target=_library, name="warm-great-expectations", daemon=True)
    thread.start()
    return thread


def _library() -> Any:
    """Return the library's way from a pandas frame to a batch, waiting for `warm` if it runs."""
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
        context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        asset = context.data_sources.add_pandas("census").add_dataframe_asset("frame")
        return asset.add_batch_definition_whole_dataframe("whole")


@contextmanager
def _silence() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _evaluate(
    frame: pa.Table, key: Sequence[str], units: Iterable[Unit]
) -> tuple[dict[Unit, Outcome], set[Unit]]:
    """Return the outcome of every unit, and which of them the library took in."""
    distinct = list(dict.fromkeys(units))
    outcomes = {unit: Outcome(broken=_UNTOUCHED) for unit in distinct}
    loaded: set[Unit] = set()
    try:
        with _silence():
            loaded = _ask(frame, key, outcomes)
            if frame.num_rows > _NAMED:
                for unit in [
                    one for one in distinct if outcomes[one].unexpected and not outcomes[one].broken
                ]:
                    outcomes[unit] = replace(outcomes[unit], rows=_first_rows(frame, key, unit))
    except Exception as error:  # noqa: BLE001 - whatever the library raises is a check that could not run
        reason = f"{type(error).__name__}: {_first_line(str(error))}"
        untouched = [unit for unit, outcome in outcomes.items() if outcome.broken == _UNTOUCHED]
        outcomes.update({unit: Outcome(broken=reason) for unit in untouched})
    return outcomes, loaded


def _ask(frame: pa.Table, key: Sequence[str], outcomes: dict[Unit, Outcome]) -> set[Unit]:
    """Evaluate the units on a frame, fill in their outcomes, return those the library took in."""
    units = list(outcomes)
    batch = _library().get_batch({"dataframe": _judged(frame, key, units).to_pandas()})
    expectations = _empty_suite()
    for place, unit in enumerate(units):
        broken = _add(expectations, place, unit)
        if broken:
            outcomes[unit] = Outcome(broken=broken)
    loaded = {units[one.meta["unit"]] for one in expectations.expectations}
    detail = "COMPLETE" if frame.num_rows <= _NAMED else "BASIC"
    shape: dict[str, Any] = {"result_format": detail, "return_unexpected_index_query": False}
    if key and detail == "COMPLETE":
        shape["unexpected_index_column_names"] = list(key)
    if loaded:
        for one in batch.validate(expectations, result_format=shape).results:
            outcomes[units[one.expectation_config.meta["unit"]]] = _outcome(one)
    return loaded


def _first_rows(frame: pa.Table, key: Sequence[str], unit: Unit) -> tuple[Mapping[str, Any], ...]:
    """Return rows that do not hold, from the first piece of a large frame that has some.

    The library takes 70 s to name a million of them; all were counted before, and a sample is
    enough. What shows only across pieces (a value that is not unique) may stay unnamed.
    """
    for start in range(0, frame.num_rows, _NAMED):
        outcomes = {unit: Outcome()}
        _ask(frame.slice(start, _NAMED), key, outcomes)
        if outcomes[unit].rows:
            return outcomes[unit].rows
    return ()


def _judged(frame: pa.Table, key: Sequence[str], units: Iterable[Unit]) -> pa.Table:
    """Only the columns that are named: the library hashes every column it is given."""
    wanted = set(key)
    for unit in units:
        columns = verdicts.judged_columns(json.loads(unit.params))
        if not columns:
            return frame
        wanted.update(columns)
    return frame.select([name for name in frame.schema.names if name in wanted])


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
        return f"{unit.expect} did not load: {_first_line(str(error))}"
    return ""


def _outcome(one: Any) -> Outcome:
    broken = _raised(one.exception_info or {})
    result = one.result or {}
    unexpected = result.get("unexpected_count")
    if unexpected is None:
        unexpected = 0 if one.success else 1
    rows = tuple(row for row in (result.get("unexpected_index_list") or ()) if isinstance(row, Mapping))
    observed = str(result["observed_value"]) if "observed_value" in result else ""
    return Outcome(bool(one.success), int(unexpected), rows, observed, broken)


def _raised(info: Mapping[str, Any]) -> str:
    """Return the message of an exception the library caught: it nests them by metric, or not."""
    entries = (
        [info] if "raised_exception" in info else [one for one in info.values() if isinstance(one, Mapping)]
    )
    for entry in entries:
        if entry.get("raised_exception", True):
            return _first_line(str(entry.get("exception_message") or "the library raised an exception"))
    return ""


def _first_line(text: str) -> str:
    return " ".join(text.split())[:300]
