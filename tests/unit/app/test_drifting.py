"""`drift A B`: sets, export archives and what is live, each against each, told in every form."""

import json
import shutil

import pytest

from metadrill.app.drifting import Side
from metadrill.census import stored
from metadrill.model.backup import Mode

from .backed import CONNECTION, SOON


def test_any_two_readings_are_compared_and_told_in_every_form(backed, tmp_path):
    env = backed.at_hand()
    backed.configure(CONNECTION)
    assert backed.call("backup", "create", "--json", **env).code == 0
    archive = tmp_path / "export.zip"
    with archive.open("wb") as file:
        backed.stack.export(file, SOON)
    assert backed.call("drift", "latest", str(archive), "--stack", "twin").code == 0
    made = backed.stack.write("drifted")
    files = {form: tmp_path / f"drift.{form}" for form in ("html", "csv", "parquet")}
    options = [word for form, path in files.items() for word in (f"--{form}", str(path))]
    found = backed.call(
        "drift", str(archive), "connection:live", "--stack", "twin", *options, **backed.at_hand()
    )
    assert (found.code, "differ" in found.out) == (0, True), found.err
    rows = list(stored.rows(files["parquet"]))
    assert [(row["table"], row["row"], row["side"], row["entity_name"]) for row in rows] == [
        ("entities", made, "only in the second", "drifted")
    ]
    for told in (files["csv"].read_text(), files["html"].read_text(), found.out):
        assert made in told and "drifted" in told
    assert "typedefs" not in found.out, "an export holds but the types in use"
    strict = backed.call("drift", str(archive), "latest", "--stack", "twin", "--fail-on", "warnings")
    assert strict.code == 0, "the set is as old as the export"
    assert backed.call("drift", "latest", "latest").code == 2
    assert backed.call("drift", "latest", "nowhere.zip").code == 2
    gone = backed.call(
        "drift", "latest", str(archive), "--stack", "twin", "--csv", str(tmp_path / "no" / "x.csv")
    )
    assert gone.code == 30


def test_what_lies_in_the_files_of_a_set_is_read_and_compared_as_any_other_reading(backed):
    backed.configure(CONNECTION)
    backed.take()
    stack = ("--stack", "twin")
    same = backed.call("drift", "files:latest", "latest", *stack)
    assert (same.code, "0 rows differ" in same.out, "documents" in same.out) == (0, True, True), same.err
    made = backed.stack.write("later")
    found = backed.call("drift", "files:latest", "connection:live", *stack, "--json", **backed.at_hand())
    rows = json.loads(found.out)["rows"]
    assert {(row["table"], row["row"], row["side"]) for row in rows} == {
        ("entities", made, "only in the second"), ("documents", made, "only in the second"),
    }  # fmt: skip
    assert not (backed.project.cache / "sandboxes").exists() or not any(
        (backed.project.cache / "sandboxes").iterdir()
    )


def test_a_copy_that_lacks_what_its_manifest_says_shows_and_a_set_without_files_is_refused(
    backed, monkeypatch
):
    whole = backed.stack.graph.dump()
    gone = max(whole["entities"], key=lambda entity: entity["guid"])
    lossy = {**whole, "entities": [entity for entity in whole["entities"] if entity is not gone]}
    with monkeypatch.context() as copying:
        copying.setattr(backed.stack.graph, "dump", lambda: lossy)
        backed.take()
    found = backed.call(
        "drift", "latest", "files:latest", "--stack", "twin", "--rows", "100", "--fail-on", "warnings"
    )
    assert found.code == 3, found.err
    assert any(gone["guid"] in line and "only in the first" in line for line in found.out.splitlines())
    backed.take(Mode.INCREMENTAL)
    refused = backed.call("drift", "files:latest", "latest", "--stack", "twin")
    assert (refused.code, "has no physical part" in refused.err) == (2, True)


def test_what_was_deleted_is_told_with_its_name_and_both_states_within_the_width_asked_for(backed, tmp_path):
    backed.configure(CONNECTION)
    backed.take()
    guid, entity = next((guid, e) for guid, e in backed.stack.graph.entities.items() if e.type == "hive_db")
    backed.stack.delete([guid])
    page = tmp_path / "drift.html"
    found = backed.call(
        "drift", "latest", "connection:live", "--html", str(page), COLUMNS="100", **backed.at_hand()
    )
    lines = found.out.splitlines()
    at = next(place for place, line in enumerate(lines) if guid in line and "entities" in line)
    assert f"hive_db {entity.name}" in " ".join(lines[at : at + 2])
    below = [line.strip() for line in lines[at : at + 4]]
    assert any(line.startswith("first   state=ACTIVE") for line in below)
    assert any(line.startswith("second  state=DELETED") for line in below)
    assert max(len(line) for line in lines[at:]) <= 100
    assert all(word in page.read_text("utf-8") for word in (entity.name, "state=ACTIVE", "state=DELETED"))


