"""What a journal says of the rows that did not hold, and of what was looked at."""

import json
from typing import Any

import pytest

from metadrill import judging
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


def test_an_assessment_of_the_first_kind_keeps_its_sentences_and_is_the_same(story: Any) -> None:
    rows = story.data("checks.run", phase="verified", suite="index")["results"]
    rows[0].update(verdict="fail", unexpected=1, sample=["guid-9 is lost"])
    fresh = judging.to_json(story.judge())
    old = json.loads(json.dumps(fresh))
    for results in old["checks"].values():
        for row in results:
            assert row["sample"] == [one["says"] for one in row["deviations"]]
            for key in ("deviations", "scope", "witness"):
                del row[key]
    read = judging.from_json(old)
    assert ("guid-9 is lost",) in [row.sample for row in read.checks["verified"]]
    assert judging.alike(old, fresh)
    old["verdict"] = "pass"
    assert not judging.alike(old, fresh) and not judging.alike(None, fresh)
