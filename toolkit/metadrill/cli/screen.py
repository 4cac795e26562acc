"""The live screen of a run: a line per phase with elapsed time, against the objective once it breaks."""

import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from metadrill import clock
from metadrill.cli import printing
from metadrill.cli.stages import Running
from metadrill.model import units
from metadrill.model.event import Event
from metadrill.model.verdict import passing

Data = Mapping[str, Any]

_PHASES = {
    "run.opened": "a sandbox", "sandbox.created": "the stack", "stack.served": "the data",
    "data.placed": "the index", "index.settled": "the baseline", "backup.taken": "writes",
    "fault.injected": "the outage", "outage.observed": "the checks that must fail",
    "decision.made": "the recovery", "stack.serving": "the checks", "recovery.verified": "clean-up",
}  # fmt: skip
_BEAT = timedelta(milliseconds=200)


class Screen:
    """Hears events and prints those that a person wants to see; on a terminal a clock runs below.

    Port of `metadrill.progress` too: the clock says how far the innermost stage is; elsewhere a line does.
    """

    def __init__(self, *, live: bool) -> None:
        self._live = live and sys.stdout.isatty()
        self._first: int | None = None
        self._broken: int | None = None
        self._limit: float | None = None
        self._phase = ""
        self._failing: dict[str, int] = {}
        self._stages: dict[int, Running] = {}
        self._lock = threading.Lock()
        self._ticker = clock.Ticker(self._tick, _BEAT)

    def start(self) -> None:
        """Let the clock run."""
        if self._live:
            self._ticker.start()

    def stop(self) -> None:
        """Stop the clock and clear its line."""
        if self._live:
            self._ticker.stop()
            self._clear()

    def hear(self, event: Event) -> None:
        """Print what this event means to a person, if anything."""
        self._first = event.mono_ns if self._first is None else self._first
        if event.kind == "run.opened":
            self._limit = event.data.get("criteria", {}).get("rto", {}).get("limit_s")
        if event.kind == "fault.injected":
            self._broken = event.data.get("invoked_ns", event.mono_ns)
        self._phase = _PHASES.get(event.kind, self._phase)
        tell = _TELL.get(event.kind)
        line = tell(event.data) if tell else None
        if line:
            with self._lock:
                self._clear()
                printing.say(f"{self._stamp(event.mono_ns)}  {line[0]:<10}{line[1]}")

    def begin(self, what: str, total: int, unit: str) -> int:
        """Take note of a stage; it is shown once it takes long."""
        number, now = max(self._stages, default=0) + 1, _now()
        self._stages[number] = Running(what, total, unit, now, now)
        return number

    def advance(self, stage: int, amount: int) -> None:
        """Take note of how far it is; without a terminal it is told now and then.

        Takes no lock: a terminal that is held must not hold the run.
        """
        one = self._stages.get(stage)  # none of one that began before the screen did
        if one is None:
            return
        one.there += amount
        if not self._live and one.due(_now()):
            stamp = self._stamp(clock.SYSTEM.monotonic_ns())
            printing.say(f"{stamp}  … {self._phase}, {one.line(_now())}")

    def end(self, stage: int) -> None:
        """Forget a stage."""
        self._stages.pop(stage, None)

    def _far(self) -> str:
        """How far the innermost stage is that takes long."""
        now = _now()
        long = [one for one in list(self._stages.values()) if one.shown(now)]
        return f", {long[-1].line(now)}" if long else ""

    def _stamp(self, now: int) -> str:
        elapsed = _clock(clock.seconds(self._first or now, now))
        if self._broken is None or now < self._broken:
            return f"{elapsed:>6}" + " " * 15
        since = _clock(clock.seconds(self._broken, now))
        against = f"of {_clock(self._limit)}" if self._limit else ""
        return f"{elapsed:>6} {since:>5} {against:<8}"

    def _tick(self) -> None:
        if self._first is None:
            return
        with self._lock:
            self._clear()
            now = clock.SYSTEM.monotonic_ns()
            line = f"{self._stamp(now)}  … {self._phase}{self._far()}"
            sys.stdout.write(line[: shutil.get_terminal_size().columns - 1])  # a second row is never cleared
            sys.stdout.flush()

    def _clear(self) -> None:
        if self._live:
            sys.stdout.write("\r\x1b[K")


