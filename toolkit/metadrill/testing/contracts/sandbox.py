"""Contract of Sandbox and Sandboxes."""

from datetime import timedelta

from metadrill.model.sandboxed import Program
from metadrill.ports import Sandboxes

SOON = timedelta(seconds=5)


class SandboxContract:
    """Fixture: `sandboxes`, a kind of sandbox of its own for each test."""

    def test_each_sandbox_is_a_place_of_its_own(self, sandboxes: Sandboxes) -> None:
        one, other = sandboxes.create("one"), sandboxes.create("other")
        try:
            assert one.id != other.id and one.root != other.root
            assert one.root.is_dir() and other.root.is_dir()
        finally:
            one.remove()
            other.remove()

    def test_a_port_is_the_same_each_time_and_no_others(self, sandboxes: Sandboxes) -> None:
        sandbox = sandboxes.create("ports")
        try:
            assert sandbox.port("a") == sandbox.port("a") != sandbox.port("b")
        finally:
            sandbox.remove()

    def test_a_program_starts_and_stops_and_a_second_stop_is_no_error(self, sandboxes: Sandboxes) -> None:
        sandbox = sandboxes.create("programs")
        try:
            argv = ("sleep", "60")
            log = sandbox.root / "sleeper.log"
            pid = sandbox.spawn(Program("sleeper", argv, sandbox.root, {}, log))
            assert pid > 0 and log.exists()
            sandbox.stop("sleeper", SOON)
            sandbox.stop("sleeper", SOON)
            sandbox.stop("never started", SOON)
        finally:
            sandbox.remove()

    def test_isolation_is_proved_or_the_reason_is_said(self, sandboxes: Sandboxes) -> None:
        sandbox = sandboxes.create("isolation")
        try:
            found = sandbox.isolation()
            assert found.probes
            assert found.proved or found.because
        finally:
            sandbox.remove()

    def test_removal_leaves_nothing_and_may_be_asked_for_again(self, sandboxes: Sandboxes) -> None:
        sandbox = sandboxes.create("removal")
        (sandbox.root / "file").write_text("left behind?")
        argv = ("sleep", "60")
        sandbox.spawn(Program("sleeper", argv, sandbox.root, {}, sandbox.root / "sleeper.log"))
        assert sandbox.remove().clean
        assert not sandbox.root.exists()
        assert sandbox.remove().clean
