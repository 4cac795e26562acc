"""The command line in a shell: pipes, colours, what it imports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from metadrill.cli import printing


def shell(line, here, **env):
    known = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **env}
    return subprocess.run(
        ["bash", "-c", line], cwd=here, env=known, capture_output=True, text=True, timeout=60
    )


def test_a_reader_that_has_gone_away_is_no_error_and_hides_none(here):
    done = shell("(sleep 1; metadrill explain; echo $? >&2) | true", here)
    assert done.stderr == "0\n"
    done = shell("(sleep 1; metadrill explain nonsense --json; echo $? >&2) | true", here)
    assert done.stderr == "2\n"
    done = shell("set -o pipefail; metadrill explain | head -1", here)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)


def test_colours_are_for_terminals_that_want_them(here):
    coloured = shell("script -qec 'metadrill doctor' /dev/null", here, TERM="xterm")
    if coloured.returncode == 127 or "pseudo-terminal" in coloured.stderr:
        pytest.skip("needs script(1) and a machine that has pseudo-terminals")
    assert "\x1b[" in coloured.stdout
    for line, env in (("metadrill doctor --no-color", {}), ("metadrill doctor", {"NO_COLOR": "1"})):
        assert "\x1b[" not in shell(f"script -qec '{line}' /dev/null", here, TERM="xterm", **env).stdout
    assert "\x1b[" not in shell("metadrill doctor", here).stdout


def test_help_does_not_import_what_is_heavy(here):
    heavy = ("great_expectations", "pandas", "pyarrow", "jinja2", "requests", "weasyprint", "jgo", "rich")
    script = f"""
import sys
from metadrill.cli import main
main.run(["--help"])
print([name for name in {heavy} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=here, capture_output=True, text=True)
    assert done.stderr == "[]\n"


def test_the_last_cell_of_a_shorter_row_runs_on_and_widens_no_column(capsys):
    printing.table(
        [("a", "1 MB", "x"), ("long name", "cannot be read, and that is a long story"), ("b", "2 MB", "y")]
    )
    assert capsys.readouterr().out.splitlines() == [
        "  a          1 MB  x",
        "  long name  cannot be read, and that is a long story",
        "  b          2 MB  y",
    ]
    printing.table([])
    assert capsys.readouterr().out == ""
