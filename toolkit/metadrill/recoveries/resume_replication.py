"""Recovery: the link between the regions is mended, and replication goes on where it was cut off."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from metadrill.ports import Record
from metadrill.ports.backing import Given
from metadrill.recoveries import steps
from metadrill.recoveries.failover import Failover, writes

_PATIENCE = timedelta(minutes=15)


class ResumeReplication(Failover):
    """Over when a set that was begun after the mending is whole in the other region, and read there.

    Which of the drill's own writes each replica holds is in its facts: so the judge can tell what the
    loss of the region would have cost at the worst moment, to the write.
    """

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Mend the link, wait until the other region has caught up, verify what it has."""
        regions = target.regions

        def step(name: str, act: Any) -> Mapping[str, Any]:
            return steps.step(record, self._name, name, act, self._time)

        step("mend_link", regions.mend)
        caught = step("catch_up", lambda: regions.catch_up(_PATIENCE))
        there: Sequence[Given] = regions.whole()
        step("verify_replica", there[-1].check)
        replicas = regions.replicas()
        moments = {one["set"]: one["there_ns"] for one in replicas if one["there"]}
        exposed = [{"set": one.name, "there_ns": moments[one.name], **writes(one)} for one in there]
        return {"set": caught["set"], "replicas": replicas, "exposed": exposed}
