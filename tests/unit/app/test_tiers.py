"""Tiers: restored in their order, each against its own objective, none before all of it is proved."""

from dataclasses import replace
from datetime import timedelta

import pytest

from metadrill import planning
from metadrill.app import opening
from metadrill.census import build
from metadrill.depot.given import GivenSet
from metadrill.errors import Code, UsageError
from metadrill.model.drill import LeaveOut, Tier
from metadrill.model.verdict import Verdict
from metadrill.testing import MemoryStack, drills

from .playing import data, kinds, plan_of

HOUR = timedelta(hours=1)
TIERS = (
    Tier("databases", HOUR, ("type:hive_db",)),
    Tier("tables", HOUR, ("type:hive_table",)),
    Tier("rest", 2 * HOUR),
)


@pytest.fixture
def tiered(play):
    """Play the shipped scenario with tiers; return its events and the judgement."""

    def played(tiers=TIERS, **changes):
        plan = plan_of("complete-loss-tiered")
        plan = replace(plan, drill=replace(plan.drill, tiers=tiers))
        fixed = drills.opening(plan)
        fixed = {**fixed, "criteria": {**fixed["criteria"], **opening._tiers(plan.drill)}}
        return play(plan, opening=fixed, **changes)

    return played


def test_each_tier_is_back_in_its_order_and_measured_for_itself(tiered):
    events, found = tiered()
    assert (found.verdict, found.code) == (Verdict.PASS, Code.OK), found.sentence
    steps = [event.data["step"] for event in events if event.kind == "recovery.step"]
    assert steps[:6] == ["verify_backup", "clear", "renew", "tier_databases", "tier_tables", "tier_rest"]
    assert [tier.name for tier in found.tiers] == ["databases", "tables", "rest"]
    assert all(tier.met and tier.actual <= found.rta.actual for tier in found.tiers)
    held = data(events, "recovery.finished")["facts"]["tiers"]
    assert {tier.name: tier.entities for tier in found.tiers} == held
    whole = data(events, "census.taken", phase="baseline")["counts"]["entities"]
    assert sum(held.values()) == whole, "each entity is in one tier"
    assert any("tier databases was back and proved after" in text for text in found.shows)


def test_a_tier_whose_relationships_lead_into_a_later_one_is_proved_with_that(tiered):
    events, _ = tiered()
    order = [
        event.data.get("tier") or event.data["step"]
        for event in events
        if event.kind in ("tier.verified", "recovery.step")
    ]
    assert order.index("databases") > order.index("tier_tables"), "each table is in a database"
    assert order.index("rest") > order.index("tier_rest")


def test_a_tier_that_is_late_fails_the_run_though_the_whole_is_in_time(tiered):
    late = replace(TIERS[0], rto=timedelta(microseconds=1))
    _, found = tiered((late, *TIERS[1:]))
    assert (found.verdict, found.code) == (Verdict.FAIL, Code.RTO_MISSED), found.sentence
    assert found.rta.met and [tier.met for tier in found.tiers] == [False, True, True]
    assert [finding.name for finding in found.findings] == ["RTO of tier databases"]


def test_what_runs_between_tiers_and_is_missing_comes_with_the_final_pass(tiered, monkeypatch):
    """A relationship that an import left out is not there until both its ends are imported together."""
    put, census, imports = GivenSet.put_only, MemoryStack.census, []

    def counted(self, target, guids):
        imports.append(guids)
        return put(self, target, guids)

    def lacking(self, tables=None):
        found = census(self, tables)
        if not 1 <= len(imports) <= len(TIERS) or "relationships" not in found.tables:
            return found
        rows = found.tables["relationships"].to_pylist()
        chosen.update({row["guid"]: row for row in rows if not chosen and row["type"] == "hive_table.db"})
        hidden = next(iter(chosen), "")
        left = [row for row in rows if row["guid"] != hidden]
        rows = {name: table.to_pylist() for name, table in found.tables.items()}
        return build({**rows, "relationships": left}, {})

    chosen = {}
    monkeypatch.setattr(GivenSet, "put_only", counted)
    monkeypatch.setattr(MemoryStack, "census", lacking)
    events, found = tiered()
    assert found.verdict is Verdict.PASS, found.sentence
    steps = [event.data["step"] for event in events if event.kind == "recovery.step"]
    hidden = next(iter(chosen.values()))
    assert steps[-1] == "final_pass" and len(imports) == len(TIERS) + 1
    assert {hidden["seen_from"], hidden["other"]} <= imports[-1]
    last = max(event.seq for event in events if event.kind == "recovery.step")
    assert [event.data["tier"] for event in events if event.kind == "tier.verified" and event.seq > last]