def _now() -> float:
    return clock.SYSTEM.monotonic_ns() / 1e9


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _took(data: Data) -> str:
    return units.short(float(data.get("seconds", 0.0)))


def _served(data: Data) -> tuple[str, str]:
    parts = " and ".join(f"{name} {row.get('version', '')}" for name, row in data["components"].items())
    last = data.get("last_cold_s")
    cold = f"; the cold way took {units.short(last)}" if last else ""
    return "stack", f"{parts} serving after {_took(data)} ({data['start']} start{cold})"


def _placed(data: Data) -> tuple[str, str]:
    if data["origin"] == "standing":
        return "data", "what stands there already"
    if data["origin"] == "restored":
        method = data["steps"][0].get("method", "") if data["steps"] else ""
        return "data", f"backup set {data['dataset']}, {method} restore in {_took(data)}"
    origin = "kept with the warm state" if data["origin"] == "warm" else f"placed in {_took(data)}"
    return "data", f"{data['dataset']}, {origin}"


def _census(data: Data) -> tuple[str, str] | None:
    if data["phase"] == "outage":
        return None
    counts = data["counts"]
    parts = (f"{counts.get(name, 0):,} {name}" for name in ("entities", "relationships", "documents"))
    return "census", f"{', '.join(parts)} ({data['phase']}, {_took(data)})"


def _copied(data: Data) -> str:
    kind = str(data["kind"]).replace("_", " ")
    return f"{kind}, {data['documents']:,} documents" if "documents" in data else f"{kind} {data['ref']}"


def _checks(data: Data) -> tuple[str, str] | None:
    found = [row["verdict"] for row in data["results"]]
    failed = [row for row in data["results"] if row["verdict"] == "fail"]
    if data["phase"] == "baseline" and not failed:
        return None
    names = ", ".join(f"{row['number']} {row['title']} ({row['unexpected']:,})" for row in failed)
    unsure = found.count("inconclusive")
    rest = f"; fails: {names}" if failed else f"; {unsure} inconclusive" if unsure else ""
    return "checks", f"{data['suite']}: {passing(found)}{rest}"


def _fault(data: Data) -> tuple[str, str]:
    return "fault", printing.style(_harm(data["fault"], data["truth"]), fg="red")


def _harm(fault: str, truth: Data) -> str:
    """Say what a fault broke: flipped bytes, entities that are gone, or its name with its plain facts."""
    if flips := truth.get("flips"):
        where = ", ".join(str(row[0]) for row in flips[:3])
        return (
            f"{len(flips)} byte{'s' if len(flips) > 1 else ''} flipped in {truth.get('file', '?')} at {where}"
        )
    if gone := truth.get("gone"):
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in list(gone.items())[:3])
        done = "purged" if truth.get("how") == "purge" else "deleted"
        return f"{sum(gone.values()):,} entities {done}: {kinds}"
    told = [
        f"{len(value):,} {name}" if isinstance(value, list) else f"{name} {value}"
        for name, value in truth.items()
        if (isinstance(value, list) or type(value) in (str, int)) and name != "seed"
    ]
    told += _link(truth["link"]) if "link" in truth else []
    return fault.replace("_", " ") + (f": {', '.join(told)}" if told else "")


def _link(link: Data) -> list[str]:
    """Return what a link does now, and did before."""
    now, was = link["during"], link["before"]
    return [
        f"first byte after {units.short(now['first_byte_s'])} (before: {units.short(was['first_byte_s'])})",
        f"{units.size(now['bytes_s'])}/s (before: {units.size(was['bytes_s'])}/s)",
    ]


def _observed(data: Data) -> tuple[str, str]:
    views = " · ".join(f"{name.capitalize()} {said}" for name, said in data.get("views", {}).items())
    ours = "BEHIND" if data["probe"] == "replication_lag" else "DAMAGED"
    return (
        "outage",
        f"{printing.style(f'{views} · metadrill {ours}', bold=True)} (by {data['probe']}: {data['answer']})",
    )


