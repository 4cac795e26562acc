"""Atlas' export by type. The server does one export or import at a time: another one is waited for."""

from collections.abc import Iterable
from datetime import timedelta

import requests

from metadrill import clock
from metadrill.clients.http import HttpError, Server

_ONE_AT_A_TIME = (
    "ATLAS-500-00-006"  # AtlasErrorCode.FAILED_TO_OBTAIN_IMPORT_EXPORT_LOCK, told with status 409
)
_LOOK = timedelta(seconds=1)


def exported(
    atlas: Server, types: Iterable[str], deadline: timedelta, time: clock.Clock = clock.SYSTEM
) -> requests.Response:
    """Ask for all entities of some types, soft-deleted ones too: `forType` reads the graph.

    Return the answer, whose body is the archive, still to be read. Raises HttpError; DeadlineExceeded where
    another export or import does not end.
    """
    body = {
        "itemsToExport": [{"typeName": name, "uniqueAttributes": {}} for name in sorted(types)],
        "options": {"matchType": "forType", "fetchType": "connected"},
    }

    def asked() -> requests.Response | None:
        try:
            return atlas.send("POST", "/admin/export", timeout=deadline, json=body, stream=True)
        except HttpError as error:
            if _ONE_AT_A_TIME not in error.text:
                raise
            return None

    return clock.wait_until(asked, deadline, "atlas: the end of another export or import", time, _LOOK)
