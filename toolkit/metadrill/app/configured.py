"""The configuration file `metadrill.yaml` of a project: ledger, cache, kind of sandbox."""

from dataclasses import replace
from pathlib import Path

from metadrill.app.settings import Settings
from metadrill.errors import UsageError

NAME = "metadrill.yaml"
_KEYS = ("ledger", "cache", "sandbox")


def settings(config: Path | None, ledger: Path | None, sandbox: str | None) -> Settings:
    """Return the settings: what was asked for, then the file's, then the defaults.

    Raises UsageError for a file that is not there or has a key that is not known.
    """
    told = _read(config)
    found = Settings()
    if "cache" in told:
        found = replace(found, cache=Path(told["cache"]).absolute())
    if chosen := (str(ledger) if ledger else told.get("ledger")):
        found = replace(found, ledger=Path(chosen))
    if kind := (sandbox or told.get("sandbox")):
        found = replace(found, sandbox=kind)
    return found


def _read(config: Path | None) -> dict[str, str]:
    path = config or Path(NAME)
    if config is None and not path.exists():
        return {}
    from metadrill.loading import document

    root = document.read(path, str(path)).root
    if not isinstance(root, document.Table):
        raise UsageError(f"{path}: not a mapping", f"its keys are {', '.join(_KEYS)}")
    told = {entry.key: getattr(entry.value, "value", None) for entry in root.entries}
    for key, value in told.items():
        if key not in _KEYS or not isinstance(value, str):
            raise UsageError(f"{path}: unknown setting '{key}'", f"there are {', '.join(_KEYS)}")
    return {key: str(value) for key, value in told.items()}
