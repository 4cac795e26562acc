"""What two censuses are compared with: the engine that joins them, and what was erased since."""

import re

from metadrill.app.settings import Settings
from metadrill.census import asking
from metadrill.census.asking import Engine
from metadrill.errors import EnvironmentNotReady, UsageError

SPARK = "spark"
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def engine(settings: Settings) -> Engine:
    """Return the engine that is configured, new. Raises EnvironmentNotReady: Spark is not all there."""
    if settings.engine.name != SPARK:
        return asking.Local()
    from metadrill.census.spark import Spark

    return Spark(settings.engine.master, settings.engine.scratch)


def erased(settings: Settings) -> frozenset[str]:
    """Return the guids of the list under `erasures`: one a line, `#` begins a remark.

    Raises EnvironmentNotReady for a list that cannot be read (nothing is then known of what was
    erased), UsageError for a line that is no guid.
    """
    path = settings.erasures
    if path is None:
        return frozenset()
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentNotReady(
            f"{path}: the list of what was erased cannot be read: {type(error).__name__}",
            "is it where `erasures` in metadrill.yaml says?",
        ) from None
    found = set()
    for number, line in enumerate(lines, 1):
        guid = line.partition("#")[0].strip()
        if guid and not _GUID.fullmatch(guid):
            raise UsageError(
                f"{path}, line {number}: {guid[:60]!r} is no guid", "a guid a line, # for remarks"
            )
        found.add(guid.lower())
    return frozenset(found - {""})
