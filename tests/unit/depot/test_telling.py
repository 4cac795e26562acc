"""The audit of entities in a set: a table of its census, and what it tells of one entity up to a moment."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from metadrill.census import stored
from metadrill.depot import telling, verifying
from metadrill.errors import BackupError, UsageError

DAY = 86_400_000


@pytest.fixture
def kept(shop):
    """A set of a repository that tells three changes of each entity, a day apart."""

    def changes(guids):
        for guid in guids:
            for day, action in enumerate(("ENTITY_CREATE", "LABEL_ADD", "ENTITY_UPDATE")):
                yield {
                    "guid": guid, "at": day * DAY, "user": "ann", "action": action, "details": f"day {day}",
                    "key": f"{guid}:{day}", "creates": not day, "brought": False,
                }  # fmt: skip

    shop.stack.changes = changes
    return shop.take(audit=True)


def test_the_audit_is_a_table_of_the_census_and_is_counted_anew_when_the_set_is_verified(shop, kept):
    told = kept.manifest.census
    assert told.counts["audit"] == 3 * told.counts["entities"] == kept.census().tables["audit"].num_rows
    assert not verifying.verify(shop.depot, kept.manifest.name, shop.stack.dialect).problems


def test_a_set_of_a_repository_that_keeps_none_has_no_such_table(shop):
    held = shop.take()
    assert "audit" not in held.manifest.census.counts and "audit" not in held.census().tables
    with pytest.raises(UsageError, match="keeps nothing that was told"):
        telling.events(held, "anything")


def test_a_table_that_is_not_what_the_changes_tell_is_found(shop, kept):
    census = kept.manifest.census
    digests = {**census.digests, "audit": "0" * 64}
    name = shop.sign_anew(kept, census=replace(census, digests=digests))
    assert "census.differs" in shop.codes(name)


def test_changes_without_their_table_are_no_set(shop, kept):
    census = kept.manifest.census
    fewer = replace(
        census,
        digests={name: told for name, told in census.digests.items() if name != "audit"},
        counts={name: told for name, told in census.counts.items() if name != "audit"},
    )
    parts = tuple(part for part in kept.manifest.parts if part.holds != "census.audit")
    with pytest.raises(BackupError):
        shop.depot.open(shop.sign_anew(kept, census=fewer, parts=parts))


def test_what_is_told_of_an_entity_ends_at_the_moment_that_is_asked_for(kept):
    entity = next(iter(stored.rows(kept.tables()["entities"])))
    every = telling.events(kept, entity["guid"])
    assert [row["action"] for row in every] == ["ENTITY_CREATE", "LABEL_ADD", "ENTITY_UPDATE"]
    second = datetime.fromtimestamp(DAY / 1000, UTC)
    assert [row["details"] for row in telling.events(kept, entity["guid"], second)] == ["day 0", "day 1"]
    assert telling.events(kept, entity["guid"], datetime(1969, 12, 31, tzinfo=UTC)) == []


def test_an_entity_is_named_by_its_unique_name_too_and_one_that_is_not_there_is_said(kept):
    entity = next(row for row in stored.rows(kept.tables()["entities"]) if row["unique_name"])
    assert telling.events(kept, entity["unique_name"]) == telling.events(kept, entity["guid"])
    with pytest.raises(UsageError, match="no entity is named"):
        telling.events(kept, "x' OR 1=1")