def test_what_was_written_while_a_set_was_read_is_told_apart_and_is_no_drift(backed, monkeypatch):
    backed.configure(CONNECTION)
    made, export = [], backed.stack.export

    def written(into, deadline):
        facts = export(into, deadline)
        if not made:
            made.append(backed.stack.write("meanwhile"))
        return facts

    monkeypatch.setattr(backed.stack, "export", written)
    backed.take(Mode.FULL)
    strict = ("drift", "latest", "connection:live", "--fail-on", "warnings")
    found = backed.call(*strict, "--json", **backed.at_hand())
    told = json.loads(found.out)
    assert (found.code, told["code"], told["differ"]) == (0, 0, 0)
    assert told["written"] == {"first": 1, "second": 0} and told["moved"] == len(told["rows"]) > 0
    assert {row["row"].split()[0] for row in told["rows"]} == set(made)
    assert all(row["moved"] for row in told["rows"])
    said = backed.call(*strict, **backed.at_hand())
    assert said.code == 0 and "0 rows differ" in said.out
    assert "1 entity was written while it was read" in said.out
    assert f"{told['moved']} more of what was written while it was read" in said.out
    backed.stack.write("later")
    assert backed.call(*strict, **backed.at_hand()).code == 3


@pytest.mark.parametrize("how", ["of another set", "rotted"])
def test_a_set_whose_census_is_not_what_it_was_is_refused(backed, how):
    """With the census of what is live now in its place a set of before would show no drift."""
    backed.configure(CONNECTION)
    set_ = backed.take()
    backed.stack.write("later")
    now = backed.take()
    for table in ("entities", "documents"):
        part = set_.path(f"census.{table}")
        if how == "rotted":
            part.write_bytes(part.read_bytes()[:-1] + b"0")
        else:
            shutil.copyfile(now.path(f"census.{table}"), part)
    words = ("drift", set_.manifest.name, "connection:live")
    found = backed.call(*words, **backed.at_hand())
    assert (found.code, "differ" in found.out) == (20, False), found.err
    restored = backed.call("restore", set_.manifest.name, "--stack", "twin", "--accept-unproved-isolation")
    assert (restored.code, restored.err) == (20, found.err), "a restore refuses it in the same words"


def test_when_an_entity_was_created_is_drift_and_both_are_told_as_dates(backed):
    backed.configure(CONNECTION)
    backed.take()
    dump, env = backed.stack.graph.dump(), backed.at_hand()
    one = next(entity for entity in dump["entities"] if entity["type"] == "hive_db")
    moved = [{**each, "created": 7} if each is one else each for each in dump["entities"]]
    backed.live.write_text(json.dumps({**dump, "entities": moved}))
    found = backed.call("drift", "latest", "connection:live", "--json", "--fail-on", "warnings", **env)
    (row,) = json.loads(found.out)["rows"]
    assert (found.code, row["table"], row["row"], row["what"]) == (3, "entities", one["guid"], "created")
    assert row["first"].startswith("created=2023-11-14T22:13:20.000Z, ")
    assert row["second"].startswith("created=1970-01-01T00:00:00.007Z, ")


def test_an_index_that_lags_for_good_is_said():
    assert Side("live", "east", {}, None, (3, 3)).limits == ()
    (told,) = Side("live", "east", {}, None, (3, 2)).limits
    assert told.startswith("live: its graph holds 3 entities, its index 2")


def test_what_the_repository_counted_otherwise_is_said():
    doubt = "hive_db: 1 were read, the repository itself counted 2"
    assert Side("live", "east", {}, None, (3, 3), (doubt,)).limits == (f"live: {doubt}",)


def test_the_audit_is_compared_where_both_have_it(backed):
    backed.configure(CONNECTION.replace("stack: twin,", "stack: twin, entity_audit: true,"))
    assert backed.call("backup", "create", **backed.at_hand()).code == 0
    gone = next(iter(backed.stack.graph.indexed()))
    made = backed.stack.write("later")
    dump = backed.stack.graph.dump()
    told = json.loads(backed.call("drift", "latest", "--json", **backed.at_hand()).out)
    assert told["sizes"]["audit"]["second"] == told["sizes"]["audit"]["first"] + 1
    assert {row["table"] for row in told["rows"] if row["row"] == made} == {"entities", "documents"}
    assert not any(row["table"] == "audit" for row in told["rows"])
    later = [{**one, "created": 7} if one["guid"] == gone else one for one in dump["entities"]]
    env = backed.at_hand()
    backed.live.write_text(json.dumps({**dump, "entities": later}))
    told = json.loads(backed.call("drift", "latest", "--json", **env).out)
    (lost,) = [row for row in told["rows"] if row["table"] == "audit"]
    assert lost["side"] == "only in the first" and lost["row"].startswith(gone)
