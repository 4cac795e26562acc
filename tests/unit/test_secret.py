"""A secret has no text form: it cannot slip into a message, a log, a journal or a pickle."""

import copy
import json
import logging
import pickle

import pytest

from metadrill import journal
from metadrill.model.secret import Secret

WORD = "canary-5d1f"


@pytest.fixture
def secret():
    return Secret("atlas password", WORD)


def test_it_is_revealed_by_that_word_alone(secret):
    assert secret.reveal() == WORD


@pytest.mark.parametrize(
    "told",
    [str, "{}".format, "%s".__mod__, lambda secret: f"{secret}", lambda secret: f"{secret:>20}", pickle.dumps,
     lambda secret: "".join([secret]), json.dumps, copy.deepcopy],
)  # fmt: skip
def test_it_cannot_be_turned_into_text(secret, told):
    with pytest.raises(TypeError) as caught:
        told(secret)
    assert WORD not in str(caught.value)


def test_its_repr_shows_the_name_alone(secret):
    assert repr(secret) == "Secret(name='atlas password')"
    assert WORD not in repr({"deep": [secret]})


def test_a_journal_refuses_it_and_stays_whole(secret, tmp_path):
    book = journal.Journal(tmp_path / "journal.jsonl")
    with pytest.raises(TypeError):
        book.record("call.made", component="x", method="PUT", path="/", body={"password": secret})
    assert book.path.read_bytes() == b""


def test_a_log_does_not_hold_it(secret, caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("using %r", secret)
    assert WORD not in caplog.text


def test_two_of_the_same_value_are_equal_and_it_cannot_be_changed(secret):
    assert secret == Secret("atlas password", WORD) != Secret("atlas password", "other")
    with pytest.raises(AttributeError):
        secret.name = "other"
