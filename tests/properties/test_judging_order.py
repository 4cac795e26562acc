"""What must hold of the judge whatever the order of the events, though their clocks rise."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metadrill import judging
from metadrill.model.event import Event
from metadrill.model.verdict import Verdict

from .recorded import PASSING, RUNS, numbered, verdict

JOURNALS = {"pass-loud": PASSING, **RUNS}
FAULT, OUTAGE, STARTED = "fault.injected", "outage.observed", "recovery.started"
SERVING, VERIFIED, CLOSED = "stack.serving", "recovery.verified", "drill.closed"
ENDS = ("recovery.finished", "recovery.refused", "recovery.rolled_back", "recovery.detected")
PHASED = ("index.settled", "census.taken", "witness.heard", "checks.run")

# What comes before what, of every event of the kind: written beside the judge's own rules, not out of them.
BEFORE = [
    *((kind, FAULT) for kind in ("plan.fixed", "sandbox.created", "isolation.proved",
                                 "stack.served", "data.placed", "backup.taken")),
    *(("data.placed", f"{kind}/baseline") for kind in PHASED),
    *((f"{kind}/baseline", FAULT) for kind in (*PHASED, "set.examined")),
    (FAULT, OUTAGE), (OUTAGE, "decision.made"), ("decision.made", STARTED), (OUTAGE, STARTED),
    *((FAULT, f"{kind}/outage") for kind in ("checks.run", "set.examined")),
    *((f"{kind}/outage", STARTED) for kind in ("checks.run", "set.examined")),
    *((STARTED, kind) for kind in ("recovery.step", "tier.verified", *ENDS)),
    *((kind, "recovery.finished") for kind in ("recovery.step", "tier.verified")),
    *((end, SERVING) for end in ENDS),
    *((SERVING, f"{kind}/verified") for kind in PHASED), (SERVING, "writes.read"),
    *((f"{kind}/verified", VERIFIED) for kind in PHASED), ("writes.read", VERIFIED),
    ("write.acked", "writes.read"), (SERVING, VERIFIED), (VERIFIED, "sandbox.removed"),
    *((kind, CLOSED) for kind in ("sandbox.removed", VERIFIED, "logs.collected")),
]  # fmt: skip


def _name(event: Event) -> str:
    return f"{event.kind}/{event.data['phase']}" if "phase" in event.data else event.kind


def _broken(events: Sequence[Event]) -> list[tuple[str, str]]:
    """Which of the rules an order breaks."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for place, event in enumerate(events):
        first.setdefault(_name(event), place)
        last[_name(event)] = place
    return [
        (one, other) for one, other in BEFORE if one in last and other in first and last[one] > first[other]
    ]


@pytest.mark.parametrize("name", JOURNALS)
def test_a_recorded_pass_is_in_order_and_is_one_still_when_it_is_chained_again(name: str) -> None:
    assert not _broken(JOURNALS[name])
    assert numbered(JOURNALS[name]) == list(JOURNALS[name])
    assert verdict(JOURNALS[name]) is Verdict.PASS


def _moved(events: Sequence[Event], moves: Sequence[tuple[int, int]]) -> list[Event]:
    """Each event that is named taken out, and put into another place; `run.opened` stays."""
    told = list(events)
    for one, other in moves:
        event = told.pop(1 + one % (len(told) - 1))
        told.insert(1 + other % len(told), event)
    return told


MOVES = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=4)


@settings(max_examples=600, deadline=None)
@given(name=st.sampled_from(sorted(JOURNALS)), moves=MOVES)
def test_no_order_that_breaks_the_line_is_a_pass_though_the_clocks_rise(
    name: str, moves: list[tuple[int, int]]
) -> None:
    told = _moved(JOURNALS[name], moves)
    if broken := _broken(told):
        assert verdict(told) is not Verdict.PASS, broken


@pytest.mark.parametrize(("one", "other"), BEFORE)
def test_each_rule_of_the_order_is_judged(one: str, other: str) -> None:
    """In every journal that has both: the last of the one directly after the first of the other."""
    tried = 0
    for events in JOURNALS.values():
        names = [_name(event) for event in events]
        if one not in names or other not in names:
            continue
        tried += 1
        told = list(events)
        event = told.pop(len(names) - 1 - names[::-1].index(one))
        told.insert([_name(each) for each in told].index(other) + 1, event)
        assert _broken(told) and verdict(told) is not Verdict.PASS
    assert tried


@settings(max_examples=300, deadline=None)
@given(without=st.sampled_from([OUTAGE, CLOSED]), moves=MOVES)
def test_no_order_of_events_is_a_pass_without_an_outage_that_was_seen_and_a_closing(
    without: str, moves: list[tuple[int, int]]
) -> None:
    told = _moved([event for event in PASSING if event.kind != without], moves)
    assert verdict(told) is not Verdict.PASS


@settings(max_examples=200, deadline=None)
@given(order=st.permutations(range(1, len(PASSING))))
def test_a_journal_whose_clock_goes_back_is_never_a_pass(order: list[int]) -> None:
    """A journal's readings of the clock only grow: one whose line was moved was not written so."""
    events = [PASSING[0], *(PASSING[index] for index in order)]
    if order != sorted(order):
        told = [replace(event, seq=seq) for seq, event in enumerate(events)]
        assert judging.assess(told, "0" * 64).verdict is not Verdict.PASS
