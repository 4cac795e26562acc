"""Recoveries that go tier by tier."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from metadrill.model.drill import Tier
from metadrill.model.scenario import Action
from metadrill.ports.backing import Backups


@runtime_checkable
class ByTiers(Protocol):
    """A recovery that is made with the backups of a run and the tiers of its drill."""

    def with_tiers(self, action: Action, backups: Backups, tiers: Sequence[Tier]) -> Any: ...
