"""The report of a known run, to the byte: a change of it is seen, and meant.

To accept a change: `METADRILL_ACCEPT=1 pytest tests/unit/packs/test_golden.py`.
"""

import os
from pathlib import Path

import pytest

from metadrill.packs import report

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "report"


@pytest.mark.parametrize("name", ["passed", "aborted"])
def test_the_report_is_the_golden_one(make_sample, name):
    sample = make_sample(name)
    text = report.render(sample.assessment, sample.reading)
    golden = GOLDEN / f"{name}.html"
    if os.environ.get("METADRILL_ACCEPT"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
