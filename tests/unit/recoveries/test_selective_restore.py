"""What was lost brought back out of a set, and only that."""

from dataclasses import replace

import pytest

from metadrill.census import digests
from metadrill.errors import EnvironmentNotReady, RecoveryError, UsageError
from metadrill.faults.delete_entities import DeleteEntities
from metadrill.model.scenario import Action
from metadrill.recoveries.selective_restore import SelectiveRestore
from metadrill.testing import MemoryBackups, MemoryGiven, MemorySandboxes, MemoryStack, SampleSource


@pytest.fixture
def stack(tmp_path):
    made = MemoryStack(MemorySandboxes(tmp_path).create("recovery"))
    made.boot(None)
    SampleSource().fill(made, lambda kind, /, **data: None)
    return made


@pytest.fixture
def backups():
    return MemoryBackups()


def recovered(stack, backups, between=lambda: None, **fault):
    """Take a set, delete, change something, recover; return facts and the steps by name."""
    recovery = SelectiveRestore.with_backups(Action("selective_restore"), backups)
    taken = recovery.prepare(stack)
    assert taken is not None and taken["kind"] == "backup_set"
    broken = DeleteEntities(Action("delete_entities", fault))
    broken.prepare(stack)
    broken.inject(stack)
    between()
    steps = {}
    facts = recovery.recover(stack, lambda kind, /, **data: steps.update({data["step"]: data["facts"]}))
    return facts, steps


@pytest.mark.parametrize("how", ["soft", "purge"])
@pytest.mark.parametrize("by", ["type:hive_process", "classification:PII", "lineage:sales.table_2"])
def test_everything_is_as_it_was(stack, backups, how, by):
    tables = frozenset({"entities", "relationships", "classifications", "assignments", "lineage"})
    before = digests.tables(stack.census(tables))
    facts, steps = recovered(stack, backups, by=by, how=how)
    assert digests.tables(stack.census(tables)) == before
    assert facts["restored"] == steps["compare"]["lost"] > 0
    assert stack.settle(None)["graph"] == stack.settle(None)["index"]


def test_what_was_written_and_changed_since_stays_and_is_listed(stack, backups):
    database = next(entity for entity in stack.graph.entities.values() if entity.type == "hive_db")
    written = []

    def between():
        written.append(stack.write("later"))
        stack.graph.put(replace(database, attributes={"comment": "edited"}, updated=database.updated + 1))

    _, steps = recovered(stack, backups, between, by="type:hive_table", how="purge")
    assert stack.graph.entities[written[0]].name == "later"
    assert stack.graph.entities[database.guid].attributes == {"comment": "edited"}
    told = steps["compare"]
    assert told["guids"] == {"new": written, "edited": [database.guid]}
    assert (told["kept_new"], told["kept_edited"]) == (1, 1)
    assert told["by_type"] == {"hive_table": 6}
    assert steps["import"]["wanted"] == 6


def test_a_set_that_is_given_is_used_and_none_is_taken(stack):
    backups = MemoryBackups(MemoryGiven("set-0", stack))
    recovery = SelectiveRestore(Action("it"), backups)
    assert recovery.prepare(stack) is None and backups.taken == 0
    stack.delete([guid for guid, each in stack.graph.entities.items() if each.type == "hive_db"])
    facts = recovery.recover(stack, lambda kind, /, **data: None)
    assert (facts["set"], facts["restored"]) == ("set-0", 1)


def test_nothing_lost_is_nothing_imported(stack, backups):
    recovery = SelectiveRestore.with_backups(Action("selective_restore"), backups)
    recovery.prepare(stack)
    steps = []
    facts = recovery.recover(stack, lambda kind, /, **data: steps.append(data["step"]))
    assert facts["restored"] == 0 and steps == ["verify_backup", "compare", "look"]


def test_what_does_not_come_back_fails_the_recovery(stack, backups):
    class Forgetful(MemoryStack):
        def put_export(self, archive, schema):
            return {"entities": 0}

    stack.__class__ = Forgetful
    with pytest.raises(RecoveryError, match="5 of 5 are not back"):
        recovered(stack, backups, by="type:hive_process")


def test_a_repository_that_cannot_be_read_is_not_written_to(stack, backups):
    with pytest.raises(RecoveryError, match="cannot be read"):
        recovered(stack, backups, lambda: stack.stop("atlas"), by="type:hive_process")


def test_parameters_are_refused(backups):
    with pytest.raises(UsageError, match="takes no parameters"):
        SelectiveRestore(Action("it", {"fast": True}), backups)


def test_a_stack_that_imports_nothing_is_told_before_the_fault(backups):
    with pytest.raises(EnvironmentNotReady, match="lacks Importing"):
        SelectiveRestore(Action("it"), backups).prepare(object())


def test_what_the_import_leaves_behind_of_its_own_is_not_held_against_it(stack, backups):
    class Leaving(MemoryStack):
        import_makes = frozenset({"metadrill_canary"})

        def put_export(self, archive, schema):
            self.guid = self.write("left behind")
            return super().put_export(archive, schema)

    stack.__class__ = Leaving
    recovery = SelectiveRestore.with_backups(Action("selective_restore"), backups)
    recovery.prepare(stack)
    stack.delete([guid for guid, each in stack.graph.entities.items() if each.type == "hive_db"])
    later = stack.write("before the import")
    recovery.recover(stack, lambda kind, /, **data: None)
    assert stack.guid in recovery.exempt().guids and later not in recovery.exempt().guids
