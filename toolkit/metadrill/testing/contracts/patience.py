"""How long the contracts wait, the names they write under, and the errors they ask for.

The contracts of a stack need no pytest: `metadrill qualify` conducts them where none is installed.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.errors import Interrupted
from metadrill.ports import Writable

PATIENCE = timedelta(minutes=2)
LOOK = timedelta(seconds=10)


def a_name() -> str:
    """Return a name that nobody wrote under before."""
    return f"metadrill-canary/contract/{uuid.uuid4().hex}"


@contextmanager
def refuses(*errors: type[Exception]) -> Iterator[list[Exception]]:
    """Expect one of these errors in the block, and put it into the list; AssertionError where none comes.

    A signal is none of them: it goes on.
    """
    caught: list[Exception] = []
    try:
        yield caught
    except Interrupted:
        raise
    except errors as error:
        caught.append(error)
        return
    raise AssertionError(f"no {' or '.join(error.__name__ for error in errors)} was raised")


def until_found(stack: Writable, name: str) -> None:
    """Wait until a search finds the name: an index refreshes when it likes."""
    clock.wait_until(lambda: stack.found([name]) == {name}, PATIENCE, f"search finds {name}")


def nothing(kind: str, /, **data: Any) -> None:
    """Record nothing."""


def able(stack: Any, ability: type) -> bool:
    """Whether the runner, or a backup, too, would take the stack for one that has the ability."""
    return isinstance(stack, ability)
