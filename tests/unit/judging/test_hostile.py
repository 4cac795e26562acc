"""Journals that are chained and still wrong: an error with the event's place, never a traceback."""

from dataclasses import replace
from typing import Any

import pytest

from metadrill import judging
from metadrill.errors import Code, JournalError


def test_no_events_at_all_is_an_error() -> None:
    with pytest.raises(JournalError, match="no events"):
        judging.assess([], "0" * 64)


def test_a_journal_that_does_not_begin_with_its_criteria_is_an_error(story: Any) -> None:
    story.drop("run.opened")
    with pytest.raises(JournalError, match=r"event 0: not run\.opened") as caught:
        story.judge()
    assert caught.value.code is Code.BACKUP_TAMPERED


@pytest.mark.parametrize(
    ("kind", "change", "place"),
    [
        ("run.opened", {"criteria": []}, r"event 0 \('run.opened'\): criteria: not a mapping"),
        ("run.opened", {"criteria": {}}, r"criteria: rto: limit_s: not a number"),
        ("run.opened", {"must_hold": [1]}, r"must_hold: not a list of texts"),
        ("run.opened", {"title": None}, r"title: not a text"),
        ("run.opened", {"seed": -1}, r"seed: not a whole number"),
        ("run.opened", {"seed": 2**64}, r"a number out of range"),
        ("run.opened", {"host": {"load": float("nan")}}, r"a number that is not finite"),
        ("run.opened", {"title": "\ud800"}, r"text that is not Unicode"),
        ("run.opened", {"host": {"a": {1, 2}}}, r"a value that is not plain JSON"),
        ("fault.injected", {"invoked_ns": "soon"}, r"'fault.injected'\): invoked_ns: not a whole number"),
        ("fault.injected", {"invoked_ns": True}, r"invoked_ns: not a whole number"),
        ("writes.read", {"search": {}}, r"search: absent: not a list of numbers"),
        ("writes.read", {"guid": {"absent": ["1"]}}, r"absent: not a list of whole numbers"),
        ("writes.read", {"acked": 1.5}, r"acked: not a whole number"),
        ("drill.closed", {"outcome": 3}, r"'drill.closed'\): outcome: not a text"),
        ("sandbox.removed", {"remaining": {"files": "none"}}, r"remaining: files: not a list"),
        ("stack.served", {"start": None}, r"start: not a text"),
    ],
)
def test_data_of_another_type_is_an_error_that_names_its_place(
    story: Any, kind: str, change: dict[str, Any], place: str
) -> None:
    story.data(kind).update(change)
    with pytest.raises(JournalError, match=place):
        story.judge()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"verdict": "great"}, r"results\[0\]: verdict: not one of pass, inconclusive, fail, not_provable"),
        ({"severity": "warning"}, r"results\[0\]: severity: not one of critical"),
        ({"unexpected": -1}, r"results\[0\]: unexpected: not a whole number"),
        ({"sample": [3]}, r"results\[0\]: sample: not a list of texts"),
    ],
)
def test_a_check_result_of_another_form_is_an_error_that_names_its_place(
    story: Any, change: dict[str, Any], place: str
) -> None:
    story.data("checks.run", phase="verified", suite="index")["results"][0].update(change)
    with pytest.raises(JournalError, match=place):
        story.judge()


def test_a_mark_that_does_not_exist_is_an_error(story: Any) -> None:
    story.data("run.opened")["criteria"]["rto"]["from"] = "breakfast"
    with pytest.raises(JournalError, match="from: not one of disrupted"):
        story.judge()


def test_data_nested_without_end_is_an_error(story: Any) -> None:
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"deeper": deep}
    story.data("fault.injected")["truth"] = deep
    with pytest.raises(JournalError, match="nested deeper"):
        story.judge()


@pytest.mark.parametrize(
    "change",
    [
        {"at": "noon"},
        {"at": None},
        {"at": "2026-11-23T03:00:00"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"mono_ns": "1"},
        {"mono_ns": -1},
        {"kind": 7},
        {"data": []},
    ],
)
def test_an_event_of_another_form_is_an_error(story: Any, change: dict[str, Any]) -> None:
    story.events[5] = replace(story.events[5], **change)
    with pytest.raises(JournalError, match="event 5"):
        story.judge()
