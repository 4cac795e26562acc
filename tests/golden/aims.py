"""Recorded runs whose aim is not recovery, told out of the straight line of `stories`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

Teller = Callable[[], list[Any]]
BECAUSE = "set 20261123: part is not what it was (part.changed)"


def stories(base: ModuleType) -> dict[str, Teller]:
    """Given the module of the straight line, return the stories of the other aims by name."""
    tell = Aims(base)
    return {
        "refused": lambda: tell.refused("refused"),
        "refused-not-the-aim": lambda: tell.refused("recovered"),
        "refused-after-a-change": lambda: tell.changed(tell.refused("refused")),
        "refused-set-spoilt-before": lambda: tell.spoilt(tell.refused("refused")),
        "restored-not-refused": tell.restored,
        "refused-fault-left-out": tell.nothing_to_refuse,
        "rolled-back": lambda: tell.rolled_back("rolled_back", "a" * 64),
        "rolled-back-not-the-aim": lambda: tell.rolled_back("recovered", "a" * 64),
        "rolled-back-to-something-else": lambda: tell.rolled_back("rolled_back", "c" * 64),
        "detected": lambda: tell.detected("detected"),
        "detected-not-the-aim": lambda: tell.detected("recovered"),
        "detected-with-a-write-of-the-damage": lambda: tell.missing(tell.detected("detected"), begun=100.05),
        "detected-with-a-write-lost-later": lambda: tell.missing(tell.detected("detected"), begun=100.6),
        "detected-and-worse": lambda: tell.worse(tell.detected("detected")),
        "detected-and-grown": lambda: tell.detected("detected", then=15),
        "detected-and-another-of-its-number": lambda: tell.other(tell.detected("detected")),
    }


class Aims:
    """The stories; each is the passing drill with another end."""

    def __init__(self, base: ModuleType) -> None:
        self.base = base

    def aimed(self, aim: str, recovery: str) -> list[Any]:
        """The passing drill with this aim, and no step of a recovery."""
        told = self.base.edited(
            self.base.loud(), "run.opened", lambda data: data.update(aim=aim, recovery=recovery)
        )
        return [beat for beat in told if beat.kind != "recovery.step"]

    def looked_at(self, beats: list[Any], problems: list[dict[str, str]]) -> list[Any]:
        """The set as it was looked at before and after; the repository itself is sound meanwhile."""
        sound = self.base.suite("outage", "segments")
        beats = self.base.edited(beats, "checks.run", lambda data: data.update(sound), phase="outage")
        looks = [
            self.base.Beat(38.2, "set.examined", {"phase": "baseline", "set": "s1", "problems": []}),
            self.base.Beat(103.1, "set.examined", {"phase": "outage", "set": "s1", "problems": problems}),
        ]
        return [*beats, *looks]

    def spoilt_set(self, aim: str) -> list[Any]:
        beats = self.aimed(aim, "backup_restore")
        return self.looked_at(beats, [{"code": "part.changed", "what": BECAUSE}])

    def refused(self, aim: str) -> list[Any]:
        told = {"recovery": "backup_restore", "because": BECAUSE, "code": 20, "code_name": "backup_tampered"}
        beats = self.base.retold(self.spoilt_set(aim), "recovery.finished", "recovery.refused", **told)
        return list(beats)

    def changed(self, beats: list[Any]) -> list[Any]:
        """A call that changed something, before the refusal."""
        call = {"component": "atlas", "method": "STOP", "path": "atlas", "body": None}
        return [*beats, self.base.Beat(104, "call.made", call)]

    def spoilt(self, beats: list[Any]) -> list[Any]:
        """The set was not what it was before the fault already."""
        problems = [{"code": "part.missing", "what": "it is missing"}]
        edit = lambda data: data.update(problems=problems)  # noqa: E731 - as every other edit
        return list(self.base.edited(beats, "set.examined", edit, phase="baseline"))

    def restored(self) -> list[Any]:
        """What should have been refused went through."""
        return self.spoilt_set("refused")

    def nothing_to_refuse(self) -> list[Any]:
        """Nobody touched the set, so the restore went through, as it should."""
        beats = self.looked_at(self.aimed("refused", "backup_restore"), [])
        beats = self.base.retold(beats, "fault.injected", "fault.left_out", because="asked")
        unseen = [{"probe": "backup_verifies", "answer": "s1 verifies"}]
        return list(self.base.retold(beats, "outage.observed", "outage.unseen", probes=unseen, seconds=3.0))

    def rolled_back(self, aim: str, entities: str) -> list[Any]:
        """The restore was undone; `entities` is the digest of what then stands."""
        beats = self.looked_at(
            self.aimed(aim, "restore_or_roll_back"), [{"code": "census.differs", "what": "5 are missing"}]
        )
        pairs = {
            "entities": {"before": "a" * 64, "after": entities},
            "documents": {"before": "b" * 64, "after": "b" * 64},
        }
        told = {
            "recovery": "restore_or_roll_back", "because": "the restore ended well and lacks 5 entities",
            "restored": {"set": "s1", "tables": pairs},
        }  # fmt: skip
        return list(self.base.retold(beats, "recovery.finished", "recovery.rolled_back", **told))

    def detected(self, aim: str, then: int = 14) -> list[Any]:
        """Check 33 fails during the outage, and goes on failing: nothing was mended; `then`: of how many."""
        beats = self.aimed(aim, "reconcile")
        found = {"examined": 2312, "differing": 14, "guids": ["guid-1"]}
        told = {"recovery": "reconcile", "because": "graph and index differ in 14 entities", "found": found}
        beats = self.base.retold(beats, "recovery.finished", "recovery.detected", **told)
        for phase in ("outage", "verified"):
            suite = "segments" if phase == "outage" else "index"
            bare = self.base.suite(phase, "index", c33=14 if phase == "outage" else then)
            edit = lambda data, bare=bare: data.update(bare)  # noqa: E731 - as every other edit
            beats = self.base.edited(beats, "checks.run", edit, phase=phase, suite=suite)
        return list(beats)

    def missing(self, beats: list[Any], begun: float) -> list[Any]:
        """A write that was acknowledged after t0 is not found by search; the fault is whole at 100.2."""
        told = {"n": 99, "guid": "guid-99", "invoked_ns": self.base.ns(begun)}
        more = [
            self.base.Beat(begun, "write.invoked", {"n": 99, "name": "canary-99"}),
            self.base.Beat(100.7, "write.acked", told),
        ]

        def lacks(data: dict[str, Any]) -> None:
            data.update(acked=data["acked"] + 1)
            data["search"].update(absent=[99])

        return [*self.base.edited(beats, "writes.read", lacks), *more]

    def other(self, beats: list[Any]) -> list[Any]:
        """What fails afterwards bears the number of what saw the damage, and is another check."""
        edit = lambda data: data["results"][0].update(title="graph and index agree on the state")  # noqa: E731 - as all
        return list(self.base.edited(beats, "checks.run", edit, phase="verified", suite="index"))

    def worse(self, beats: list[Any]) -> list[Any]:
        """Another check fails afterwards, which did not see the damage."""
        lost = self.base.suite("verified", "structure", c6=1)
        edit = lambda data: data.update(lost)  # noqa: E731 - as every other edit
        return list(self.base.edited(beats, "checks.run", edit, phase="verified", suite="structure"))
