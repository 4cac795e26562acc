"""The evidence as PDF: archival and accessible for every kind of run, and the same bytes each time."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from metadrill.packs import evidence, pdf_signature
from metadrill.testing import MemorySigner

BOTH = ("soc2", "iso27001")
RENDER = """
import hashlib, sys
from pathlib import Path
from metadrill import journal, judging
from metadrill.packs import evidence, pdf_signature
from metadrill.testing import MemorySigner
reading = journal.read(Path(sys.argv[1]))
found = evidence.render(judging.assess(reading.events, reading.head), reading, ("soc2",))
print(hashlib.sha256(found["evidence-soc2.pdf"]).hexdigest())
"""


@pytest.mark.needs("verapdf")
def test_t14_the_evidence_of_every_kind_of_run_breaks_no_rule_before_and_after_signing(
    make_sample, tmp_path, verapdf
):
    files, signer = [], MemorySigner()
    for name in ("passed", "failed", "inconclusive", "aborted"):
        sample = make_sample(name)
        for file, data in evidence.render(sample.assessment, sample.reading, BOTH).items():
            signed = pdf_signature.sign(data, signer, datetime(2026, 9, 14, 3, tzinfo=UTC))
            for kind, raw in (("plain", data), ("signed", signed)):
                files.append(tmp_path / f"{name}-{kind}-{file}")
                files[-1].write_bytes(raw)
    pairs = [(path, flavour) for path in files for flavour in ("3a", "ua1")]
    broken = {
        f"{path.name} {flavour}": rules
        for (path, flavour), rules in zip(pairs, verapdf.judged(pairs), strict=True)
        if rules
    }
    assert broken == {}


@pytest.mark.needs("verapdf")
def test_t14_hostile_names_break_no_rule(attack, tmp_path, verapdf):
    files = []
    for name, data in evidence.render(attack.assessment, attack.reading, BOTH).items():
        files.append(tmp_path / name)
        files[-1].write_bytes(data)
    assert verapdf.judged([(path, flavour) for path in files for flavour in ("3a", "ua1")]) == [[]] * 4


@pytest.mark.parametrize(("runs", "slow"), [(2, False), pytest.param(10, True, marks=pytest.mark.slow)])
def test_t15_the_evidence_of_a_recorded_run_is_the_same_bytes_anywhere(runs, slow, recorded, tmp_path):
    places = [
        {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        for seed, zone, locale in (("0", "UTC", "C.UTF-8"), ("4242", "Asia/Kathmandu", "C"))
    ]
    digests = set()
    for place in places * (runs // 2):
        done = subprocess.run(
            [sys.executable, "-c", RENDER, str(recorded)],
            env={**os.environ, **place},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout)
    assert len(digests) == 1
