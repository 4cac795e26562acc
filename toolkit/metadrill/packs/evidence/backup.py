"""The backup set of a run, and how it was picked, as rows of facts."""

from collections.abc import Mapping
from typing import Any

from metadrill.packs import words
from metadrill.packs.evidence.record import Record, mapping

Rows = tuple[tuple[str, str], ...]


def data(record: Record) -> str:
    """Return in a few words what the data of a run were."""
    told = record.of("data")
    if "dataset" in told:
        return f"dataset {words.plain(told['dataset'])}, made up"
    return f"backup set {words.plain(told.get('set') or told.get('backup'))}"


def rows(record: Record) -> Rows:
    """Given a run, return the facts of the set that it was given or took; none where there was none."""
    told = record.last("backup.chosen") or _taken(record)
    if not told:
        return ()
    cut, moving, source = (mapping(told.get(key)) for key in ("cut", "moving", "source"))
    chain = told.get("chain")
    others = len(chain) - 1 if isinstance(chain, list) else 0
    return (
        ("set", words.plain(told.get("set"))),
        ("manifest", f"SHA-256 {words.plain(told.get('manifest'))}"),
        ("taken from", _source(source)),
        ("environment", words.plain(told.get("environment"))),
        (
            "holds",
            f"{words.plain(told.get('entities'))} entities, {', '.join(map(str, told.get('methods') or ()))}",
        ),
        ("cut", f"{words.plain(cut.get('started'))}; stores {words.plain(cut.get('skew_s'))} s apart"),
        ("changed while it was read", f"{words.plain(moving.get('entities'))} entities"),
        ("goes with", f"{others} other sets" if others else "no other set"),
        (
            "files",
            "every part held against its digest, and the signature over all, before anything was restored",
        ),
    )


def _taken(record: Record) -> Mapping[str, Any]:
    told = record.last("backup.taken")
    return told if "set" in told else {}


def _source(source: Mapping[str, Any]) -> str:
    if source.get("kind") == "sandbox":
        return f"a sandbox with made-up data ({words.plain(source.get('dataset'))})"
    declared = "declared as production" if source.get("production") else "not declared as production"
    return f"connection {words.plain(source.get('name'))}, {declared}"


def pick(record: Record) -> Rows:
    """Given a run, return how its set was picked and what picks have covered; none where it was named."""
    seed, coverage = record.of("pick"), record.of("coverage")
    if not seed:
        return ()
    given = ", ".join(map(str, seed.get("given") or ()))
    found: list[tuple[str, str]] = [
        ("rule", words.plain(seed.get("rule"))),
        ("seed", f"{words.plain(seed.get('value'))}, by {words.plain(seed.get('how'))} ({given})"),
        ("occurrence", f"{words.plain(seed.get('occurrence'))}, attempt {words.plain(seed.get('attempt'))}"),
        ("stratum", f"{words.plain(seed.get('environment'))}, age {words.plain(seed.get('age'))}"),
        ("coverage before this run", words.plain(coverage.get("says"))),
    ]
    exposure = coverage.get("exposure")
    for row in exposure if isinstance(exposure, list) else ():
        told = mapping(row)
        environment = words.plain(told.get("environment"))
        found.append((f"RPO exposure, {environment}", _gaps(told, "verified")))
        if replicated := mapping(told.get("replicated")):
            found.append((f"RPO exposure, {environment}, replicated", _gaps(replicated, "replicated")))
    return tuple(found)


def _gaps(told: Mapping[str, Any], ready: str) -> str:
    """Say how long an exposure lasted at most, and lasts now."""
    named = (("longest gap", told.get("longest_s")), (f"since the newest {ready} cut", told.get("open_s")))
    said = "; ".join(
        f"{name} {words.lasting(float(value))}" for name, value in named if isinstance(value, int | float)
    )
    return said or f"no set was {ready} yet"
