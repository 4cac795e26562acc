"""What was read of a configuration file, as values."""

from pathlib import Path
from typing import Any

from metadrill.model.configuration import (
    Configuration,
    Connection,
    DepotPlace,
    EnginePlace,
    Permission,
    Role,
    SecretPlace,
    SnapshotPlace,
)
from metadrill.model.signing import KeyPlace

SERVERS = ("atlas", "elasticsearch")
Values = dict[str, Any]


def build(values: Values) -> Configuration:
    """Given what `config/v1` read, return the configuration."""
    key = values.get("keys", {}).get("signing", values.get("evidence", {}))
    return Configuration(
        ledger=Path(values["ledger"]) if "ledger" in values else None,
        cache=Path(values["cache"]) if "cache" in values else None,
        sandbox=values.get("sandbox", ""),
        engine=EnginePlace(**values.get("engine", {})),
        erasures=values.get("erasures"),
        signer=key.get("signer", ""),
        key=KeyPlace(key.get("key"), key.get("passphrase_file"), key.get("passphrase_env")),
        connections={name: _connection(name, told) for name, told in values.get("connections", {}).items()},
        depots={name: DepotPlace(name=name, **told) for name, told in values.get("depots", {}).items()},
        qualifiers=tuple(
            text.lower().removeprefix("sha256:")
            for text in values.get("qualifications", {}).get("trusted", ())
        ),
        roles=tuple(_role(told) for told in values.get("roles", ())),
    )


def _connection(name: str, told: Values) -> Connection:
    plain = ("jurisdiction", "production", "entity_audit", "graph_files", "files")
    snapshots = told.get("snapshots")
    return Connection(
        name=name,
        environment=told["environment"],
        stack=told["stack"],
        urls={server: told[server] for server in SERVERS},
        user=told["user"],
        password=SecretPlace(**told["password"]),
        snapshots=SnapshotPlace(**snapshots) if snapshots else None,
        **{key: told[key] for key in plain if key in told},
    )


def _role(told: Values) -> Role:
    return Role(
        name=told["name"],
        who=told["who"],
        may=tuple(Permission(word) for word in told["may"]),
        environments=told.get("environments", ()),
    )
