"""How long the contracts wait, and the names they write under."""

import uuid
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.ports import Writable

PATIENCE = timedelta(minutes=2)
LOOK = timedelta(seconds=10)


def a_name() -> str:
    """Return a name that nobody wrote under before."""
    return f"metadrill-canary/contract/{uuid.uuid4().hex}"


def until_found(stack: Writable, name: str) -> None:
    """Wait until a search finds the name: an index refreshes when it likes."""
    clock.wait_until(lambda: stack.found([name]) == {name}, PATIENCE, f"search finds {name}")


def nothing(kind: str, /, **data: Any) -> None:
    """Record nothing."""
