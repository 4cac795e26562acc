"""T4 on the real stack: twelve kills along the line, on both kinds of sandbox; one `gc`, nothing left."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from metadrill import journal
from metadrill.app import boxes, running
from metadrill.app.settings import Settings
from metadrill.clients import engine
from metadrill.clock import SYSTEM
from metadrill.model.verdict import Verdict
from metadrill.sandboxes import lease, leftovers, proc

pytestmark = pytest.mark.slow
TOP = Path(__file__).parents[2]
CODES = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}
PROCESS = [
    ("sandbox.created", signal.SIGKILL), ("stack.served", signal.SIGTERM), ("index.settled", signal.SIGKILL),
    ("backup.taken", signal.SIGKILL), ("write.acked", signal.SIGINT), ("fault.injected", signal.SIGKILL),
    ("recovery.started", signal.SIGKILL), ("recovery.step", signal.SIGTERM),
]  # fmt: skip
DOCKER = [
    ("isolation.proved", signal.SIGKILL), ("census.taken", signal.SIGINT),
    ("outage.observed", signal.SIGKILL), ("recovery.finished", signal.SIGTERM),
]  # fmt: skip


def killed(settings, moment, sign):
    """Start the drill as a user does, send it a signal at a moment; return code and seconds to its end."""
    argv = [sys.executable, "-m", "metadrill", "run", "corrupted-index-silent", "--json",
            "--sandbox", settings.sandbox, "--ledger", str(settings.ledger)]  # fmt: skip
    child = subprocess.Popen(argv, cwd=TOP, stdout=subprocess.PIPE, text=True)
    for line in child.stdout:
        if json.loads(line).get("event", {}).get("kind") == moment:
            break
    else:
        raise AssertionError(f"the run ended before {moment}")
    began = SYSTEM.monotonic_ns()
    child.send_signal(sign)
    child.stdout.read()
    return child.wait(60), (SYSTEM.monotonic_ns() - began) / 1e9


def of_our_cache(settings):
    """The names of all that the engine holds for sandboxes of this cache."""
    found = engine.connect().labelled(f"{leftovers.CACHE}={settings.cache}")
    return sorted(item.name for items in found.values() for item in items)


def one_kill(settings, moment, sign):
    before = {item.id for item in lease.read(settings.cache)}
    code, seconds = killed(settings, moment, sign)
    assert code == CODES[sign]
    (run,) = settings.runs.iterdir()
    events = journal.read(run / "journal.jsonl").events
    sandbox = next(event.data["id"] for event in events if event.kind == "sandbox.created")
    if sign is signal.SIGKILL:
        assert sandbox in {item.id for item in lease.read(settings.cache)}
        argv = [sys.executable, "-m", "metadrill", "gc", "--ledger", str(settings.ledger)]
        gc = subprocess.run(argv, cwd=TOP, check=False)
        assert gc.returncode == 0
    else:
        assert seconds < 10 and events[-1].data["outcome"] == "aborted"
    assert {item.id for item in lease.read(settings.cache)} <= before
    assert not proc.marked(sandbox) and not (lease.folder(settings.cache) / sandbox).exists()


@pytest.mark.parametrize(("moment", "sign"), PROCESS)
def test_t4_killed_on_the_real_stack_nothing_is_left(tmp_path, moment, sign):
    one_kill(Settings(project=TOP, ledger=tmp_path, sandbox="process"), moment, sign)


@pytest.mark.needs("docker")
@pytest.mark.parametrize(("moment", "sign"), DOCKER)
def test_t4_killed_on_the_real_stack_in_containers_nothing_is_left(tmp_path, moment, sign):
    settings = Settings(project=TOP, ledger=tmp_path, sandbox="docker")
    one_kill(settings, moment, sign)
    assert of_our_cache(settings) == []


def test_t4_after_all_of_them_the_next_run_passes_untouched(tmp_path):
    settings = Settings(project=TOP, ledger=tmp_path, sandbox=boxes.AUTO)
    (outcome,) = running.run(settings, "corrupted-index-silent")
    assert outcome.assessment.verdict is Verdict.PASS, outcome.assessment.sentence
