"""`drift A B`: sets, export archives and what is live, each against each, told in every form."""

import json

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
    assert [(row["table"], row["row"], row["side"]) for row in rows] == [
        ("entities", made, "only in the second")
    ]
    assert made in files["csv"].read_text() and made in files["html"].read_text()
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
