"""The coverage ledger: noted before the run, kept whatever comes of it, and nothing in it can be changed."""

import hashlib
import shutil

import pytest

from metadrill.errors import BackupError, EnvironmentNotReady, JournalError, Refused
from metadrill.governance import audit, chain, checkpoints, coverage, merkle, picking, proof
from metadrill.governance.picking import Candidate
from metadrill.model.verdict import Verdict

from .conftest import NOW, TODAY, day, fill, pick, the_sets


def test_the_first_seed_of_a_ledger_is_that_of_the_empty_log_and_the_date(ledger):
    found = pick(ledger, "one")
    assert found.given[1] == 0 and (found.attempt, found.how) == (1, "checkpoint")
    assert found.seed == hashlib.sha256(merkle.EMPTY + TODAY.isoformat().encode()).hexdigest()
    pick(other := ledger.with_name("other"), "one")
    assert coverage.read(other).picks["one"].seed == found.seed, "a ledger begun anew has no other seed"


def test_later_ones_are_of_the_three_lines_of_the_newest_checkpoint(ledger):
    fill(ledger, 3)
    note, _ = proof.checkpoint(ledger)
    fill(ledger, 2)
    found = pick(ledger, "one")
    text = b"".join(note.splitlines(keepends=True)[:3])
    assert found.seed == hashlib.sha256(text + TODAY.isoformat().encode()).hexdigest()
    assert "\n".join(map(str, found.given)) + "\n" == text.decode() and found.given[1] == 4


def test_signatures_and_lines_added_to_a_checkpoint_do_not_change_the_seed(ledger):
    fill(ledger, 3)
    proof.checkpoint(ledger)
    shutil.copytree(ledger, other := ledger.with_name("other"))
    path = checkpoints.place(other, 4)
    path.write_bytes(path.read_bytes() + b"\xe2\x80\x94 witness AAAAAAAA\n")
    assert pick(ledger, "one").seed == pick(other, "one").seed


def test_a_checkpoint_that_is_not_what_the_log_was_gives_no_seed(ledger):
    fill(ledger, 3)
    proof.checkpoint(ledger)
    path = checkpoints.place(ledger, 4)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"\n4\n", b"\n3\n"))
    with pytest.raises(JournalError, match=r"4\.note: not what the log was then"):
        pick(ledger, "one")
    path.rename(checkpoints.place(ledger, 9))
    with pytest.raises(JournalError, match=r"9\.note: of 9 entries, and the log has 4"):
        pick(ledger, "one")
    assert not (ledger / coverage.FILE).exists()


def test_a_pick_says_all_that_it_takes_to_draw_it_again(ledger):
    found = pick(ledger, "one")
    wanted = picking.pick(the_sets(), picking.History(), bytes.fromhex(found.seed), NOW)
    assert (found.set, found.stratum) == (wanted.candidate.name, wanted.stratum)
    assert (found.digest, found.types) == (wanted.candidate.digest, wanted.candidate.types)
    assert [row[0] for row in found.added] == [item.name for item in the_sets()] and found.gone == ()


def test_a_pick_says_how_the_sets_differ_from_those_at_the_one_before(ledger):
    pick(ledger, "one", 1)
    later = pick(ledger, "two", sets=the_sets(14)[1:])
    assert ({row[0] for row in later.added}, later.gone) == ({"set-12", "set-13"}, ("set-00",))
    kept = coverage.read(ledger)
    assert kept.sets == {item.name for item in the_sets(14)[1:]}
    assert set(kept.known) - kept.sets == {"set-00"}


def test_an_occurrence_keeps_its_pick_even_behind_a_newer_checkpoint(nights, ledger):
    kept = coverage.read(ledger)
    two, again = kept.picks["two"], kept.picks["two again"]
    assert (again.set, again.seed, again.given, again.attempt) == (two.set, two.seed, two.given, 2)
    assert kept.picks["killed"].given != two.given and kept.picks["killed"].set != two.set


