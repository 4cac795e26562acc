"""The two switches of the test run itself: a skip is named and counted, or it is a failure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
TESTS = """
import pytest
@pytest.mark.needs("go")
def test_a(): pass
@pytest.mark.needs("go", "promtool")
def test_b(): pass
@pytest.mark.slow
def test_c(): pass
def test_d(): pass
"""


@pytest.fixture
def suite(tmp_path):
    """A suite of its own under our conftest, on a machine without any engine."""
    (tmp_path / "conftest.py").write_text((TOP / "tests" / "conftest.py").read_text())
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  needs(*engines): x\n  slow: x\n")

    def run(**env):
        known = {name: value for name, value in os.environ.items() if not name.startswith("METADRILL_")}
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
        done = subprocess.run(
            words, cwd=tmp_path, env={**known, "PATH": "/nowhere", **env}, capture_output=True, text=True
        )
        return done.returncode, done.stdout

    return run


def test_a_missing_engine_skips_by_name_and_is_counted(suite):
    code, out = suite()
    assert code == 0 and "1 passed, 2 skipped, 1 deselected" in out
    assert "not proved here, for want of engines: go (2), promtool (1)" in out


def test_where_all_is_required_a_missing_engine_is_a_failure(suite):
    code, out = suite(METADRILL_REQUIRE="all")
    assert code == 1 and "1 passed, 1 deselected, 2 errors" in out
    assert "needs go, promtool: missing here, and METADRILL_REQUIRE=all" in out


def test_slow_tests_run_when_everything_is_asked_for(suite):
    assert "2 passed, 2 skipped" in suite(METADRILL_FULL="1")[1]


def test_an_engine_that_nobody_knows_is_an_error_not_a_skip(suite, tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS.replace('"promtool"', '"promtoll"'))
    code, out = suite()
    assert code == 4 and "passed" not in out
