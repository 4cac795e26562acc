"""Which Atlas this is: its own mark, that no other graph has and that a copy of its data brings along."""

import hashlib
from datetime import timedelta

from metadrill.clients.http import Server
from metadrill.errors import EnvironmentNotReady

_ROOT_TYPE = "Referenceable"  # the first of Atlas' own types: made anew with each new graph
_PATIENT = timedelta(seconds=60)


def fingerprint(atlas: Server) -> str:
    """Return a graph's fingerprint: a SHA-256 in hexadecimal. Raises Unreachable, EnvironmentNotReady.

    Of guid and creation time of the type that Atlas makes first. To read it moves no counter: types are
    held in memory.
    """
    root = atlas.get(f"/v2/types/typedef/name/{_ROOT_TYPE}", _PATIENT)
    try:
        mark = f"{root['guid']}\n{root['createTime']}"
    except (KeyError, TypeError):
        raise EnvironmentNotReady(
            f"atlas: its type {_ROOT_TYPE} has no guid", "is it an Atlas of version 2?"
        ) from None
    return hashlib.sha256(mark.encode()).hexdigest()
