"""`drift A B`: sets, export archives and what is live, each against each, told in every form."""

from metadrill.census import stored

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
