"""Probes: how an outage may show. Ours are harness detection, never a mean time to detect.

`search_answers`, `search_finds`, `index_health`, `backup_verifies`, `replication_lag`, `command` and
`http`, by name; the suites of `noticed_by` are run by the runner itself (`looking`).
"""

import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.errors import EnvironmentNotReady, Interrupted, MetadrillError, UsageError
from metadrill.model import units
from metadrill.model.sandboxed import Answer
from metadrill.model.scenario import Action
from metadrill.ports import Probe, inside
from metadrill.ports.regions import Regional
from metadrill.ports.tampering import Examined
from metadrill.runner import limits

SOUND = frozenset({"green", "active"})
"""What a component calls itself when it is well."""


class SearchAnswers:
    """Asks for one entity of a type; no answer, or one that cannot be read, is an outage."""

    name = "search_answers"

    def __init__(self, type_name: str, deadline: timedelta = limits.LOOK) -> None:
        self._type, self._deadline = type_name, deadline

    def look(self, target: Any) -> tuple[bool | None, str]:
        """Search once."""
        answer = self._asked(target)
        return not answer.ok, answer.text

    def _asked(self, target: Any) -> Answer:
        try:
            answer: Answer = target.search(self._type, self._deadline)
        except Interrupted:
            raise
        except MetadrillError as error:
            return Answer(False, error.message)
        return answer


class SearchFinds(SearchAnswers):
    """An answer of nothing is an outage too, where the same search found something before the fault."""

    name = "search_finds"
    _before: int | None = None

    def remember(self, target: Any) -> str:
        """Search in the sound repository; return in words what was found."""
        answer = self._asked(target)
        self._before = int(answer.facts["rows"]) if answer.ok else None
        return answer.text

    def look(self, target: Any) -> tuple[bool | None, str]:
        """Search once; None where it answers no worse than before: with nothing, or not at all."""
        answer = self._asked(target)
        if answer.ok and answer.facts["rows"]:
            return False, answer.text
        if self._before is None:
            return None, f"{answer.text}, and no answer before"
        return (True if self._before or not answer.ok else None), f"{answer.text}, {self._before:,} before"


class IndexHealth:
    """Asks each component for its own opinion; one that is not well is an outage."""

    name = "index_health"

    def look(self, target: Any) -> tuple[bool | None, str]:
        """Read the views once."""
        views: Mapping[str, str] = target.views()
        ill = any(view.lower() not in SOUND for view in views.values())
        return ill, ", ".join(f"{name} {view}" for name, view in sorted(views.items()))


class Command:
    """The user's own command: an exit code other than 0 is an outage."""

    name = "command"

    def __init__(self, argv: tuple[str, ...], deadline: timedelta = limits.LOOK) -> None:
        self._argv, self._deadline = argv, deadline

    def look(self, target: Any) -> tuple[bool | None, str]:
        """Run it once; None when it cannot be run or does not end."""
        try:
            with inside(target):
                done = subprocess.run(
                    self._argv,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=self._deadline.total_seconds(),
                    check=False,
                )
        except (OSError, subprocess.TimeoutExpired) as error:
            return None, f"{Path(self._argv[0]).name}: {type(error).__name__}"
        return done.returncode != 0, f"{Path(self._argv[0]).name}: exit code {done.returncode}"


class Http:
    """The user's own address. A status of 500 or more, or no answer at all, is an outage; where a
    status is expected, every other one is."""

    name = "http"

    def __init__(self, request: urllib.request.Request, expected: int | None = None) -> None:
        self._request, self._expected = request, expected

    def look(self, target: Any) -> tuple[bool | None, str]:
        """Ask once."""
        limit = limits.LOOK.total_seconds()
        try:
            with (
                inside(target),
                urllib.request.urlopen(self._request, timeout=limit) as answer,  # noqa: S310 - scheme checked
            ):
                status = int(answer.status)
        except urllib.error.HTTPError as error:
            status = error.code
        except (OSError, ValueError) as error:
            return True, f"no answer: {type(error).__name__}"
        wrong = status >= 500 if self._expected is None else status != self._expected
        return wrong, f"status {status}"


