"""A runbook: the steps of a procedure that people carry out, as YAML or as a markdown list."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from metadrill.errors import UsageError

_ITEM = re.compile(r"^\s{0,3}(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?(?P<task>\S.*)$")


def read(given: str | Sequence[Any]) -> tuple[str, ...]:
    """Given steps, or the path of a markdown or YAML file that lists them, return the steps.

    Raises UsageError when there are none, or the file cannot be read.
    """
    if not isinstance(given, str):
        tasks = tuple(str(task).strip() for task in given)
    else:
        try:
            text = Path(given).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{given}: cannot be read: {error}", "a runbook is a text file") from None
        found = (_ITEM.match(line) for line in text.splitlines())
        tasks = tuple(match["task"].strip().strip("\"'") for match in found if match)
    if not tasks or not all(tasks):
        raise UsageError("runbook: no steps", "write one list item per step")
    return tasks
