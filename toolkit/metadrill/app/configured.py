"""The configuration file `metadrill.yaml` of a project: ledger, cache, kind of sandbox, signing key."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from metadrill.app.settings import Settings
from metadrill.errors import UsageError
from metadrill.model.signing import KeyPlace

if TYPE_CHECKING:
    from metadrill.loading.document import Table

NAME = "metadrill.yaml"
_KEYS = ("ledger", "cache", "sandbox", "evidence")
_EVIDENCE = ("signer", "key", "passphrase_file", "passphrase_env")
Told = dict[str, str]


def settings(config: Path | None, ledger: Path | None, sandbox: str | None) -> Settings:
    """Return the settings: what was asked for, then the file's, then the defaults.

    Raises UsageError for a file that is not there or has a key that is not known.
    """
    told, evidence = _read(config)
    found = Settings()
    if "cache" in told:
        found = replace(found, cache=Path(told["cache"]).absolute())
    if chosen := (str(ledger) if ledger else told.get("ledger")):
        found = replace(found, ledger=Path(chosen))
    if kind := (sandbox or told.get("sandbox")):
        found = replace(found, sandbox=kind)
    if evidence:
        found = replace(
            found, signer=evidence.get("signer", found.signer), key=_place(config or Path(NAME), evidence)
        )
    return found


def _place(config: Path, told: Told) -> KeyPlace:
    """Return where the key lies; paths begin at the configuration file."""
    key, passphrase = told.get("key"), told.get("passphrase_file")
    return KeyPlace(
        config.parent / key if key else None,
        config.parent / passphrase if passphrase else None,
        told.get("passphrase_env"),
    )


def _read(config: Path | None) -> tuple[Told, Told]:
    """Return the settings of the file, and those under `evidence`."""
    path = config or Path(NAME)
    if config is None and not path.exists():
        return {}, {}
    from metadrill.loading import document

    root = document.read(path, str(path)).root
    if not isinstance(root, document.Table):
        raise UsageError(f"{path}: not a mapping", f"its keys are {', '.join(_KEYS)}")
    below = next((entry.value for entry in root.entries if entry.key == "evidence"), None)
    if below is None:
        return _texts(path, root, _KEYS), {}
    if not isinstance(below, document.Table):
        raise UsageError(f"{path}: evidence: not a mapping", f"its keys are {', '.join(_EVIDENCE)}")
    rest = tuple(entry for entry in root.entries if entry.key != "evidence")
    return _texts(path, document.Table(rest, root.place), _KEYS), _texts(path, below, _EVIDENCE, "evidence: ")


def _texts(path: Path, table: "Table", known: tuple[str, ...], where: str = "") -> Told:
    """Return a mapping of texts. What is refused is named, its value never shown: it may be a secret."""
    told = {entry.key: getattr(entry.value, "value", None) for entry in table.entries}
    for key, value in told.items():
        if key not in known:
            raise UsageError(f"{path}: {where}unknown setting '{key}'", f"there are {', '.join(known)}")
        if not isinstance(value, str) or not value:
            raise UsageError(f"{path}: {where}'{key}' is not a text", f"there are {', '.join(known)}")
    return {key: str(value) for key, value in told.items()}
