import io
import json
import os
import stat
import zipfile
from dataclasses import replace

import pytest

from metadrill.archives import exports
from metadrill.census import digests, frames
from metadrill.depot import forms, verifying
from metadrill.errors import BackupError, EnvironmentNotReady, MetadrillError, UsageError
from metadrill.model.backup import Method, Mode

from .conftest import BOTH, SOON


def table(stack, name):
    return stack.census().tables[name].num_rows


def test_a_set_says_what_the_repository_held(shop):
    held = shop.take(methods=BOTH)
    told = held.manifest
    census = shop.stack.census()
    assert told.census.digests == {
        name: digest for name, digest in digests.tables(census).items() if name in forms.TABLES
    }
    assert told.census.types == digests.types(census)
    assert told.census.counts["entities"] == table(shop.stack, "entities")
    assert set(told.methods) == BOTH and told.mode is Mode.FULL and not told.parent
    assert told.moving.entities == 0 and told.moving.steady
    assert told.identity.environment == "east" and told.identity.cluster == "cluster-1"
    assert any(left.what.startswith("users") for left in told.excluded)
    assert told.cut.started <= told.cut.ended and told.cut.skew_s >= 0


def test_its_name_carries_moment_environment_version_and_mode(shop):
    name = shop.take().manifest.name
    moment, environment, repository, mode, short = name.split("__")
    assert moment.endswith("Z") and len(moment) == 16
    assert (environment, repository, mode, len(short)) == ("east", "atlas-memory", "full", 8)


def test_what_is_in_a_depot_is_its_owners_alone(shop):
    held = shop.take(methods=BOTH)
    assert stat.S_IMODE(shop.depot.path.stat().st_mode) == stat.S_IMODE(held.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in held.folder.iterdir()} == {0o600}


def listing_again(stack, changes):
    """Let a twin's export list one of its entities once more, changed, and counted if it is another."""
    export = stack.export

    def exported(into, deadline):
        body = io.BytesIO()
        facts = export(body, deadline)
        with zipfile.ZipFile(body) as old:
            contents = {name: json.loads(old.read(name)) for name in old.namelist()}
        first = next(name for name in contents if name not in exports.CONTROL)
        again = json.loads(json.dumps(contents[first]))
        again["rows"]["entities"][0].update(changes)
        contents = {"again.json": again, **contents}
        contents[exports.ORDER].append("again")
        with zipfile.ZipFile(into, "w") as new:
            for name, content in contents.items():
                new.writestr(name, json.dumps(content))
        kind, more = again["rows"]["entities"][0]["type"], bool(changes)
        types = {**facts["types"], kind: facts["types"][kind] + more}
        return {**facts, "types": types, "entities": facts["entities"] + more}

    stack.export = exported


def test_an_entity_that_an_export_lists_twice_is_one(shop):
    plain = shop.take().manifest
    listing_again(shop.stack, {})
    held = shop.take()
    assert held.manifest.facts["entries"]["all"] == plain.facts["entries"]["all"] + 1
    assert held.manifest.census.digests == plain.census.digests
    assert shop.codes(held.manifest.name) == []


def test_two_entities_of_a_guid_are_no_backup(shop):
    listing_again(shop.stack, {"unique_name": "another"})
    with pytest.raises(BackupError, match=r"1 guids occur twice: .*\(guid\.twice\)"):
        shop.take()
    assert shop.depot.names() == []


def test_a_sound_set_verifies(shop):
    held = shop.take(methods=BOTH)
    found = verifying.verify(shop.depot, held.manifest.name, shop.stack.dialect)
    assert found.problems == () and found.steady and found.entries == held.manifest.facts["entries"]["all"]


def test_an_incremental_set_keeps_only_what_changed_and_restores_everything(shop, empty):
    full = shop.take()
    guids = shop.stack.create({}, [{"typeName": "hive_db", "attributes": {"name": "later"}}])
    shop.stack.delete([next(iter(shop.stack.graph.entities))])
    incremental = shop.take(Mode.INCREMENTAL)
    told = incremental.manifest
    assert told.parent == full.manifest.name and told.parent_manifest == full.signed.sha256
    assert told.facts["entries"]["kept"] < told.facts["entries"]["all"] / 2
    restored = empty()
    shop.given(incremental).put(restored, Method.LOGICAL)
    restored.settle(SOON)
    assert guids[0] in restored.graph.entities
    found = digests.tables(restored.census())
    assert {name: found[name] for name in told.census.digests if name != "documents"} == {
        name: digest for name, digest in told.census.digests.items() if name != "documents"
    }


def test_a_differential_set_goes_with_the_last_full_one(shop):
    full = shop.take()
    shop.take(Mode.INCREMENTAL)
    differential = shop.take(Mode.DIFFERENTIAL)
    assert differential.manifest.parent == full.manifest.name
    assert [held.manifest.name for held in shop.depot.chain(differential)] == [
        differential.manifest.name, full.manifest.name,
    ]  # fmt: skip


def test_a_purged_entity_is_not_in_the_next_incremental_set(shop, empty):
    shop.take()
    gone = next(guid for guid, entity in shop.stack.graph.entities.items() if entity.type == "hive_process")
    del shop.stack.graph.entities[gone]
    shop.stack.repair_tail()
    restored = empty()
    shop.given(shop.take(Mode.INCREMENTAL)).put(restored, Method.LOGICAL)
    assert gone not in restored.graph.entities


