"""`audit` as a person calls it, on a log that other commands have written."""

import json

import pytest

from metadrill.errors import Code
from metadrill.governance import audit


@pytest.fixture
def log(call, here, ran):
    """What `gc`, `assess` of an old verdict and `report build` have left."""
    folder = ran("pass-loud")
    assert call("gc")[0] == 0
    assert call("report", "build", "last")[0] == 0
    issued = json.loads((folder / "assessment.json").read_text())
    (folder / "assessment.json").write_text(json.dumps({**issued, "verdict": "fail"}))
    assert call("assess", "last")[0] == 0
    return here / ".metadrill" / audit.FILE


def _rows(out):
    return [json.loads(line)["entry"] for line in out.splitlines()]


def test_every_action_is_shown_begun_and_done_newest_last(call, log):
    code, out, err = call("audit", "show", "--json")
    rows = _rows(out)
    assert (code, err) == (0, "") and [row["seq"] for row in rows] == list(range(7))
    assert [(row["action"], row["outcome"]) for row in rows[1:]] == [
        (action, outcome) for action in ("gc", "report.build", "assess") for outcome in ("begun", "done")
    ]
    assert rows[5]["facts"] == {"file": "assessment-2.json", "verdict": "pass"}
    shown = call("audit", "show")[1].splitlines()
    assert len(shown) == 7 and shown[-1].split()[3:6] == ["assess", rows[6]["object"], "done"]


def test_a_seal_is_noted_with_the_files_it_wrote_and_one_that_is_refused_with_its_code(call, ran):
    folder = ran("pass-loud")
    assert call("evidence", "seal", "last")[0] == 0
    begun, done = _rows(call("audit", "show", "--json", "--action", "evidence")[1])
    assert (begun["outcome"], done["outcome"], done["object"]) == ("begun", "done", folder.name)
    assert "statement.dsse.json" in done["facts"]["files"]
    (folder / "report.html").write_text("another")
    assert call("evidence", "seal", "last")[0] == 20
    assert _rows(call("audit", "show", "--json")[1])[-1]["facts"]["code"] == 20
    assert call("report", "build", "last", "--out", str(folder))[0] == 2, "and what is refused is no entry"
    assert _rows(call("audit", "show", "--json")[1])[-1]["action"] == "evidence.seal"


def test_what_only_looks_is_no_entry(call, log):
    before = log.read_bytes()
    for words in (["audit", "show"], ["audit", "verify"], ["assess", "--help"], ["sandbox", "status"]):
        assert call(*words)[0] == 0
    assert log.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "wanted"),
    [(["--action", "gc"], 2), (["--action", "report"], 2), (["--action", "report.build"], 2),
     (["--action", "rep"], 0), (["--action", "gc", "--action", "assess"], 4), (["--since", "1h"], 7),
     (["--since", "2001-01-01"], 7), (["--since", "2999-01-01T00:00:00Z"], 0), (["--since", "0s"], 0),
     (["--since", "2001-01-01T00:00:00+02:00", "--action", "audit"], 1)],
)  # fmt: skip
def test_entries_are_chosen_by_action_and_time(call, log, words, wanted):
    code, out, _ = call("audit", "show", "--json", *words)
    assert code == 0 and len(_rows(out)) == wanted


def test_no_log_shows_no_entry_and_does_not_verify(call, here):
    assert call("audit", "show")[:2] == (0, "no entry\n") and call("audit", "show", "-q")[:2] == (0, "")
    for words in (["verify"], ["checkpoint"]):
        code, out, err = call("audit", *words)
        assert code == Code.BACKUP_TAMPERED and out == "" and "audit.jsonl: no entry there" in err
    assert list(here.iterdir()) == []


def test_a_checkpoint_is_printed_to_be_kept_and_the_log_is_verified_against_it(call, log, tmp_path):
    code, out, err = call("audit", "checkpoint")
    key = err.split()[-1]
    assert code == 0 and out.splitlines()[1] == "7" and out.splitlines()[4].startswith("— metadrill.audit/")
    assert out == (log.parent / "checkpoints" / "7.note").read_text()
    given, file = tmp_path / "kept.note", tmp_path / "kept.vkey"
    given.write_text(out)
    file.write_text(key + "\n")
    assert call("gc")[0] == 0
    for more in ([], ["--key", key], ["--key", str(file)]):
        code, out, _ = call("audit", "verify", "--checkpoint", str(given), *more)
        assert code == 0 and "9 entries" in out and "of 7 entries that was kept elsewhere holds" in out
    body = json.loads(call("audit", "verify", "--checkpoint", str(given), "--json")[1])
    assert (body["now"]["size"], body["given"]["size"], body["torn"]) == (9, 7, 0)
    assert [item["size"] for item in body["kept"]] == [0, 7]
    again = json.loads(call("audit", "checkpoint", "--json")[1])
    assert again["key"] == key and again["note"].splitlines()[1] == "9"


def test_what_does_not_hold_exits_20_and_names_the_line_or_the_checkpoint(call, log, tmp_path):
    given = tmp_path / "kept.note"
    given.write_text(call("audit", "checkpoint")[1])
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:5]))
    code, out, err = call("audit", "verify", "--checkpoint", str(given))
    assert code == 20 and out == "" and f"5 entries, and {given} is of 7" in err
    lines[2] = lines[2].replace(b'"outcome":"done"', b'"outcome":"fail"')
    log.write_bytes(b"".join(lines))
    for words in (["verify"], ["show"], ["checkpoint"]):
        code, _, err = call("audit", *words)
        assert code == 20 and "audit.jsonl:4: the chain is broken here" in err
    for words in (["gc"], ["report", "build", "last"], ["sandbox", "up"]):
        code, out, err = call(*words)
        assert code == 20 and out == "" and "audit.jsonl:4" in err, "a broken log takes no action"
    error = json.loads(call("audit", "verify", "--json")[1])
    assert error["code"] == 20 and "audit.jsonl:4" in error["error"]


def test_a_torn_tail_is_a_warning_and_the_next_action_notes_its_repair(call, log):
    log.write_bytes(log.read_bytes() + b'{"seq":7,"at"')
    code, out, _ = call("audit", "verify")
    assert code == 0 and "13 bytes of an entry that was never finished" in out
    assert call("audit", "verify", "--fail-on", "warnings")[0] == 3
    assert call("gc")[0] == 0
    assert [row["seq"] for row in _rows(call("audit", "show", "--json", "--action", "audit.repair")[1])] == [
        7
    ]
    assert call("audit", "verify", "--fail-on", "warnings")[0] == 0


def test_what_would_hide_something_on_a_terminal_is_escaped(call, here):
    ledger = here / ".metadrill"
    audit.Log(ledger).record(audit.Deed("run", "a\x1b[2Kb\u202ec", "begun", {"x": "\x1b[2K"}))
    out = call("audit", "show")[1]
    assert "a\\x1b[2Kb\\u202ec" in out and "\x1b" not in out and "\u202e" not in out


def test_an_unreadable_key_stops_a_log_from_being_begun_and_nothing_is_done(call, here, tmp_path):
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "audit.pem").write_text("not a key")
    (tmp_path / "keys" / "audit.pem").chmod(0o600)
    code, out, err = call("gc")
    assert code == Code.KEY and out == "" and "audit.pem: not an Ed25519 key" in err
    assert (here / ".metadrill" / audit.FILE).read_bytes() == b""