def _examined(data: Data) -> tuple[str, str] | None:
    if data["phase"] == "baseline" and not data["problems"]:
        return None
    told = "; ".join(row["what"] for row in data["problems"]) or "nothing wrong with it"
    return "backup", f"{data['set']}: {told}"


def _rolled_back(data: Data) -> tuple[str, str]:
    tables = data["restored"]["tables"].values()
    equal = sum(pair["before"] == pair["after"] for pair in tables)
    return "recovery", f"undone: {data['because']}; stands again as before: {equal} of {len(tables)} tables"


def _step(data: Data) -> tuple[str, str]:
    facts = data.get("facts", {})
    told = "".join(
        f", {name} {facts[name]:,}" for name in ("examined", "repaired", "documents") if name in facts
    )
    return "recovery", f"{data['step']}: {_took(data)}{told}"


def _writes(data: Data) -> tuple[str, str]:
    lost = {name: len(data[name]["absent"]) for name in ("guid", "search")}
    unknown = f", {data['unknown']} of unknown outcome" if data["unknown"] else ""
    return "writes", (
        f"{data['acked']} acknowledged{unknown}; absent: {lost['guid']} by guid, {lost['search']} by search"
    )


def _removed(data: Data) -> tuple[str, str]:
    left = [f"{len(rows)} {name}" for name, rows in data["remaining"].items() if rows]
    return (
        "clean-up",
        f"sandbox removed in {_took(data)}, {'left: ' + ', '.join(left) if left else 'nothing left'}",
    )


_TELL: dict[str, Callable[[Data], tuple[str, str] | None]] = {
    "sandbox.created": lambda data: ("sandbox", f"{data['id']} ({data['kind']})"),
    "claim.proved": lambda data: (
        "claim",
        f"by {data['who']} until {data['until']}; nobody used it meanwhile",
    ),
    "isolation.proved": lambda data: ("isolation", "proved from inside: no way out"),
    "isolation.unproved": lambda data: ("isolation", f"unproved: {data['because']}"),
    "stack.served": _served,
    "data.step": lambda data: (
        "data",
        f"{data['kind']} {data.get('name', '')}: {data.get('entities', 0):,} entities in {_took(data)}",
    ),
    "data.placed": _placed,
    "census.taken": _census,
    "backup.taken": lambda data: ("backup", f"{_copied(data)}, in {_took(data)}"),
    "fault.injected": _fault,
    "fault.left_out": lambda data: ("fault", f"left out: {data['because']}"),
    "outage.observed": _observed,
    "outage.unseen": lambda data: ("outage", f"not seen by any probe in {_took(data)}"),
    "checks.run": _checks,
    "recovery.started": lambda data: ("recovery", f"{data['recovery']} started"),
    "recovery.step": _step,
    "recovery.finished": lambda data: ("recovery", f"{data['recovery']} finished in {_took(data)}"),
    "recovery.failed": lambda data: ("recovery", printing.style(f"failed: {data['because']}", fg="red")),
    "recovery.refused": lambda data: ("recovery", f"refused ({data['code']}): {data['because']}"),
    "recovery.rolled_back": _rolled_back,
    "recovery.detected": lambda data: ("recovery", f"found, and nothing mended: {data['because']}"),
    "writers.kept_out": lambda data: ("writes", f"held: {data['because']}"),
    "set.examined": _examined,
    "recovery.left_out": lambda data: ("recovery", f"left out: {data['because']}"),
    "stack.serving": lambda data: ("serving", f"{data['probe']}: {data['answer']}"),
    "stack.not_serving": lambda data: ("serving", printing.style(f"not: {data['because']}", fg="red")),
    "writes.read": _writes,
    "teardown.failed": lambda data: (
        "clean-up",
        printing.style(f"{data['step']}: {data['because']}", fg="red"),
    ),
    "sandbox.removed": _removed,
    "run.failed": lambda data: ("failed", printing.style(f"{data['error']} ({data['hint']})", fg="red")),
    "run.aborted": lambda data: ("stopped", f"by {data['signal']}"),
}
