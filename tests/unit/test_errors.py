"""The one table of exit codes, and the errors that carry them."""

import pytest

from metadrill import errors
from metadrill.errors import MEANING, PRECEDENCE, Code, MetadrillError, foremost


def test_every_code_has_a_meaning_and_a_place_in_the_precedence():
    assert set(MEANING) == set(PRECEDENCE) == set(Code)
    assert len(PRECEDENCE) == len(Code) == len({int(code) for code in Code})


def test_the_precedence_is_that_of_the_interface():
    written = "1, 2, 130, 143, 21, 20, 32, 31, 30, 10, 12, 11, 5, 40, 3, 0"
    assert ", ".join(str(int(code)) for code in PRECEDENCE) == written


@pytest.mark.parametrize("weaker", list(Code))
@pytest.mark.parametrize("stronger", list(Code))
def test_of_two_codes_the_foremost_counts_in_either_order(stronger, weaker):
    first = min(stronger, weaker, key=PRECEDENCE.index)
    assert foremost([stronger, weaker]) is foremost([weaker, stronger]) is first


def test_of_no_code_the_aim_was_reached():
    assert foremost([]) is Code.OK


CASES = {
    "UsageError": 2, "DocumentError": 2, "EnvironmentNotReady": 30, "PartError": 30,
    "DeadlineExceeded": 30, "Unreachable": 30, "Locked": 31, "Refused": 32, "CheckerError": 5,
    "RecoveryError": 11, "JournalError": 20, "BackupError": 20, "ArchiveError": 20, "KeyRefused": 21,
    "MetadrillError": 1, "RolledBack": 11, "NoRoom": 11, "DamageFound": 10,
}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), CASES.items())
def test_each_error_means_its_code(name, code):
    error = getattr(errors, name)("it is wrong", "do this")
    assert isinstance(error, MetadrillError)
    assert (error.code, error.message, error.hint, str(error)) == (
        code,
        "it is wrong",
        "do this",
        "it is wrong",
    )


def test_every_error_of_the_module_is_in_that_table():
    found = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, MetadrillError)
    }
    assert found - {"Interrupted"} == set(CASES)


def test_a_signal_carries_the_code_of_its_own():
    assert errors.Interrupted("stopped").code is Code.SIGINT
    assert errors.Interrupted("stopped", "", Code.SIGTERM).code is Code.SIGTERM


def test_a_document_error_holds_every_problem():
    assert errors.DocumentError("one", "hint").problems == ("one",)
    assert errors.DocumentError("one", "hint", ("one", "two")).problems == ("one", "two")


def test_a_code_given_to_one_error_does_not_stick_to_its_kind():
    errors.MetadrillError("x", code=Code.LOCKED)
    assert errors.MetadrillError("y").code is Code.INTERNAL
