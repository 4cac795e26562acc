"""How a signal becomes an Interrupted, and when it waits."""

import os
import signal
import sys
import time
from datetime import timedelta

import pytest

from metadrill.app import signals
from metadrill.errors import Code, Interrupted

HIT_WHILE_IMPORTED = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nwhole = True\n"


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, Code.SIGINT), (signal.SIGTERM, Code.SIGTERM)])
def test_a_signal_is_raised_where_the_program_is(sign, code):
    with pytest.raises(Interrupted) as caught, signals.caught(signals.at_once):
        os.kill(os.getpid(), sign)
        time.sleep(5)
    assert caught.value.code is code


def test_a_signal_during_an_import_waits_until_the_module_is_whole(tmp_path, monkeypatch):
    """Raised within Python's import code it can leave that code's lock held: every later import hangs."""
    (tmp_path / "hit_while_imported.py").write_text(HIT_WHILE_IMPORTED)
    monkeypatch.syspath_prepend(str(tmp_path))
    began = time.monotonic()
    with pytest.raises(Interrupted) as caught, signals.caught(signals.at_once):
        __import__("hit_while_imported")
        time.sleep(5)
    assert caught.value.code is Code.SIGTERM and time.monotonic() - began < 5
    assert sys.modules.pop("hit_while_imported").whole


def test_the_time_limit_is_a_signal_of_its_own_code():
    with pytest.raises(Interrupted) as caught, signals.caught(signals.at_once, timedelta(milliseconds=10)):
        time.sleep(5)
    assert caught.value.code is Code.ENVIRONMENT


def test_afterwards_signals_do_what_they_did_before():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGALRM)
    with signals.caught(signals.at_once):
        assert signal.getsignal(signal.SIGTERM) not in before
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGALRM)) == before


def test_what_a_library_raises_in_a_signals_place_is_the_signal():
    def swallowed():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        except Interrupted:
            raise RuntimeError("Query interrupted") from None

    with pytest.raises(Interrupted) as caught, signals.caught(signals.at_once):
        swallowed()
    assert caught.value.code is Code.SIGTERM


def test_an_error_without_a_signal_goes_its_way():
    with pytest.raises(RuntimeError, match="of its own"), signals.caught(signals.at_once):
        raise RuntimeError("of its own")
