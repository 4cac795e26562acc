"""Recovery: the user's own procedure, a command or a runbook. metadrill times and observes it.

The command runs in a process group of its own, which is killed at the deadline and on every
abort. It is told where the sandbox's stack is by its environment (see `Addressable`).
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Protocol, runtime_checkable

from metadrill import clock, redacting
from metadrill.errors import DeadlineExceeded, EnvironmentNotReady, RecoveryError, UsageError
from metadrill.model import units
from metadrill.model.scenario import Action
from metadrill.model.secret import Secret
from metadrill.ports import IndexSnapshots, Record, inside
from metadrill.recoveries import runbook, steps
from metadrill.redacting import Confided

DEADLINE = "30m"
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
_POLL = timedelta(milliseconds=50)
_ENDS = timedelta(seconds=5)
Confirm = Callable[[str], bool]


@runtime_checkable
class Addressable(Protocol):
    """A stack that can be reached from outside: by a user's own command."""

    def coordinates(self) -> Mapping[str, str]:
        """Return METADRILL_ELASTICSEARCH_URL, METADRILL_ATLAS_URL, METADRILL_PASSWORD_FILE."""
        ...


def _nobody(step: str) -> bool:
    raise RecoveryError(f"runbook: nobody can confirm {step!r}", "run it where a person can answer")


class Procedure:
    """`command:` run within a deadline, or `runbook:` a list of steps that a person acknowledges.

    The deadline is `within`, 30 minutes unless given. `folder` is the run's: the command's output
    goes to `procedure.log` in it, without the stack's secrets; its working directory is where the drill
    was started. `confirm` asks a person whether a step is done.
    """

    def __init__(
        self,
        action: Action,
        folder: Path,
        confirm: Confirm = _nobody,
        time: clock.Clock = clock.SYSTEM,
    ) -> None:
        params = action.params
        unknown = sorted(set(params) - {"command", "args", "runbook", "within"})
        if unknown or ("command" in params) == ("runbook" in params):
            wrong = f"unknown parameter {unknown[0]!r}" if unknown else "one of command and runbook"
            raise UsageError(f"{action.name}: {wrong}", "it takes command (and args) or runbook, and within")
        try:
            self._deadline = units.duration(str(params.get("within", DEADLINE)))
        except ValueError as error:
            raise UsageError(f"{action.name}: within: {error}", "write it as 15m or 90s") from None
        self._name, self._params, self._folder = action.name, params, folder
        self._confirm, self._time, self._ref = confirm, time, ""

    def prepare(self, target: Any) -> Mapping[str, Any] | None:
        """Take a snapshot where the stack can: the user's procedure may need one."""
        if not isinstance(target, IndexSnapshots):
            return None
        taken = steps.backed_up(self._name, target.snapshot, self._time)
        self._ref = str(taken["ref"])
        return taken

    def recover(self, target: Any, record: Record) -> Mapping[str, Any]:
        """Run it. Raises RecoveryError for an exit code other than 0, a deadline, a step refused."""
        if "runbook" in self._params:
            return self._walk(runbook.read(self._params["runbook"]), record)
        argv = self._argv()
        environment = self._environment(target)
        return steps.step(
            record, self._name, _name(argv), lambda: self._run(target, argv, environment), self._time
        )

    def _walk(self, tasks: tuple[str, ...], record: Record) -> Mapping[str, Any]:
        for task in tasks:

            def acknowledged(task: str = task) -> Mapping[str, Any]:
                if not self._confirm(task):
                    raise RecoveryError(f"runbook: {task!r} was not done", "the procedure stops here")
                return {"acknowledged": True}

            steps.step(record, self._name, task, acknowledged, self._time)
        return {"steps": len(tasks)}

    def _argv(self) -> list[str]:
        """Return the command as a list, without a shell; a path of the project as it lies on disk."""
        command = Path(str(self._params["command"]))
        program = str(command.absolute()) if command.is_file() else str(command)
        return [program, *map(str, self._params.get("args", ()))]

    def _environment(self, target: Any) -> dict[str, str]:
        if not isinstance(target, Addressable):
            raise EnvironmentNotReady(
                f"{self._name}: this stack has no address for a command", "pick a stack that can be reached"
            )
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, **target.coordinates(), "METADRILL_SNAPSHOT": self._ref}

    def _run(self, target: Any, argv: list[str], environment: Mapping[str, str]) -> Mapping[str, Any]:
        log = self._folder / "procedure.log"
        try:
            log.touch()
            with inside(target):
                child = subprocess.Popen(
                    argv,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise RecoveryError(f"{_name(argv)}: {error.strerror}", "is it there, and executable?") from None
        assert child.stdout is not None  # noqa: S101 - for the type checker: it was asked for
        written = _Log(child.stdout, log, target.secrets() if isinstance(target, Confided) else ())
        try:
            code = clock.wait_until(
                lambda: _ended(child), self._deadline, f"{_name(argv)} ended", self._time, _POLL
            )[0]
        except DeadlineExceeded as error:
            raise RecoveryError(f"{_name(argv)}: {error.message}", f"its output is in {log.name}") from None
        finally:
            _kill_group(child)
            written.join(_ENDS.total_seconds())
        if code != 0:
            raise RecoveryError(f"{_name(argv)}: exit code {code}", f"its output is in {log.name}")
        return {"exit_code": code, "log": log.name, "bytes": log.stat().st_size, "whole": written.whole}


class _Log(threading.Thread):
    """Writes what a child prints into its log, as it comes, without the secrets that it was given.

    Where the log cannot be written any more (`whole` is false then), the rest is read and let go: the child
    is not held up.
    """

    def __init__(self, printed: IO[bytes], log: Path, secrets: Sequence[Secret]) -> None:
        super().__init__(name="procedure", daemon=True)
        self._printed, self._log, self._secrets, self.whole = printed, log, secrets, False
        self.start()

    def run(self) -> None:
        """Write, to the end of what is printed."""
        with self._printed as printed:
            with contextlib.suppress(OSError), self._log.open("ab", buffering=0) as into:
                redacting.copy(printed, into, self._secrets)
                self.whole = True
            for _ in printed:
                pass


def _name(argv: list[str]) -> str:
    return Path(argv[0]).name


def _ended(child: "subprocess.Popen[bytes]") -> tuple[int] | None:
    code = child.poll()
    return None if code is None else (code,)


def _kill_group(child: "subprocess.Popen[bytes]") -> None:
    """End whatever the command left running: the group has the child's id (setsid(2))."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
