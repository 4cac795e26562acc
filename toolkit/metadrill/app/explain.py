"""`explain`: what an exit code, an event kind or a check means."""

import json
from collections.abc import Mapping
from typing import Any

from metadrill.app import material
from metadrill.app.settings import Settings
from metadrill.errors import MEANING, PRECEDENCE, Code, UsageError
from metadrill.model.event import KINDS


def explain(settings: Settings, word: str) -> str:
    """Given an exit code (`5`), an event kind (`fault.injected`) or a check (`check 33`), say what it is.

    Raises UsageError for anything else.
    """
    if word.isdecimal():
        return _code(int(word[:9]))
    if word in KINDS:
        return f"event {word}\ndata: {KINDS[word]}"
    number = word.removeprefix("check").strip(" -#")
    if word.startswith("check") and number.isdecimal():
        return _check(settings, int(number[:9]))
    raise UsageError(
        f"nothing known of '{word}'", "give an exit code (5), an event kind (fault.injected), or check-33"
    )


def codes() -> list[tuple[int, str]]:
    """Return every exit code and its meaning, the foremost first."""
    return [(int(code), MEANING[code]) for code in PRECEDENCE]


def _code(number: int) -> str:
    try:
        code = Code(number)
    except ValueError:
        known = ", ".join(str(int(code)) for code in Code)
        raise UsageError(
            f"no exit code {number}", f"there are {known}; an unknown one means failure"
        ) from None
    stronger = ", ".join(str(int(other)) for other in PRECEDENCE[: PRECEDENCE.index(code)])
    rest = f"; a run with several codes exits with one of {stronger} before it" if stronger else ""
    return f"exit code {number}: {MEANING[code]}{rest}"


def _params(params: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in params.items())


def _check(settings: Settings, number: int) -> str:
    files = material.project(settings)
    found = [
        f"check {number}: {check.title}\nsuite {suite.name}, severity {check.severity}, frame {check.frame}\n"
        f"{check.expect}: {_params(check.params)}"
        for suite in map(files.suite, files.names("suite"))
        for check in suite.checks
        if check.number == number
    ]
    if not found:
        raise UsageError(f"no suite has a check {number}", "see fixtures/suites/")
    return "\n\n".join(found)
