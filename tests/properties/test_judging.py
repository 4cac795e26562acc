"""What must hold of the judge whatever the journal says."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metadrill import judging
from metadrill.errors import Code, JournalError
from metadrill.model.event import Event
from metadrill.model.verdict import Verdict

from .recorded import AIMS, NO_PROOF, PASSING, RUNS, numbered, verdict

ORDER = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL)


@pytest.mark.parametrize("kind", sorted({event.kind for event in PASSING} - set(NO_PROOF)))
def test_a_journal_without_one_kind_of_proof_is_never_a_pass(kind: str) -> None:
    assert verdict([event for event in PASSING if event.kind != kind]) is not Verdict.PASS


@pytest.mark.parametrize("kind", sorted(NO_PROOF))
def test_a_kind_that_carries_no_proof_is_not_asked_for(kind: str) -> None:
    assert any(event.kind == kind for event in PASSING)
    assert verdict([event for event in PASSING if event.kind != kind]) is Verdict.PASS


PROOFS = [index for index, event in enumerate(PASSING) if event.kind not in NO_PROOF]
SEGMENTS = [
    index
    for index, event in enumerate(PASSING)
    if event.data.get("suite") == "segments" and event.data.get("phase") == "baseline"
]
UNASKED = {
    *SEGMENTS,  # a suite that is not in must_hold: asked for after the recovery, since it saw the damage
    *(
        index
        for index, event in enumerate(PASSING)
        if event.kind == "write.invoked"
        and any(other.kind == "write.unknown" and other.data["n"] == event.data["n"] for other in PASSING)
    ),
}


@pytest.mark.parametrize("index", [index for index in PROOFS if index not in UNASKED])
def test_a_journal_without_one_single_proof_is_never_a_pass(index: int) -> None:
    assert verdict([*PASSING[:index], *PASSING[index + 1 :]]) is not Verdict.PASS


PROVING = [
    (name, kind) for name in RUNS for kind in sorted({event.kind for event in RUNS[name]} - set(NO_PROOF))
]


@pytest.mark.parametrize(("name", "kind"), PROVING)
def test_a_journal_of_another_kind_without_one_kind_of_proof_is_never_a_pass(name: str, kind: str) -> None:
    assert verdict(list(RUNS[name])) is Verdict.PASS
    assert verdict([event for event in RUNS[name] if event.kind != kind]) is not Verdict.PASS


@pytest.mark.parametrize("name", AIMS)
@pytest.mark.parametrize("aim", ["recovered", "refused", "rolled_back", "detected", "escalated"])
def test_a_run_passes_by_its_own_aim_alone(name: str, aim: str) -> None:
    events = copy.deepcopy(list(RUNS[name]))
    events[0].data["aim"] = aim  # type: ignore[index]  # data of a copy: a plain dict
    assert (verdict(events) is Verdict.PASS) is (aim.replace("_", "-") == name)


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(AIMS), end=st.sampled_from(["recovery.left_out", "recovery.failed"]))
def test_whatever_the_aim_a_recovery_that_was_left_out_or_failed_fails(name: str, end: str) -> None:
    events = [
        replace(event, kind=end, data={"recovery": "any", "because": "asked"})
        if event.kind == f"recovery.{name.replace('-', '_')}"
        else event
        for event in RUNS[name]
    ]
    assert verdict(events) is Verdict.FAIL


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(RUNS["refused"])))
def test_a_call_that_changes_something_between_begin_and_proof_fails_a_refusal(place: int) -> None:
    kinds = [event.kind for event in RUNS["refused"]]
    near = RUNS["refused"][min(place, len(kinds) - 1)]
    call = replace(near, kind="call.made", data={"component": "atlas", "method": "POST", "path": "/"})
    events = [*RUNS["refused"][:place], call, *RUNS["refused"][place:]]
    if place == 0 or place > kinds.index("drill.closed"):
        return
    inside = kinds.index("recovery.started") < place <= kinds.index("recovery.verified")
    assert (verdict(events) is Verdict.FAIL) is inside


Damage = Callable[[list[Event]], None]


def _change(kind: str, edit: Callable[[Any], object], **where: object) -> Damage:
    def damage(events: list[Event]) -> None:
        for event in events:
            if event.kind == kind and all(event.data.get(key) == value for key, value in where.items()):
                edit(event.data)

    return damage


def _missed_recovery_point(events: list[Event]) -> None:
    _change("run.opened", lambda data: data["criteria"]["rpo"].update(limit_s=1))(events)
    _change("writes.read", lambda data: data["guid"].update(absent=[12]))(events)


VERIFIED = {"phase": "verified", "suite": "index"}
DAMAGES: tuple[Damage, ...] = (
    _change("checks.run", lambda data: data["results"][0].update(verdict="fail", unexpected=14), **VERIFIED),
    _change("checks.run", lambda data: data["results"][1].update(verdict="inconclusive"), **VERIFIED),
    _change("checks.run", lambda data: data.update(loaded=1), phase="verified", suite="structure"),
    _change("checks.run", lambda data: data["results"][0].update(verdict="pass"), phase="outage"),
    _change("witness.heard", lambda data: data["counts"][0].update(witness=1), phase="verified"),
    _change("writes.read", lambda data: data["search"].update(absent=[1, 17])),
    _change("writes.read", lambda data: data.update(acked=3)),
    _change("run.opened", lambda data: data["criteria"]["rto"].update(limit_s=1)),
    _missed_recovery_point,
    _change("sandbox.removed", lambda data: data["remaining"].update(files=["/x"])),
    _change("drill.closed", lambda data: data.update(outcome="failed")),
)


@settings(max_examples=150, deadline=None)
@given(done=st.sets(st.integers(0, len(DAMAGES) - 1)), more=st.integers(0, len(DAMAGES) - 1))
def test_more_damage_never_makes_a_betterverdict(done: set[int], more: int) -> None:
    before, after = copy.deepcopy(list(PASSING)), copy.deepcopy(list(PASSING))
    for index in sorted(done):
        DAMAGES[index](before)
    for index in sorted(done | {more}):
        DAMAGES[index](after)
    one, other = (judging.assess(numbered(events), "0" * 64) for events in (before, after))
    assert ORDER.index(other.verdict) >= ORDER.index(one.verdict)
    assert (other.code is Code.OK) <= (one.code is Code.OK)


@pytest.mark.parametrize("index", range(len(DAMAGES)))
def test_every_single_damage_is_seen(index: int) -> None:
    events = copy.deepcopy(list(PASSING))
    DAMAGES[index](events)
    assert judging.assess(numbered(events), "0" * 64).code is not Code.OK


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def _places(value: object) -> list[tuple[Any, Any]]:
    """Every (holder, key) within a value."""
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    else:
        return []
    return [(value, key) for key, _ in pairs] + [place for _, item in pairs for place in _places(item)]


@settings(max_examples=400, deadline=None)
@given(data=st.data(), name=st.sampled_from(["pass-loud", *RUNS]), pick=st.integers(0, 10_000), junk=JUNK)
def test_junk_anywhere_is_judged_or_refused_and_never_a_traceback(
    data: st.DataObject, name: str, pick: int, junk: object
) -> None:
    events = copy.deepcopy(list(RUNS.get(name, PASSING)))
    index = data.draw(st.integers(0, len(events) - 1))
    places = _places(events[index].data)
    if places:
        holder, key = places[pick % len(places)]
        holder[key] = junk
    try:
        assessed = judging.assess(events, "0" * 64)
    except JournalError as error:
        assert f"event {index} " in error.message
        return
    text = json.dumps(judging.to_json(assessed), allow_nan=False, ensure_ascii=False)
    assert text.encode()
    assert judging.to_json(judging.from_json(json.loads(text))) == json.loads(text)


def test_the_same_events_come_to_the_same_assessment() -> None:
    once, twice = (judging.to_json(judging.assess(PASSING, "0" * 64)) for _ in range(2))
    assert json.dumps(once) == json.dumps(twice)


BEFORE = sorted(
    event.data["n"]
    for event in PASSING
    if event.kind == "write.acked"
    and event.mono_ns < next(one.mono_ns for one in PASSING if one.kind == "fault.injected")
)


@settings(max_examples=200, deadline=None)
@given(
    lost=st.sets(st.sampled_from(BEFORE)), more=st.sets(st.sampled_from(BEFORE), min_size=1),
    way=st.sampled_from(["guid", "search"]),
)  # fmt: skip
def test_more_lost_writes_never_lower_the_loss_nor_better_theverdict(
    lost: set[int], more: set[int], way: str
) -> None:
    told = []
    for absent in (lost, lost | more):
        events = copy.deepcopy(list(PASSING))
        _change("writes.read", lambda data, absent=absent: data[way].update(absent=sorted(absent)))(events)
        found = judging.assess(numbered(events), "0" * 64)
        measure = found.rpa_graph if way == "guid" else found.rpa_search
        assert measure.seconds is not None
        told.append((measure.seconds, ORDER.index(found.verdict)))
    assert told[1][0] >= told[0][0] and told[1][1] >= told[0][1]
    assert told[1][0] > 0, "an acknowledged write is lost, and no time of work is"
