"""What a run holds, and how it lets go on every path out.

Clean-up never masks: each step that fails is recorded as `teardown.failed`, the steps after it
are still taken, and the first error goes on its way.
"""

import threading
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Any

from metadrill import clock
from metadrill.errors import Code, DeadlineExceeded, Interrupted, MetadrillError
from metadrill.journal import Journal
from metadrill.model.plan import Plan
from metadrill.model.sandboxed import Removal
from metadrill.ports import Sandbox, Workload
from metadrill.runner import logs
from metadrill.runner.rig import Rig

_HANGING = timedelta(seconds=5)  # how long the canary's last write may hang once its server is gone


_BY = {Code.SIGINT: "SIGINT", Code.SIGTERM: "SIGTERM", Code.ENVIRONMENT: "timeout"}


class Stage:
    """The plan, the rig and the journal of one run, and what has to be given back after it."""

    def __init__(self, plan: Plan, rig: Rig, journal: Journal) -> None:
        self.plan, self.rig, self.journal = plan, rig, journal
        self.record = journal.record
        self.sandbox: Sandbox | None = None
        self.stack: Any = None
        self.workload: Workload | None = None
        self._late: BaseException | None = None

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cause = self.journal.stopped or error  # libraries put errors of their own in a signal's place
        if cause is not None:
            self._guarded("failure recorded", lambda: self._tell(cause))
        stopping = self._stop_workload()
        self._guarded("logs", self._collect)
        self._guarded("sandbox", self._remove)
        stopping.join(_HANGING.total_seconds())
        if stopping.is_alive():
            self._tell_failed("canary", DeadlineExceeded("its last write has not ended"))
        if cause is None and self._late is not None:
            late = self._late
            self._guarded("failure recorded", lambda: self._tell(late))
            raise late
        if cause is not None and cause is not error:
            raise cause from error

    def since(self, start_ns: int) -> float:
        """Return the seconds since a monotonic reading."""
        return clock.seconds(start_ns, self.rig.time.monotonic_ns())

    def _tell(self, error: BaseException) -> None:
        if isinstance(error, Interrupted | KeyboardInterrupt):
            code = error.code if isinstance(error, Interrupted) else Code.SIGINT
            self.record("run.aborted", signal=_BY.get(code, "SIGINT"))
        elif isinstance(error, MetadrillError):
            self.record("run.failed", error=error.message, hint=error.hint, code=int(error.code))
        else:
            told = f"{type(error).__name__}: {error}"
            self.record("run.failed", error=told, hint="", code=int(Code.INTERNAL))

    def _stop_workload(self) -> threading.Thread:
        """Stop the writes beside the removal: a write that hangs ends when its server is gone."""
        workload = self.workload
        step = workload.stop if workload is not None else lambda: None
        thread = threading.Thread(target=lambda: self._guarded("canary", step), daemon=True)
        thread.start()
        return thread

    def _collect(self) -> None:
        if self.stack is not None:
            files = logs.collect(self.stack, self.rig.folder / "logs")
            self.record("logs.collected", files=files)

    def _remove(self) -> None:
        if self.sandbox is None:
            return
        start = self.rig.time.monotonic_ns()
        left = self._removed(self.sandbox)
        self.record("sandbox.removed", seconds=self.since(start), remaining=left.remaining)

    def _removed(self, sandbox: Sandbox) -> Removal:
        """Remove it; a signal in the middle is kept for later, and the removal begun again."""
        try:
            return sandbox.remove()
        except (Interrupted, KeyboardInterrupt) as signal:
            self._late = signal
            return sandbox.remove()

    def _guarded(self, step: str, act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - no step of the clean-up may keep the next from its turn
            if isinstance(error, Interrupted | KeyboardInterrupt):
                self._late = error
            self._tell_failed(step, error)

    def _tell_failed(self, step: str, error: BaseException) -> None:
        try:
            self.record("teardown.failed", step=step, because=f"{type(error).__name__}: {error}")
        except BaseException as worse:  # noqa: BLE001 - a journal that cannot be written: the first error counts
            self._late = self._late or worse
