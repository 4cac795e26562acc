"""The rows that do not hold, in a file beside the journal, which tells the first 20 of a check."""

import hashlib
from pathlib import Path
from typing import Any

from metadrill import placing, sheets
from metadrill.model.suite import SuiteResult

FOLDER = "deviations"
HEAD = ("check", "title", "severity", "guids", "expected", "observed", "says")
_OWNER_ALONE = 0o600


def listed(folder: Path, name: str, result: SuiteResult) -> dict[str, Any]:
    """Write what a suite found as `deviations/NAME.csv` in a folder; return what its event says of it.

    Nothing where nothing was found. Each check lists as many as its checker named; its result counts
    all. Where the file cannot be written, its event says why, and has the results all the same.
    """
    rows = [
        (row.number, row.title, row.severity.value, " ".join(one.guids), one.expected, one.observed, one.says)
        for row in result.results
        for one in row.deviations
    ]
    if not rows:
        return {}
    text = placing.encoded(sheets.table(HEAD, rows))
    try:
        (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
        path = placing.put(folder / FOLDER / f"{name}.csv", text, _OWNER_ALONE)
    except OSError as error:
        return {"unlisted": f"{FOLDER}/{name}.csv: {(error.strerror or str(error)).lower()}"}
    digest = hashlib.sha256(text).hexdigest()
    return {"listed": {"file": f"{FOLDER}/{path.name}", "rows": len(rows), "sha256": digest}}
