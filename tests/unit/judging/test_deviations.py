"""What a journal says of the rows that did not hold, and of what was looked at."""

from typing import Any

import pytest

from metadrill.errors import JournalError
from metadrill.model.suite import Deviation


def test_what_a_row_names_and_what_was_looked_at_come_from_the_journal(story: Any) -> None:
    rows = story.data("checks.run", phase="verified", suite="index")["results"]
    row = {"guids": ["guid-9"], "expected": "both", "observed": "graph"}
    rows[0].update(verdict="fail", unexpected=1, sample=["guid-9 is lost"], deviations=[row])
    rows[1].update(scope="sampled: every tenth", witness="documents: _count")
    assessed = story.judge()
    first, second = [row for row in assessed.checks["verified"] if row.suite == "index"][:2]
    assert first.deviations == (Deviation(("guid-9",), "both", "graph", "guid-9 is lost"),)
    assert second.witness == "documents: _count"
    assert any("looked at a part" in told and "every tenth" in told for told in assessed.does_not_show)
    rows[0]["deviations"].append(row)
    with pytest.raises(JournalError, match="deviations: 2, and 1 in the sample"):
        story.judge()
