"""What a trusted key signed, and does not hang together: every part another content, each found by name."""

import hashlib
import io
import json
from dataclasses import replace

import pytest
import zstandard

from metadrill import progress
from metadrill.archives import solid
from metadrill.census import SCHEMAS, stored
from metadrill.depot import forms, verifying
from metadrill.depot.listing import ENTRIES
from metadrill.model.backup import Method

from .conftest import BOTH


def with_part(shop, held, holds, content):
    """Put another content into a part, and sign a manifest that says so; return the set's new name."""
    digest = hashlib.sha256(content).hexdigest()
    old = held.manifest.part(holds)
    new = replace(old, name=old.name.replace(old.sha256[:16], digest[:16]), sha256=digest, bytes=len(content))
    (held.folder / old.name).unlink()
    (held.folder / new.name).write_bytes(content)
    parts = tuple(new if part == old else part for part in held.manifest.parts)
    return shop.sign_anew(held, parts=parts)


PARTS = (
    "types", "export", "entries", "graph_files", "index_files", "moving", "census.entities",
    "census.documents", "census.relationships", "census.typedefs",
)  # fmt: skip
JUNK = {
    "nothing": b"",
    "text": b"nothing like it",
    "a frame of nothing": zstandard.compress(b""),
    "a frame of junk": zstandard.compress(b"junk" * 1000),
    "the head of a table": b"PAR1",
}


@pytest.mark.parametrize("holds", PARTS)
def test_a_part_of_junk_is_found_whoever_signed_it_and_breaks_nothing(shop, holds):
    held = shop.take(methods=BOTH)
    for junk in JUNK.values():
        name = with_part(shop, held, holds, junk)
        found, held = shop.codes(name), shop.depot.open(name)
        assert found and set(found) <= {"archive.damaged", "archive.entries", "census.differs"}, (junk, found)


def test_an_archive_of_other_entries_is_found(shop):
    held = shop.take()
    body = io.BytesIO()
    with solid.Writer(body) as archive:
        archive.add("g.json", b"{}")
    assert shop.codes(with_part(shop, held, "export", body.getvalue())) == ["archive.entries"]


def test_an_archive_and_a_list_that_agree_and_lack_an_entity_are_found(shop, tmp_path):
    """One entity less in both: only the census, counted anew, can know."""
    held = shop.take()
    with held.path("export").open("rb") as file:
        entries = [(member.name, member.content()) for member in solid.members(file, "it")]
    lost = next(name for name, content in entries if name[0] != "a" and b"hive_table" in content)
    order = [
        name.removesuffix(".json") for name, _ in entries if name != lost and not name.startswith("atlas")
    ]
    kept = [
        (name, json.dumps(order).encode() if name == "atlas-export-order.json" else content)
        for name, content in entries
        if name != lost
    ]
    body = io.BytesIO()
    with solid.Writer(body) as archive:
        for name, content in kept:
            archive.add(name, content)
    rows = [{"name": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in sorted(kept)]
    listed = stored.write(tmp_path / "entries.parquet", rows, ENTRIES).read_bytes()
    name = with_part(shop, held, "export", body.getvalue())
    again = shop.depot.open(name)
    name = with_part(shop, again, "entries", listed)
    assert set(shop.codes(name)) == {"census.differs"}


@pytest.mark.parametrize("table", sorted(forms.TABLES))
def test_a_census_table_without_its_last_row_is_found(shop, tmp_path, table):
    held = shop.take()
    rows = list(stored.rows(held.path(f"census.{table}")))
    assert rows
    fewer = stored.write(tmp_path / "fewer.parquet", rows[:-1], SCHEMAS[table]).read_bytes()
    assert "census.differs" in shop.codes(with_part(shop, held, f"census.{table}", fewer))


def test_a_guid_of_two_entities_is_found(shop, tmp_path):
    held = shop.take()
    rows = list(stored.rows(held.path("census.entities")))
    other = {**rows[0], "unique_name": "another"}
    more = stored.write(tmp_path / "more.parquet", [*rows, other], SCHEMAS["entities"]).read_bytes()
    name = with_part(shop, held, "census.entities", more)
    found = verifying.verify(shop.depot, name, shop.stack.dialect).problems
    (told,) = (problem for problem in found if problem.code.value == "guid.twice")
    assert told.what == f"1 guids occur twice: {rows[0]['guid']} (2 entities)"


def test_a_witness_that_counted_others_is_heard(shop):
    held = shop.take()
    types = {**held.manifest.facts["export"]["types"], "hive_db": 99}
    name = shop.sign_anew(held, facts={**held.manifest.facts, "export": {"types": types}})
    assert shop.codes(name) == ["count.differs"]


def test_a_type_that_the_export_did_not_name_shows_in_the_count_of_all(shop):
    held = shop.take()
    export = held.manifest.facts["export"]
    name = shop.sign_anew(
        held, facts={**held.manifest.facts, "export": {**export, "entities": export["entities"] + 1}}
    )
    assert shop.codes(name) == ["count.differs"]


def test_a_set_of_before_that_count_verifies_still(shop):
    held = shop.take()
    types = held.manifest.facts["export"]["types"]
    name = shop.sign_anew(held, facts={**held.manifest.facts, "export": {"types": types}})
    assert shop.codes(name) == []


def test_what_could_be_verified_is_said(shop):
    held = shop.take(methods=BOTH)
    found = verifying.verify(shop.depot, held.manifest.name, shop.stack.dialect)
    assert found.files == len(list(held.folder.iterdir()))
    parts = [
        path for path in held.folder.iterdir() if path.name not in ("manifest.dsse.json", "certificate.pem")
    ]
    assert found.bytes == sum(path.stat().st_size for path in parts)
    physical = shop.take(methods=frozenset({Method.PHYSICAL}))
    assert verifying.verify(shop.depot, physical.manifest.name, shop.stack.dialect).problems == ()


def test_how_far_a_verification_is_is_told_to_whoever_listens(shop):
    held, told = shop.take(methods=BOTH), {}

    class Kept:
        def begin(self, what, total, unit):
            told[what] = [total, 0, unit]
            self.what = what
            return 0

        def advance(self, stage, amount):
            told[self.what][1] += amount

        def end(self, stage):
            pass

    with progress.heard(Kept()):
        assert not verifying.verify(shop.depot, held.manifest.name, shop.stack.dialect).problems
    total, there, unit = told[f"verifying {held.manifest.name}"]
    assert (total, unit) == (held.manifest.bytes, "bytes")
    assert total < there < total + 20_000, "the manifest and its certificate are read too"
    entries = held.manifest.facts["entries"]["all"]
    control = len(shop.stack.dialect.control)
    assert told["reading the export"] in (
        [entries, entries, "entries"],
        [entries, entries - control, "entries"],
    )
    assert told["reading graph_files"][1] > 0
