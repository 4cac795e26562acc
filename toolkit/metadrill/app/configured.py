"""The configuration file `metadrill.yaml` of a project, as the settings of one call."""

from dataclasses import replace
from pathlib import Path

from metadrill.app.settings import Settings

NAME = "metadrill.yaml"


def settings(
    config: Path | None, ledger: Path | None, sandbox: str | None, engine: str | None = None
) -> Settings:
    """Return the settings: what was asked for, then the file's, then the defaults.

    Raises DocumentError for a file that is not there or is wrong.
    """
    found = _read(config)
    if ledger is not None:
        found = replace(found, ledger=ledger)
    if engine:
        found = replace(found, engine=replace(found.engine, name=engine))
    return replace(found, sandbox=sandbox) if sandbox else found


def _read(config: Path | None) -> Settings:
    path, found = config or Path(NAME), Settings()
    if config is None and not path.exists():
        return found
    from metadrill import loading

    told = loading.load_configuration(path)
    return replace(
        found,
        ledger=told.ledger or found.ledger,
        cache=told.cache.absolute() if told.cache else found.cache,
        sandbox=told.sandbox or found.sandbox,
        engine=told.engine,
        erasures=told.erasures,
        signer=told.signer or found.signer,
        key=told.key,
        connections=told.connections,
        depots=told.depots,
        qualifiers=told.qualifiers,
        roles=told.roles,
    )