def test_drills_of_one_night_have_a_pick_and_a_list_of_sets_each(ledger):
    prod = [item for item in the_sets() if item.environment == "prod"]
    test = [item for item in the_sets() if item.environment == "test"]
    one, two = pick(ledger, "one", sets=prod), pick(ledger, "two", sets=test, drill="of test")
    assert (one.seed, one.attempt, two.attempt, two.gone) == (two.seed, 1, 1, ())
    again = pick(ledger, "three", sets=prod)
    assert (again.set, again.attempt, again.added, again.gone) == (one.set, 2, (), ())
    other = pick(ledger, "four", sets=prod, drill="another of prod")
    assert other.set != one.set and coverage.verify(ledger).sets == {item.name for item in the_sets()}


def test_another_drill_does_not_bring_an_older_occurrence_back(ledger):
    pick(ledger, "one", 2)
    with pytest.raises(Refused, match=f"{day(3)} is before {day(2)}"):
        pick(ledger, "two", 3, drill="another")


def test_the_set_that_an_occurrence_keeps_must_be_there(ledger):
    found = pick(ledger, "one")
    with pytest.raises(BackupError, match=f"{found.set}: was picked for {TODAY}, and is gone"):
        pick(ledger, "two", sets=[item for item in the_sets() if item.name != found.set])
    changed = [Candidate(s.name, "changed", s.environment, s.mode, s.taken) for s in the_sets()]
    with pytest.raises(Refused, match="not the set and seed"):
        pick(ledger, "two", sets=changed)


@pytest.mark.parametrize(
    ("run", "ago", "reason"),
    [("one", 0, "a second pick for one"), ("new", -1, "still to come"),
     ("new", 5, f"{day(5)} is before {day(2)}")],
)  # fmt: skip
def test_nobody_chooses_the_occurrence(ledger, run, ago, reason):
    pick(ledger, "one", 2)
    with pytest.raises(Refused, match=reason) as caught:
        pick(ledger, run, ago)
    assert caught.value.code == 32 and len(coverage.read(ledger).picks) == 1


def test_a_checkpoint_taken_away_is_missed_at_the_next_pick(ledger):
    fill(ledger, 3)
    proof.checkpoint(ledger)
    pick(ledger, "one", 1)
    checkpoints.place(ledger, 4).unlink()
    with pytest.raises(Refused, match="drawn from a checkpoint of 0 entries, and before from 4"):
        pick(ledger, "two")


def test_a_result_without_a_pick_and_a_second_one_are_refused(nights, ledger):
    before = nights.read_bytes()
    with pytest.raises(Refused, match="a result of stray, which no pick was noted for"):
        coverage.note_result(ledger, "stray", Verdict.PASS, {})
    with pytest.raises(Refused, match="a second result of two"):
        coverage.note_result(ledger, "two", Verdict.PASS, {})
    assert nights.read_bytes() == before


def test_a_pick_by_hand_is_told_apart_and_changes_nothing_of_what_comes_next(ledger):
    other = ledger.with_name("other")
    found = [pick(ledger, f"mine-{number}", 3, by_hand=str(number)) for number in range(4)]
    assert {item.how for item in found} == {"hand"} and found[1].given == ("1",)
    assert found[1].seed == hashlib.sha256(b"1").hexdigest()
    assert pick(ledger, "drawn").set == pick(other, "drawn").set


def test_no_set_or_one_listed_twice_notes_nothing(ledger):
    with pytest.raises(BackupError, match="no backup set"):
        pick(ledger, "one", sets=[])
    with pytest.raises(BackupError, match="set-03: is listed twice"):
        pick(ledger, "one", sets=[*the_sets(), the_sets()[3]])
    assert coverage.read(ledger).picks == {}


def test_a_ledger_that_cannot_be_written_says_so(ledger):
    ledger.write_text("in the way")
    with pytest.raises((EnvironmentNotReady, JournalError)):
        pick(ledger, "one")


def test_each_line_is_counted_in_the_audit_log(nights, ledger):
    counted = [entry.facts for entry in audit.read(ledger) if entry.action == coverage.NOTED]
    lines = nights.read_bytes().splitlines()
    assert [(item["lines"], item["sha256"]) for item in counted] == [
        (number, chain.digest(line)) for number, line in enumerate(lines, start=1)
    ]
