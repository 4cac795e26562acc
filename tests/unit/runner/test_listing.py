"""The rows that do not hold, beside the journal."""

from metadrill.model.suite import CheckResult, Deviation, SuiteResult
from metadrill.model.verdict import CheckVerdict, Severity
from metadrill.runner import listing

ROW = Deviation(("g1", "g2"), "both", "=graph", "a\u202eb")
FOUND = CheckResult(
    33, "a title", "index", Severity.CRITICAL, CheckVerdict.FAIL, 9, 1, (ROW,), scope="complete"
)
RESULT = SuiteResult("index", 1, 1, 1, (FOUND,))


def test_a_row_has_its_guids_and_nothing_that_a_spreadsheet_runs(tmp_path):
    told = listing.listed(tmp_path, "outage-index", RESULT)["listed"]
    assert (told["file"], told["rows"]) == ("deviations/outage-index.csv", 1)
    assert (tmp_path / told["file"]).read_text().splitlines()[1] == (
        "33,a title,critical,g1 g2,both,'=graph,a\\u202eb"
    )
    assert (tmp_path / "deviations").stat().st_mode & 0o777 == 0o700


def test_where_it_cannot_be_written_the_event_says_why(tmp_path):
    (tmp_path / "deviations").write_text("no folder")
    told = listing.listed(tmp_path, "outage-index", RESULT)
    assert told == {"unlisted": "deviations/outage-index.csv: file exists"}
