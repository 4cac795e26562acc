"""as-run.sh: what the shell would make of it."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from metadrill.model.event import Event
from metadrill.packs import asrun, damage

CURL = """#!/bin/bash
printf '%s\\n' --call-- "$@" >>"$CALLS"
while (($#)); do [ "$1" = --config ] && cat "$2" >>"$CALLS.config"; shift; done
"""


def bash() -> str:
    return shutil.which("bash") or pytest.skip("no bash on this machine")


def run(text: str, folder: Path, password: str = "pw") -> list[list[str]]:
    """Run a script where `curl` only notes its arguments; return those of each call."""
    script, twin = folder / "as-run.sh", folder / "bin" / "curl"
    twin.parent.mkdir()
    twin.write_text(CURL)
    twin.chmod(0o755)
    script.write_bytes(text.encode("utf-8", "backslashreplace"))
    environment = {
        "PATH": f"{twin.parent}:{os.environ['PATH']}",
        "CALLS": str(folder / "calls"),
        "METADRILL_ATLAS_URL": "http://atlas.test",
        "METADRILL_ELASTICSEARCH_URL": "http://index.test",
        "METADRILL_PASSWORD": password,
        "TMPDIR": str(folder),
    }
    names = re.findall(r"^: \"\$\{(\w+_URL):\?", text, re.MULTILINE)
    environment |= {name: "http://other.test" for name in names if name not in environment}
    done = subprocess.run([bash(), str(script)], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    calls = (folder / "calls").read_text().split("--call--\n")[1:]
    return [call.splitlines() for call in calls]


def call(**data: object) -> Event:
    return Event(1, "2026-01-01T00:00:00.000Z", 0, "call.made", data, "")


def test_it_is_a_script_without_mistakes(sample):
    text = asrun.render(sample.reading.events)
    subprocess.run([bash(), "-n"], input=text, text=True, check=True)
    assert text.startswith("#!/usr/bin/env bash\n# A record of run")
    assert "\nset -euo pipefail\n" in text


def test_the_calls_come_in_order_with_their_bodies(make_sample, tmp_path):
    calls = run(asrun.render(make_sample("passed").reading.events), tmp_path)
    assert [(line[line.index("--request") + 1], line[line.index("--request") + 2]) for line in calls] == [
        ("PUT", "http://index.test/_snapshot/drill/before-fault"),
        ("POST", "http://atlas.test/api/atlas/v2/entity"),
        ("DELETE", "http://index.test/janusgraph_vertex_index"),
    ]
    assert calls[1][-1] == '{"n": 1}'


def test_the_password_goes_through_a_file_and_only_to_the_repository(make_sample, tmp_path):
    password = 'p"w\\$(id)`'
    calls = run(asrun.render(make_sample("passed").reading.events), tmp_path, password)
    assert password not in str(calls)
    assert ["--config" in line for line in calls] == [False, True, False]
    assert (tmp_path / "calls.config").read_text() == 'user = "admin:p\\"w\\\\$(id)`"\n'
    assert not list(tmp_path.glob("tmp.*"))


def test_a_body_too_long_for_the_journal_is_not_sent_as_if_it_were_the_body(make_sample):
    text = asrun.render(make_sample("passed").reading.events)
    assert "# curl" in text
    assert "'(90000 characters)'" not in text


def test_the_damage_is_told_and_not_done(make_sample):
    text = asrun.render(make_sample("passed").reading.events)
    assert "\n#   printf '\\xbf' | dd of=_2.cfs bs=1 seek=88412 conv=notrunc   # was 0x3f\n" in text


def test_hostile_names_run_nothing(attack, tmp_path):
    text = asrun.render(attack.reading.events)
    calls = run(text, tmp_path)
    assert len(calls) == 4
    assert not (tmp_path / "pwned").exists()
    code = [line for line in text.splitlines() if "touch pwned" in line and not line.startswith("#")]
    assert all("'" in line for line in code)


@pytest.mark.parametrize(
    "data",
    [
        {"component": "atlas", "method": "POST", "path": "@other.test/", "body": "@/etc/hostname"},
        {"component": "elasticsearch", "method": "PUT", "path": "/{a,b}[1-3]", "body": "a\0b"},
        {"component": "x;id", "method": "-o", "path": "", "body": "' ; touch pwned ; '"},
        {"component": "", "method": None, "path": None, "body": ["`id`"]},
        {},
    ],
)
def test_odd_calls_stay_one_call_with_one_address(data, tmp_path):
    calls = run(asrun.render((call(**data),)), tmp_path)
    assert len(calls) == 1
    assert "--globoff" in calls[0]
    assert "test/" in calls[0][calls[0].index("--request") + 2]
    assert "--data-binary" not in calls[0]
    assert not (tmp_path / "pwned").exists()


def test_the_password_is_not_asked_for_where_nothing_needs_it():
    text = asrun.render((call(component="elasticsearch", method="PUT", path="/x", body=None),))
    assert "PASSWORD" not in text
    assert shlex.split(text.splitlines()[-1], comments=True)[-1].endswith("/x")


@pytest.mark.parametrize(
    "truth",
    [
        {},
        {"offset": "7", "file": 3},
        {"file": "x", "offset": 1, "old": "zz", "new": "0"},
        {"flips": [[1], "x", 3]},
    ],
)
def test_a_truth_of_another_form_is_kept_as_facts(truth):
    hurt = damage.read(truth)
    assert not hurt.of_bytes
    assert {name for name, _ in hurt.facts} == set(truth) - {"flips"}


def test_bytes_recorded_as_numbers_are_told_in_hexadecimal():
    hurt = damage.read({"file": "_2.cfs", "offset": 7, "old": 65, "new": 190})
    assert (hurt.of_bytes, hurt.flips, hurt.bits) == (True, ((7, "41", "be"),), ("01000001", "10111110"))
