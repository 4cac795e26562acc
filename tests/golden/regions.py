"""Recorded runs across two regions, and of tiers, told out of the straight line of `stories`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

Teller = Callable[[], list[Any]]
OF = {
    "failover": {"scenario": "region-loss", "title": "A whole region is lost"},
    "resume_replication": {"scenario": "slow-region", "title": "The link between two regions slows down"},
}


def stories(base: ModuleType) -> dict[str, Teller]:
    """Given the module of the straight line, return the stories of regions and tiers by name."""
    tell = Regions(base)
    return {
        "region-loss": tell.lost,
        "region-loss-of-an-unknown-replica": lambda: tell.unsaid(tell.lost(), "writes"),
        "region-loss-with-a-write-that-was-held": lambda: tell.absent(tell.lost(), [10, 12]),
        "slow-region": tell.slowed,
        "slow-region-not-followed": lambda: tell.unsaid(tell.slowed(), "exposed"),
        "slow-region-without-a-later-replica": lambda: tell.never_came(tell.slowed()),
        "slow-region-with-too-much-at-risk": lambda: tell.limited(tell.slowed(), 10.0),
        "tiers": tell.tiers,
        "tier-not-proved": lambda: tell.base.without(tell.tiers(), "tier.verified"),
    }


class Regions:
    """The stories; each is the passing drill with another fault and recovery."""

    def __init__(self, base: ModuleType) -> None:
        self.base = base

    def told(
        self, beats: list[Any], recovery: str, fault: dict[str, Any], facts: dict[str, Any]
    ) -> list[Any]:
        """The passing drill with this fault, and this recovery in one step."""
        beats = [beat for beat in beats if beat.kind != "recovery.step"]
        for kind in ("run.opened", "backup.taken", "decision.made", "recovery.started", "recovery.finished"):
            beats = self.base.edited(beats, kind, lambda data: data.update(recovery=recovery))
        beats = self.base.edited(beats, "run.opened", lambda data: data.update(OF[recovery]))
        beats = self.base.edited(beats, "fault.injected", lambda data: data.update(fault))
        return list(self.base.edited(beats, "recovery.finished", lambda data: data.update(facts=facts)))

    def two(self, beats: list[Any]) -> list[Any]:
        regions = {"a": "sb-1", "b": "sb-2"}
        return list(self.base.edited(beats, "sandbox.created", lambda data: data.update(regions=regions)))

    def lost(self) -> list[Any]:
        """Region a is lost; b's replica held ten of twelve writes, and one came while it was read."""
        truth = {
            "region": "a", "simulated": True, "running": [], "cut": True, "network": "disconnected",
            "depot": {"sets": 2, "left": 0}, "under_way": "replicated",
            "replicas": [self.replica("s1", 38.5), self.replica("s2", 93.0)],
        }  # fmt: skip
        facts = {"set": "s2", "method": "physical", "region": "b", "writes": self.held("s2")}
        fault = {"fault": "lose_region", "form": "loud", "truth": truth}
        beats = self.told(self.two(self.base.loud()), "failover", fault, facts)
        gone = self.base.suite("outage", "structure", c6=2312)
        beats = self.base.edited(beats, "checks.run", lambda data: data.update(gone), phase="outage")
        return self.absent(beats, [12])

    def slowed(self) -> list[Any]:
        """The link between the regions is slow; everybody is served, and what comes next comes late."""
        link = {"asked": {"bytes_s": 8000}, "before": {"bytes_s": 9e7}, "during": {"bytes_s": 7900.0}}
        fault = {"fault": "slow_link", "form": "silent"}
        fault |= {"truth": {"region": "a", "simulated": True, "link": link}}
        came = {"s1": 38.5, "s2": 93.0, "s3": 112.0, "s4": 117.5}
        facts = {
            "set": "s4", "replicas": [self.replica(name, at) for name, at in came.items()],
            "exposed": [{"set": name, "there_ns": self.base.ns(at), **self.held(name)}
                        for name, at in came.items()],
        }  # fmt: skip
        writes = self.served(self.base.canary([40.03 + 5 * step for step in range(16)] + [119.22]))
        beats = [*self.base.sound(), *writes, *self.base.broken(writes)]
        beats = self.told(self.two(beats), "resume_replication", fault, facts)
        sound = self.base.suite("outage", "structure")
        beats = self.base.edited(beats, "checks.run", lambda data: data.update(sound), phase="outage")
        late = [{"code": "late", "what": "the newest replica is 8 s behind, 3 s are allowed"}]
        looks = [
            self.base.Beat(38.6, "set.examined", {"phase": "baseline", "set": "s1", "problems": []}),
            self.base.Beat(103.1, "set.examined", {"phase": "outage", "set": "s2", "problems": late}),
        ]
        return [*beats, *looks]

    def tiers(self) -> list[Any]:
        """Two tiers, each proved before the whole is."""
        limits = [{"name": "core", "limit_s": 60.0}, {"name": "rest", "limit_s": 300.0}]
        beats = self.base.edited(
            self.base.loud(), "run.opened", lambda data: data["criteria"].update(tiers=limits)
        )
        core = {"tier": "core", "entities": 312, "relationships": 700}
        rest = {"tier": "rest", "entities": 2000, "relationships": 3400}
        back = [
            self.base.Beat(112, "tier.verified", {**core, "documents": 312}),
            self.base.Beat(117, "tier.verified", {**rest, "documents": 2000}),
        ]
        return [*beats, *back]

    def replica(self, name: str, at: float) -> dict[str, Any]:
        return {"set": name, "cut": "2026-11-23T03:00:30Z", "there": "2026-11-23T03:01:30Z",
                "there_ns": self.base.ns(at), "lag_s": 5.0, "tries": 1}  # fmt: skip

    def held(self, name: str) -> dict[str, list[str]]:
        """What each replica held of the writes: none, ten of them, thirteen, fifteen."""
        whole = {"s1": 0, "s2": 10, "s3": 13, "s4": 15}[name]
        moving = [f"guid-{whole + 1}"] if whole else []
        return {"held": [f"guid-{n}" for n in range(1, whole + 1)], "moving": moving}

    def served(self, writes: list[Any]) -> list[Any]:
        """The writes as acknowledged throughout: nobody was served worse."""
        told = []
        for beat in writes:
            if beat.kind == "write.unknown":
                n, invoked = beat.data["n"], self.base.ns(beat.at - 0.4)
                beat = self.base.Beat(
                    beat.at, "write.acked", {"n": n, "guid": f"guid-{n}", "invoked_ns": invoked}
                )
            told.append(beat)
        return told

    def absent(self, beats: list[Any], numbers: list[int]) -> list[Any]:
        for way in ("guid", "search"):
            edit = lambda data, way=way: data[way].update(absent=numbers)  # noqa: E731 - as every other edit
            beats = self.base.edited(beats, "writes.read", edit)
        return beats

    def unsaid(self, beats: list[Any], key: str) -> list[Any]:
        """The recovery does not say one of its facts."""
        return list(self.base.edited(beats, "recovery.finished", lambda data: data["facts"].pop(key)))

    def never_came(self, beats: list[Any]) -> list[Any]:
        """What the replicas held is told of those alone that were there before the fault."""
        edit = lambda data: data["facts"].update(exposed=data["facts"]["exposed"][:2])  # noqa: E731 - as all
        return list(self.base.edited(beats, "recovery.finished", edit))

    def limited(self, beats: list[Any], limit: float) -> list[Any]:
        edit = lambda data: data["criteria"]["rpo"].update(limit_s=limit)  # noqa: E731 - as every other edit
        return list(self.base.edited(beats, "run.opened", edit))