def test_without_a_full_set_there_is_no_incremental_one(shop):
    with pytest.raises(UsageError, match="could go with"):
        shop.take(Mode.INCREMENTAL)
    shop.take(methods=frozenset({Method.PHYSICAL}))
    with pytest.raises(UsageError, match="could go with"):
        shop.take(Mode.INCREMENTAL)
    shop.take(environment="west")
    with pytest.raises(UsageError, match="could go with"):
        shop.take(Mode.INCREMENTAL, environment="east")


def test_a_physical_restore_brings_everything_back(shop, empty):
    held = shop.take(methods=frozenset({Method.PHYSICAL}))
    restored = empty()
    shop.given(held).put(restored, Method.PHYSICAL)
    restored.settle(SOON)
    found = digests.tables(restored.census())
    assert {name: found[name] for name in held.manifest.census.digests} == dict(held.manifest.census.digests)


def test_a_set_without_such_a_part_says_so(shop, empty):
    held = shop.take()
    with pytest.raises(UsageError, match="has no physical part"):
        shop.given(held).put(empty(), Method.PHYSICAL)


def test_an_unfit_repository_is_not_backed_up(shop):
    shop.stack.stop("elasticsearch")
    with pytest.raises(EnvironmentNotReady, match="not fit"):
        shop.take()
    assert shop.depot.names() == []


def test_what_changes_while_it_is_read_is_listed(shop):
    export = shop.stack.export

    def changing(into, deadline):
        facts = export(into, deadline)
        shop.stack.write("canary/1")
        return facts

    shop.stack.export = changing
    held = shop.take(cap=0.5)
    assert held.manifest.moving.entities == 1 == len(held.moving())
    shop.stack.export = export
    assert shop.take().manifest.moving.entities == 0


@pytest.mark.parametrize("method", [Method.PHYSICAL, Method.LOGICAL])
def test_what_no_time_stamp_tells_is_listed_where_files_are_copied_behind_the_export(shop, empty, method):
    """Found with writers on a live server: a label moves no time, a term not even the index."""
    graph, copy = shop.stack.graph, shop.stack.copy_index
    guid = next(guid for guid, entity in graph.entities.items() if entity.terms)

    def changing(into, scratch):
        graph.put(replace(graph.entities[guid], terms=()))
        return copy(into, scratch)

    shop.stack.copy_index = changing
    held = shop.take(methods=frozenset({method}), cap=0.5)
    assert held.moving() == (frozenset({guid}) if method is Method.PHYSICAL else frozenset())
    given, target = shop.given(held), empty()
    given.put(target, method)
    target.settle(SOON)
    expected = given.expected(method)
    joined = frames.join(expected.census, target.census(), expected.exempt)
    assert set(joined["assignments_joined"]["side"].to_pylist()) == {"both"}


def test_more_change_than_the_cap_proves_nothing(shop):
    export = shop.stack.export

    def changing(into, deadline):
        facts = export(into, deadline)
        for number in range(3):
            shop.stack.write(f"canary/{number}")
        return facts

    shop.stack.export = changing
    held = shop.take(cap=0.01)
    assert not held.manifest.moving.steady
    assert not verifying.verify(shop.depot, held.manifest.name, shop.stack.dialect).steady


def test_a_reference_that_ends_in_nothing_is_refused_before_it_is_published(shop):
    gone = next(guid for guid, entity in shop.stack.graph.entities.items() if entity.type == "hive_db")
    del shop.stack.graph.entities[gone]
    shop.stack.repair_tail()
    with pytest.raises(BackupError, match=r"reference\.open"):
        shop.take()
    assert shop.depot.names() == []


def test_a_failed_export_is_refused(shop):
    shop.stack.export = lambda into, deadline: (
        into.write(b"PK\x03\x04 what a failed export looks like") and {}
    )
    with pytest.raises(MetadrillError):
        shop.take()
    assert shop.depot.names() == [] and list(shop.depot.path.iterdir()) == []


def test_audit_and_files_are_kept_where_they_are_given(shop, tmp_path):
    users = tmp_path / "users.properties"
    users.write_text("admin=ADMIN::hash")
    held = shop.take(audit=True, files={"users": users})
    assert held.manifest.part("changes") and held.manifest.part("files")
    assert not any(left.what.startswith(("users", "history")) for left in held.manifest.excluded)
    with pytest.raises(EnvironmentNotReady, match="cannot be read"):
        shop.take(files={"users": tmp_path / "none"})


def test_a_full_disk_publishes_nothing(shop):
    def full(into, deadline):
        raise OSError(28, "No space left on device")

    shop.stack.export = full
    with pytest.raises(EnvironmentNotReady, match="no space left"):
        shop.take()
    assert list(shop.depot.path.iterdir()) == []


def test_a_killed_backup_leaves_no_listed_set_and_is_swept(shop):
    child = os.fork()
    if child == 0:
        with shop.depot.draft() as draft:
            (draft.folder / "export.writing").write_bytes(b"half of it")
            os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    assert shop.depot.names() == [] and len(list(shop.depot.path.iterdir())) == 1
    with shop.depot.draft():
        assert len(shop.depot.sweep()) == 1
        assert len(list(shop.depot.path.iterdir())) == 1, "one that is being written stays"
    assert list(shop.depot.path.iterdir()) == []
