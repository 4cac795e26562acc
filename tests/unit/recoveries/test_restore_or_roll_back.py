"""A restore that falls short is undone; one that does not is kept; what cannot even be undone fails."""

from datetime import timedelta

import pytest

from metadrill.census import digests
from metadrill.depot import taking
from metadrill.depot.given import GivenSet
from metadrill.depot.shelf import Depot
from metadrill.depot.taking import Crew, Order
from metadrill.envelopes import certificates
from metadrill.errors import (
    BackupError,
    DamageFound,
    DeadlineExceeded,
    EnvironmentNotReady,
    RecoveryError,
    RolledBack,
    Unreachable,
)
from metadrill.model.backup import Mode
from metadrill.model.scenario import Action
from metadrill.recoveries.next_good_backup import NextGoodBackup
from metadrill.recoveries.reconcile import Reconcile
from metadrill.recoveries.restore_or_roll_back import STATE, RestoreOrRollBack
from metadrill.testing import MemorySandboxes, MemorySigner, MemoryStack

SOON = timedelta(seconds=5)


class Broken(MemoryStack):
    """A twin that refuses every import; and whose kept state comes back without its last entity."""

    forgets = False
    why = RecoveryError

    def put_export(self, archive, schema):
        raise self.why("import refused: it was not to be")

    def put_files(self, files):
        facts = super().put_files(files)
        if self.forgets:
            last = sorted(self.graph.entities)[-1]
            del self.graph.entities[last]
            self.index.drop([last])
        return facts


class Taken:
    """Backups of one stack, in a depot beside it."""

    def __init__(self, folder):
        self.signer = MemorySigner()
        fingerprint = certificates.read(self.signer.certificate, "it").fingerprint
        self.depot = Depot(folder, frozenset({fingerprint}))

    def given(self):
        return None

    def take(self, target, methods):
        crew = Crew(target.dialect, self.signer, {"name": "metadrill", "version": "test"}, {})
        held = taking.take(self.depot, target, Order("drill", Mode.FULL, methods), crew)
        return GivenSet(self.depot, held, target.dialect)


@pytest.fixture
def booted(tmp_path):
    def make(kind=MemoryStack):
        stack = kind(MemorySandboxes(tmp_path / "boxes").create("test"))
        stack.boot(SOON)
        stack.sample_data(SOON)
        stack.settle(SOON)
        return stack

    return make


@pytest.fixture
def backups(tmp_path):
    return Taken(tmp_path / "depot")


def nothing(kind, /, **data):
    """Record to nobody."""


def state(stack):
    return digests.tables(stack.census(STATE))


def test_a_restore_that_holds_is_kept(booted, backups):
    stack = booted()
    recovery = RestoreOrRollBack(Action("restore_or_roll_back"), backups)
    recovery.prepare(stack)
    before = state(stack)
    assert recovery.recover(stack, nothing)["method"] == "logical"
    stack.settle(SOON)
    assert state(stack).keys() == before.keys()


@pytest.mark.parametrize("error", [RecoveryError, DeadlineExceeded, Unreachable, BackupError])
def test_an_import_that_fails_is_undone_and_the_proof_is_given(booted, backups, error):
    stack = booted(Broken)
    stack.why = error
    recovery = RestoreOrRollBack(Action("restore_or_roll_back"), backups)
    recovery.prepare(stack)
    before = state(stack)
    with pytest.raises(RolledBack, match="import refused") as undone:
        recovery.recover(stack, nothing)
    assert state(stack) == before
    tables = undone.value.facts["tables"]
    assert {name: pair["after"] for name, pair in tables.items()} == before


def test_what_does_not_come_back_the_same_is_a_failure_and_no_roll_back(booted, backups):
    stack = booted(Broken)
    recovery = RestoreOrRollBack(Action("restore_or_roll_back"), backups)
    recovery.prepare(stack)
    stack.forgets = True
    with pytest.raises(RecoveryError, match="did not come back the same") as failed:
        recovery.recover(stack, nothing)
    assert not isinstance(failed.value, RolledBack)


def test_a_set_that_was_changed_is_refused_before_anything_is_copied(booted, backups):
    stack = booted()
    recovery = RestoreOrRollBack(Action("restore_or_roll_back"), backups)
    recovery.prepare(stack)
    (name,) = backups.depot.names()
    next((backups.depot.path / name).glob("export-*")).unlink()
    steps = []
    with pytest.raises(BackupError):
        recovery.recover(stack, lambda kind, /, **told: steps.append(told))
    assert steps == []


def test_a_stack_that_cannot_be_copied_is_not_drilled_so(backups):
    with pytest.raises(EnvironmentNotReady):
        RestoreOrRollBack(Action("restore_or_roll_back"), backups).prepare(object())


def test_where_no_set_is_good_the_last_one_is_what_is_refused(booted, backups):
    stack = booted()
    recovery = NextGoodBackup(Action("next_good_backup"), backups)
    taken = recovery.prepare(stack)
    for name in backups.depot.names():
        next((backups.depot.path / name).glob("types-*")).unlink()
    steps = []
    with pytest.raises(BackupError, match=taken["older"]):
        recovery.recover(stack, lambda kind, /, **told: steps.append(told["step"]))
    assert steps == ["pass_over"]


def test_drift_is_found_with_its_guids_and_none_where_there_is_none(booted):
    stack = booted()
    recovery = Reconcile(Action("reconcile"))
    assert recovery.recover(stack, nothing)["differing"] == 0
    lost = sorted(stack.index.read()[0])[:2]
    stack.index.drop(lost)
    with pytest.raises(DamageFound, match="differ in 2 entities") as found:
        recovery.recover(stack, nothing)
    assert found.value.facts["guids"] == lost


def test_a_document_that_is_there_and_not_the_same_is_drift_too_and_each_guid_counts_once(booted):
    stack = booted()
    held = stack.index.read()[0]
    stale, other, twice, lost = sorted(held)[:4]
    stack.index.put([{**held[stale], "modified": held[stale]["modified"] - 1}])
    stack.index.put([{**held[other], "state": "DELETED"}])
    stack.index.put([{**held[twice], "type": "view", "state": "DELETED", "modified": 1}])
    stack.index.drop([lost])
    with pytest.raises(DamageFound, match="differ in 4 entities") as found:
        Reconcile(Action("reconcile")).recover(stack, nothing)
    facts = found.value.facts
    assert (facts["examined"], facts["guids"]) == (len(held), [stale, other, twice, lost])


def test_of_many_that_differ_all_are_counted_and_the_first_are_named(booted):
    stack = booted()
    held = stack.index.read()[0]
    stack.index.put({**body, "modified": body["modified"] - 1} for body in held.values())
    with pytest.raises(DamageFound) as found:
        Reconcile(Action("reconcile")).recover(stack, nothing)
    assert found.value.facts["differing"] == len(held) > 20
    assert found.value.facts["guids"] == sorted(held)[:20]


def test_where_a_side_cannot_be_read_nothing_was_compared(booted):
    stack = booted()
    stack.stop("atlas")
    with pytest.raises(RecoveryError, match="cannot be compared: observed census, table entities: atlas"):
        Reconcile(Action("reconcile")).recover(stack, nothing)
