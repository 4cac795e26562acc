"""A bar for what is fetched: on a terminal one that moves, elsewhere a line per part."""

from types import TracebackType
from typing import Any

from metadrill.cli import printing
from metadrill.model import units


class Bar:
    """Shows parts as they come; appears with the first, so that a warm start shows none."""

    def __init__(self, hidden: bool, doing: str = "fetching") -> None:  # noqa: FBT001 - one switch
        self._hidden, self._doing = hidden, doing
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def report(self, name: str, there: int, total: int) -> None:
        """Show that of part `name` so many bytes are there."""
        if self._hidden:
            return
        if self._bar is None:
            self._bar = _bar(self._doing)
            self._bar.start()
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(name, total=total)
        self._bar.update(self._tasks[name], completed=there)
        if there >= total and self._doing == "fetching" and not self._bar.console.is_terminal:
            printing.say(f"  fetched {name}, {units.size(total)}")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _bar(doing: str) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn(f"  {doing} {{task.description}}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