class BackupVerifies:
    """Verifies the set that the recovery would restore, as it will be before a restore; anything wrong
    with it is an outage. With `content`, all that it holds is read and counted anew."""

    name = "backup_verifies"

    def __init__(self, backups: Examined, *, content: bool = False) -> None:
        self._backups, self._content = backups, content

    def examine(self, target: Any) -> Mapping[str, Any]:
        """Return the set's name and what is wrong with it."""
        return self._backups.examine(content=self._content)

    def look(self, target: Any) -> tuple[bool | None, str]:
        """Verify it once."""
        try:
            found = self.examine(target)
        except Interrupted:
            raise
        except MetadrillError as error:
            return None, error.message
        told = "; ".join(row["what"] for row in found["problems"])
        return bool(told), told or f"{found['set']} verifies"


class ReplicationLag:
    """Asks how old the newest cut is that is whole in the other region; too old is an outage."""

    name = "replication_lag"

    def __init__(self, alarm: timedelta, time: clock.Clock = clock.SYSTEM) -> None:
        self._alarm, self._time = alarm, time

    def examine(self, target: Any) -> Mapping[str, Any]:
        """Return the newest replica, and whether it is late. Raises EnvironmentNotReady for one region."""
        if not isinstance(target, Regional):
            raise EnvironmentNotReady("replication_lag: the stack stands in one region", "name another probe")
        there = [one for one in target.regions.replicas() if one["there"]]
        if not there:
            return {"set": "none", "problems": [{"code": "late", "what": "no set is in the other region"}]}
        newest = max(there, key=lambda one: one["there_ns"])
        behind = self._time.utc() - clock.moment(newest["cut"])
        if behind <= self._alarm:
            return {"set": newest["set"], "problems": []}
        told = f"the newest replica is {units.short(behind)} behind, {units.short(self._alarm)} are allowed"
        return {"set": newest["set"], "problems": [{"code": "late", "what": told}]}

    def look(self, target: Any) -> tuple[bool | None, str]:
        """Ask once."""
        found = self.examine(target)
        late = [row["what"] for row in found["problems"]]
        return bool(late), "; ".join(late) or f"{found['set']} is not late"


def build(action: Action, backups: object = None) -> Probe:
    """Given a probe of a scenario (not a suite), return it; `backups` are the run's. Raises UsageError."""
    if action.name not in PROBES:
        raise UsageError(f"unknown probe {action.name!r}", f"there are {', '.join(sorted(PROBES))}, suite")
    return PROBES[action.name](action, backups)


def _search(action: Action) -> Probe:
    if "type" not in action.params:
        raise UsageError(f"{action.name}: no type named", "write {type: hive_table, within: 60s}")
    within = units.duration(str(action.params.get("within", "10s")))
    probe = SearchFinds if action.name == SearchFinds.name else SearchAnswers
    return probe(str(action.params["type"]), min(within, limits.LOOK))


def _command(action: Action) -> Probe:
    command = Path(str(action.params.get("command", "")))
    if not command.name:
        raise UsageError("command: none named", "write {command: ./check.sh, args: [...]}")
    program = str(command.absolute()) if command.is_file() else str(command)
    return Command((program, *map(str, action.params.get("args", ()))))


def _http(action: Action) -> Probe:
    url, body = str(action.params.get("url", "")), action.params.get("body")
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"http: not an address: {url!r}", "it begins with http:// or https://")
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked the line before
        url,
        data=None if body is None else str(body).encode(),
        method=str(action.params.get("method", "GET")),
    )
    return Http(request, action.params.get("status"))


def _backup(action: Action, backups: object) -> Probe:
    unknown = sorted(set(action.params) - {"content", "within"})
    content = action.params.get("content", False)
    if unknown or not isinstance(content, bool):
        raise UsageError(
            "backup_verifies: takes `content` (true or false) and `within`", f"found {action.params}"
        )
    if not isinstance(backups, Examined):
        raise UsageError("backup_verifies: this run has no backup set", "name a recovery that restores one")
    return BackupVerifies(backups, content=content)


def _lag(action: Action) -> Probe:
    try:
        return ReplicationLag(units.duration(str(action.params["alarm"])))
    except (KeyError, ValueError):
        raise UsageError(
            f"replication_lag: alarm {action.params.get('alarm')!r}", "how old a replica may be: {alarm: 60s}"
        ) from None


PROBES: Mapping[str, Callable[[Action, object], Probe]] = {
    "search_answers": lambda action, backups: _search(action),
    "search_finds": lambda action, backups: _search(action),
    "index_health": lambda action, backups: IndexHealth(),
    "backup_verifies": _backup,
    "replication_lag": lambda action, backups: _lag(action),
    "command": lambda action, backups: _command(action),
    "http": lambda action, backups: _http(action),
}
