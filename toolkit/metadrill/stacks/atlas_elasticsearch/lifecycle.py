"""Bringing the stack up, warm or cold, stopping and starting its servers."""

import json
import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.clients.http import HttpError
from metadrill.errors import DeadlineExceeded, EnvironmentNotReady, Unreachable, UsageError
from metadrill.model.sandboxed import Answer, Boot
from metadrill.model.secret import Secret
from metadrill.stacks import parts
from metadrill.stacks.atlas_elasticsearch import configuration, programs, stores
from metadrill.stacks.atlas_elasticsearch.base import BRIEF, GRACE, Base, asking

_ANSWERS = timedelta(minutes=5)
_SHUT = "Could not instantiate implementation: org.janusgraph.diskstorage.berkeleyje"


class Lifecycle(Base):
    """Ports `Stack` and `StateKeeper`."""

    @property
    def state(self) -> Path:
        """Where the booted and seeded state of this stack and dataset is kept."""
        return self.cache / "warm" / self.data_key[:16]

    def boot(self, deadline: timedelta) -> Boot:
        """Bring every server up until a search is answered; from the kept state where there is one."""
        began = clock.SYSTEM.monotonic_ns()
        kept = None if self.cold else self._take_kept_state()
        took: dict[str, Mapping[str, Any]] = {}
        for name in self.components:
            start = clock.SYSTEM.monotonic_ns()
            self.start(name)
            took[name] = {
                "seconds": _since(start),
                "version": self._of_its_version(name),
                **self._image(name),
            }
        clock.wait_until(self._answers_a_search, deadline, "atlas: answering a search")
        last = kept["cold_s"] if kept else None
        return Boot("warm" if kept else "cold", _since(began), took, last)

    def found_standing(self, deadline: timedelta) -> Boot:
        """Return when both servers, which nobody here started, answer as the stack's versions do."""
        began = clock.SYSTEM.monotonic_ns()
        took: dict[str, Mapping[str, Any]] = {}
        for name, probe in (("elasticsearch", self._elasticsearch_up), ("atlas", self._atlas_active)):
            start = clock.SYSTEM.monotonic_ns()
            clock.wait_until(asking(probe), deadline, f"{name}: answering")
            took[name] = {"seconds": _since(start), "version": self._of_its_version(name)}
        clock.wait_until(self._answers_a_search, deadline, "atlas: answering a search")
        return Boot("standing", _since(began), took)

    def start(self, component: str) -> None:
        """Start one server, and return when its process answers (a damaged one may do no more)."""
        if component == "atlas":
            self._clear_broken_queue()
        program = programs.SERVERS[component](self.there, self.place, self.recipe)
        before = program.log.stat().st_size if program.log.exists() else 0
        self.sandbox.spawn(program)
        probe = {"elasticsearch": self._elasticsearch_up, "atlas": self._atlas_active}.get(
            component, self._store_up
        )

        def up() -> bool | None:
            if not self.sandbox.running(component):
                tail = program.log.read_text(errors="replace")[-600:]
                raise EnvironmentNotReady(f"{component}: ended while starting", f"its log ends: {tail}")
            if asking(probe)():
                return True
            _refuse_failed_start(component, program.log, before)
            return None

        clock.wait_until(up, _ANSWERS, f"{component}: answering")

    def stop(self, component: str) -> None:
        """Stop one server and return when its process is gone."""
        self.sandbox.stop(component, GRACE)

    def bring_back(self, component: str) -> None:
        """Start a server that has ended by itself: one byte that Lucene asserts is enough.

        A search that reads it is an AssertionError, which Elasticsearch takes for fatal (stack-facts.md).
        """
        if not self.sandbox.running(component):
            self.start(component)

    def views(self, limit: timedelta = BRIEF) -> Mapping[str, str]:
        """Return what each server says of itself: the cluster's colour, Atlas' status."""

        def say(component: str) -> str:
            try:
                if component == "elasticsearch":
                    return str(self.elastic.get("/_cluster/health", limit)["status"])
                if component == "atlas":
                    return str(self.atlas.get("/admin/status", limit)["Status"])
                return "serving" if self._store_up() else "no answer"
            except Unreachable:
                return "no answer"

        return {name: say(name) for name in self.components}

    def search(self, type_name: str, deadline: timedelta) -> Answer:
        """Ask Atlas for entities of a type by its index, as a user would."""
        body = {"typeName": type_name, "excludeDeletedEntities": True, "limit": 100}
        try:
            found = self.atlas.ask("/v2/search/basic", body, deadline)
        except HttpError as error:
            return Answer(False, f"status {error.status}")
        except Unreachable as error:
            return Answer(False, error.message)
        rows = len(found.get("entities", []))
        return Answer(True, f"{rows} {type_name}", {"rows": rows})

    def keep(self, cold_seconds: float) -> float:
        """Stop cleanly, copy the state into the cache, start again; return the seconds it took.

        Raises EnvironmentNotReady when the disk is full; a half copy is never kept.
        """
        began = clock.SYSTEM.monotonic_ns()
        for name in reversed(self.components):
            self.stop(name)
        with parts.locked(self.state.with_suffix(".lock")):
            if not (self.state / "kept.json").exists():
                self._copy_state(cold_seconds)
        for name in self.components:
            self.start(name)
        clock.wait_until(self._answers_a_search, _ANSWERS, "atlas: answering a search")
        return _since(began)

    def logs(self) -> tuple[Path, ...]:
        """Return the log files of every program that ran."""
        return tuple(sorted(self.sandbox.root.glob("*.log")))

    def secrets(self) -> tuple[Secret, ...]:
        """Return what must not stand in a collected log."""
        return (self.place.password,)

    def coordinates(self) -> Mapping[str, str]:
        """Return what a user's own procedure needs to reach this stack, secrets by file."""
        return {
            "METADRILL_ELASTICSEARCH_URL": self.place.url("elasticsearch"),
            "METADRILL_ATLAS_URL": self.place.url("atlas"),
            "METADRILL_USER": self.place.user,
            "METADRILL_PASSWORD_FILE": str(self.place.password_file),
            "METADRILL_SANDBOX": self.sandbox.id,  # what the procedure leaves running is found by it
        }

    def _clear_broken_queue(self) -> None:
        """Remove the embedded Kafka's and ZooKeeper's data where Atlas was killed.

        Its broker would find its own old registration, and Atlas would answer 503 for ever.
        """
        queue = self.place.root / "atlas" / "data" / "kafka"
        if queue.exists() and not any(queue.rglob(".kafka_cleanshutdown")):
            shutil.rmtree(queue, ignore_errors=True)

    def _copy_state(self, cold_seconds: float) -> None:
        draft = self.state.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        try:
            for folder in configuration.state(self.recipe):
                shutil.copytree(self.place.root / folder, draft / folder)
            facts = {"cold_s": round(cold_seconds, 3), "stack": self.recipe.digest}
            (draft / "kept.json").write_text(json.dumps(facts))
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise EnvironmentNotReady(
                f"{self.state}: the warm state could not be kept: {error.strerror}", "free some space"
            ) from None
        shutil.rmtree(self.state, ignore_errors=True)
        draft.replace(self.state)

    def _take_kept_state(self) -> dict[str, Any] | None:
        facts = self.state / "kept.json"
        with parts.locked(self.state.with_suffix(".lock")):
            if not facts.exists():
                return None
            kept: dict[str, Any] = json.loads(facts.read_text())
            for folder in configuration.state(self.recipe):
                shutil.copytree(self.state / folder, self.place.root / folder, dirs_exist_ok=True)
        return kept

    def _of_its_version(self, component: str) -> str:
        """Return the version that a server says it is. Raises EnvironmentNotReady: not the stack's.

        A build may add to the number (`2.1.0-r1`); another number is another stack.
        """
        if component == "elasticsearch":
            says = str(self.elastic.get("/", BRIEF)["version"]["number"])
        elif component == "atlas":
            says = str(self.atlas.get("/admin/version", BRIEF)["Version"])
        else:
            says = self._store_version()
        wanted = self.recipe.versions[component]
        if says != wanted and not says.startswith(f"{wanted}-"):
            raise EnvironmentNotReady(
                f"{component}: it says it is {says}, stack {self.recipe.name} is of {wanted}",
                f"correct `versions` in {self.recipe.source or 'the stack file'}, or name another image",
            )
        return says

    def _image(self, component: str) -> Mapping[str, str]:
        image = self.there.images.get(component)
        return {"image": image} if image else {}

    def _elasticsearch_up(self) -> bool:
        return bool(self.elastic.get("/_cluster/health", BRIEF)["status"])

    def _atlas_active(self) -> bool:
        return bool(self.atlas.get("/admin/status", BRIEF)["Status"] == "ACTIVE")

    def _store_up(self) -> bool:
        return bool(self._store_version())

    def _store_version(self) -> str:
        """Return what the graph store says of itself. Raises Unreachable while it does not serve."""
        if not isinstance(self.store, stores.Served):
            raise UsageError(
                f"stack {self.recipe.name}: its graph store is no server", "see its `components`"
            )
        return self.store.version(self.place, self.inside)

    def _answers_a_search(self) -> bool | None:
        return self.search("Asset", BRIEF).ok or None

    def _wait_green(self, deadline: timedelta, index: str = "janusgraph*") -> None:
        def green() -> bool | None:
            return self.elastic.get(f"/_cluster/health/{index}", BRIEF)["status"] == "green" or None

        try:
            clock.wait_until(asking(green), deadline, "elasticsearch: green")
        except DeadlineExceeded as error:
            raise DeadlineExceeded(f"{error.message}; now {self.views()['elasticsearch']}") from None


def _refuse_failed_start(component: str, log: Path, offset: int) -> None:
    """Raise EnvironmentNotReady when Atlas has given up, and answers 503 for ever; or will.

    It tries a store that does not open four times, 30 s apart; for one in files that changes nothing.
    """
    with log.open("rb") as file:
        file.seek(offset)
        said = file.read().decode(errors="replace")
    if "Failed startup of context" in said:
        causes = [line for line in said.splitlines() if line.startswith("Caused by")]
        reason = causes[-1].removeprefix("Caused by: ")[:300] if causes else "see its log"
        raise EnvironmentNotReady(f"{component}: gave up while starting: {reason}", "see its log")
    if _SHUT in said:
        raise EnvironmentNotReady(f"{component}: the graph's store does not open", "restore its files")


def _since(start_ns: int) -> float:
    return clock.seconds(start_ns, clock.SYSTEM.monotonic_ns())