def test_a_tier_that_does_not_come_back_as_it_was_fails(tiered, monkeypatch):
    put = GivenSet.put_only

    def spoils(self, target, guids):
        facts = put(self, target, guids)
        guid = next(guid for guid, one in target.graph.entities.items() if one.type == "hive_db")
        target.graph.put(replace(target.graph.entities[guid], attributes={"other": "than it was"}))
        return facts

    monkeypatch.setattr(GivenSet, "put_only", spoils)
    events, found = tiered()
    assert found.verdict is Verdict.FAIL
    assert "did not come back as it was" in data(events, "recovery.failed")["because"]
    assert all(tier.actual is None for tier in found.tiers), "where the whole is not proved, no tier is"


def test_a_tier_that_search_lacks_one_entity_of_is_not_back(tiered, monkeypatch):
    put = GivenSet.put_only

    def unindexed(self, target, guids):
        facts = put(self, target, guids)
        tables = [guid for guid, one in target.graph.entities.items() if one.type == "hive_table"]
        target.index.drop(tables[:1])
        return facts

    monkeypatch.setattr(GivenSet, "put_only", unindexed)
    events, found = tiered()
    assert found.verdict is Verdict.FAIL
    because = data(events, "recovery.failed")["because"]
    assert "tier tables did not come back as it was: search does not have 1 of its" in because
    back = [event.data for event in events if event.kind == "tier.verified"]
    assert [one["tier"] for one in back] == ["databases", "rest"], "the others were all there"
    assert all(one["documents"] == one["entities"] for one in back)


@pytest.mark.parametrize(
    ("left_out", "verdict"),
    [(LeaveOut.FAULT, Verdict.INCONCLUSIVE), (LeaveOut.RECOVERY, Verdict.FAIL)],
)
def test_without_its_loss_or_left_out_it_is_no_pass(tiered, left_out, verdict):
    events, found = tiered(left_out=left_out)
    assert found.verdict is verdict, found.sentence
    assert "sandbox.removed" in kinds(events)


def test_a_tier_of_nothing_is_told_before_anything_is_broken(tiered):
    events, found = tiered((Tier("none", HOUR, ("type:no_such",)), Tier("rest", HOUR)))
    assert found.verdict is Verdict.INCONCLUSIVE and "fault.injected" not in kinds(events)
    assert "picks no entity" in str(data(events, "run.failed"))


@pytest.mark.parametrize(
    ("tiers", "wrong"),
    [
        ((Tier("a", HOUR, ("type:x",)), Tier("a", HOUR)), "two tiers are named 'a'"),
        ((Tier("a", HOUR), Tier("b", HOUR)), "takes all that is left, and others come after"),
        ((Tier("a", HOUR, ("tables",)), Tier("b", HOUR)), "selection 'tables': is none"),
        ((Tier("a", HOUR, ("type:x",)),), "does not take all that is left"),
    ],
)
def test_tiers_that_do_not_fit_each_other_are_refused_with_the_file(tiers, wrong):
    plan = drills.plan()
    material = planning.Material(
        replace(plan.drill, tiers=tiers, source="d.yaml"),
        plan.scenario,
        plan.stack,
        plan.dataset,
        plan.suites,
    )
    with pytest.raises(UsageError, match=r"d\.yaml") as refused:
        planning.plan(material, plan.recovery)
    assert wrong in refused.value.message


def test_without_tiers_there_is_no_recovery_by_them(tiered):
    with pytest.raises(UsageError, match="the drill has no tiers"):
        tiered(())
