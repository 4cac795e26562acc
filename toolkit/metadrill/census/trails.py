"""What was told of the changes of entities, as rows of the table `audit`."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any


def rows(changes: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Given changes, those of each entity together and oldest first, yield a row per event.

    `place` counts the events of an entity from 1, where a repository gives them a time and no number.
    `creates`: the event says that the entity came to be; `brought`: an import wrote it. Of the details
    there is the digest.
    """
    for entity, told in groupby(changes, key=itemgetter("guid")):
        for place, change in enumerate(told, 1):
            yield {
                "entity": entity, "event": change["key"], "place": place, "moment": change["at"],
                "actor": change["user"], "action": change["action"], "creates": change["creates"],
                "brought": change["brought"],
                "digest": hashlib.sha256(str(change["details"]).encode()).hexdigest(),
            }  # fmt: skip
