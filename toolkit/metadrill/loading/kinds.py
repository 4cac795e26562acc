"""The seven kinds of file: one table each, from which reading and JSON Schema both come.

The formats are those of formats.md; a key that does not stand here is refused.
"""

from typing import Any

from metadrill.loading.forms import (
    COMMAND,
    HTTP,
    NAME,
    PARAMS,
    PROCEDURE,
    SEARCH,
    SUITE,
    VERSIONED_NAME,
    WITHIN,
    WORD,
    Form,
    Listed,
    Mapped,
    Picked,
    Record,
    may,
    must,
)
from metadrill.loading.located import LocalPath, Member, ServerAddress
from metadrill.loading.shapes import (
    Choice,
    Day,
    Duration,
    Flag,
    Free,
    Integer,
    Named,
    Text,
)
from metadrill.model.backup import Method
from metadrill.model.control import Condition, Item, Strength
from metadrill.model.drill import Start
from metadrill.model.verdict import Aim, Severity

TEXT = Text()
LINE = Text(longest=200)
MARKS_FROM = ("disrupted", "detected", "declared", "recovery_started")
MARKS_TO = ("serving", "verified", "returned")
PERMISSIONS = ("create", "restore", "prune", "release")
"""Those of `model.configuration.Permission`, which few files need."""
_RECOVERY = Named("recoveries", "recovery", ("all", "procedure"))

_SCENARIO = Record({
    "metadrill": must(LINE),
    "name": must(NAME),
    "title": must(LINE),
    "threat": must(TEXT),
    "applies_to": must(Listed(NAME, least=1)),
    "fault": must(Picked(Named("faults", "fault", ("command", "http")), {"command": COMMAND, "http": HTTP})),
    "noticed_by": must(Listed(
        Picked(
            Named("probes", "probe", ("command", "http", "suite")),
            {"command": COMMAND, "http": HTTP, "suite": SUITE,
             "search_answers": SEARCH, "search_finds": SEARCH},
        ),
        least=1,
    )),
    "recoveries": must(Listed(Named("recoveries", "recovery"), least=1)),
    "success_is": may(Choice(tuple(Aim))),
    "must_hold": must(Listed(NAME, least=1)),
    "evidence_for": may(Mapped(Listed(LINE))),
})  # fmt: skip

_OBJECTIVES = Record({
    "rto": must(Record({
        "limit": must(Duration()),
        "from": may(Choice(MARKS_FROM)),
        "to": may(Choice(MARKS_TO)),
        "source": may(LINE),
    })),
    "rpo": must(Record({"limit": must(Duration())})),
    "integrity": may(Record({
        "critical": may(Integer()), "major": may(Integer()), "minor": may(Integer()),
    })),
})  # fmt: skip

_DRILL = Record({
    "metadrill": must(LINE),
    "name": must(NAME),
    "scenario": must(NAME),
    "recovery": must(Picked(_RECOVERY, {"procedure": PROCEDURE})),
    "stack": must(VERSIONED_NAME),
    "data": must(Record({
        "dataset": may(NAME), "backup": may(LINE), "depot": may(NAME), "environment": may(NAME),
        "method": may(Choice(tuple(Method))),
    }, one_of=("dataset", "backup"))),
    "objectives": must(_OBJECTIVES),
    "tiers": may(Listed(Record({
        "name": must(NAME), "rto": must(Duration()), "only": may(Listed(LINE, least=1)),
    }), least=1)),
    "start": may(Choice(tuple(Start))),
    "seed": may(Integer()),
    "fault": may(PARAMS),
    "isolation": may(Choice(("required", "accept_unproved"))),
    "production_size": may(Record({"entities": must(Integer(1))})),
    "frameworks": may(Listed(NAME)),
    "control": may(Record({
        "id": must(LINE),
        "statement": must(TEXT),
        "frequency": may(LINE),
        "tolerance": may(WITHIN),
        "owner": may(LINE),
    })),
    "refs": may(Record({
        "plan": may(Record({"document": must(LINE), "version": may(LINE), "approved": may(Day())})),
        "bia": may(LINE),
        "risk": may(LINE),
        "change": may(LINE),
    })),
    "roles": may(Record({
        "owner": may(LINE), "operator": may(LINE), "approver": may(LINE), "reviewer": may(LINE),
    })),
    "gates": may(Listed(Record({"name": must(NAME), "role": may(LINE), "within": may(WITHIN)}))),
    "schedule": may(Record({
        "cron": must(Text("a cron line of five fields", r"[0-9A-Za-z*/,-]+( +[0-9A-Za-z*/,-]+){4}", 100)),
        "timezone": may(Text("a time zone", r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}", 60)),
    })),
})  # fmt: skip

_STACK = Record({
    "metadrill": must(LINE),
    "name": must(VERSIONED_NAME),
    "kind": must(NAME),
    "title": must(LINE),
    "versions": must(Mapped(LINE)),
    "parts": must(Listed(Record({
        "name": must(VERSIONED_NAME),
        "registry": must(Choice(("maven", "pypi"))),
        "coordinates": must(Text("coordinates", "[A-Za-z0-9][A-Za-z0-9._:=+-]*", 200)),
        "sha256": must(Text("a SHA-256 in lower case", "[0-9a-f]{64}", 64)),
        "size": must(Integer(1)),
    }))),
    "config": must(Free()),
    "abilities": must(Listed(WORD)),
    "needs": may(Record({
        "disk_mb": may(Integer()), "memory_mb": may(Integer()), "cpus": may(Integer(1, 1024)),
    })),
    "exchanged": may(Listed(TEXT)),
    "components": may(Listed(Record({
        "name": must(NAME),
        "title": must(LINE),
        "role": must(LINE),
        "version": may(NAME),
        "needs": may(Listed(NAME)),
    }))),
})  # fmt: skip

_STEPS: dict[str, Form] = {
    "quickstart": Form(Free()),
    "archive": Form(Record({"part": must(VERSIONED_NAME), "member": must(Member())})),
    "synthetic": Form(Free()),
    "by_api": Form(Free()),
}  # fmt: skip
_STEP = Picked(Named("steps", "step"), _STEPS, words=("quickstart", "by_api"))

_DATASET = Record({
    "metadrill": must(LINE),
    "name": must(NAME),
    "title": must(LINE),
    "steps": must(Listed(_STEP, least=1)),
})  # fmt: skip

_SUITE = Record({
    "metadrill": must(LINE),
    "name": must(NAME),
    "title": must(LINE),
    "leaves_out": may(Listed(LINE)),
    "checks": must(Listed(Record({
        "check": must(Integer(1, 999)),
        "title": must(LINE),
        "frame": must(Named("frames", "frame")),
        "expect": must(Text("the name of an expectation", "expect_[a-z_]+", 120)),
        "with": may(Free()),
        "severity": must(Choice(tuple(Severity))),
        "key": may(Listed(WORD)),
        "says": may(LINE),
        "required": may(Flag()),
        "requires": may(WORD),
    }), least=1)),
})  # fmt: skip

_CONTROLS = Record({
    "metadrill": must(LINE),
    "name": must(NAME),
    "title": must(LINE),
    "edition": must(LINE),
    "controls": must(Listed(Record({
        "id": must(LINE),
        "control": must(LINE),
        "title": must(LINE),
        "strength": must(Choice((Strength.PRIMARY, Strength.SUPPORTING))),
        "needs": may(Listed(Choice(tuple(Condition)))),
        "scenarios": may(Listed(NAME)),
        "asks": must(TEXT),
        "items": must(Listed(Choice(tuple(Item)), least=1)),
        "not_claimed": must(TEXT),
    }), least=1)),
})  # fmt: skip

_PLAIN = Text("a name", "[A-Za-z0-9]+([._-][A-Za-z0-9]+)*", 100)
_WHO = Listed(Text("the name of a user", "[^:/\\s]+", 200), least=1)
_NEVER = "{file: PATH} or {env: NAME}: a secret never stands in this file"
_SECRET = Record({
    "file": may(LocalPath()),
    "env": may(Text("the name of an environment variable", "[A-Za-z_][A-Za-z0-9_]*", 200)),
}, one_of=("file", "env"), hint=_NEVER)  # fmt: skip
_KEY = Record({
    "signer": may(TEXT),
    "key": may(LocalPath()),
    "passphrase_file": may(LocalPath()),
    "passphrase_env": may(TEXT),
})  # fmt: skip

_CONNECTION = Record({
    "environment": must(_PLAIN),
    "production": may(Flag()),
    "jurisdiction": may(_PLAIN),
    "stack": must(VERSIONED_NAME),
    "atlas": must(ServerAddress()),
    "elasticsearch": must(ServerAddress()),
    "user": must(Text("the name of an account", "[^:]+", 200)),
    "password": must(_SECRET),
    "entity_audit": may(Flag()),
    "graph_files": may(LocalPath()),
    "snapshots": may(Record({
        "repository": must(Text("the name of a snapshot repository", "[^\\s/\\\\*?\"<>|,#]+", 200)),
        "location": must(LocalPath()),
    })),
    "files": may(Record({"users": may(LocalPath()), "policy": may(LocalPath())})),
})  # fmt: skip

_CONFIGURATION = Record({
    "metadrill": may(LINE),
    "ledger": may(TEXT),
    "cache": may(TEXT),
    "sandbox": may(LINE),
    "evidence": may(_KEY),
    "keys": may(Record({"signing": must(_KEY)})),
    "connections": may(Mapped(_CONNECTION, NAME)),
    "engine": may(Record({
        "name": must(Choice(("local", "spark"))),
        "master": may(LINE),
        "scratch": may(LocalPath()),
    })),
    "erasures": may(LocalPath()),
    "depots": may(Mapped(Record({
        "path": must(LocalPath()),
        "trusted": may(Listed(Text("the fingerprint of a key", "SHA256:[0-9a-f]{64}", 71))),
        "jurisdictions": may(Listed(_PLAIN, least=1)),
    }), NAME)),
    "qualifications": may(Record({
        "trusted": must(Listed(Text("the fingerprint of a key", "SHA256:[0-9a-f]{64}", 71), least=1)),
    })),
    "roles": may(Listed(Record({
        "name": must(NAME),
        "who": must(_WHO),
        "may": must(Listed(Choice(PERMISSIONS), least=1)),
        "environments": may(Listed(_PLAIN, least=1)),
    }), least=1, by="name")),
}, not_both=("evidence", "keys"))  # fmt: skip

CONFIGURATION = "config/v1"
KINDS: dict[str, Record] = {
    "scenario/v1": _SCENARIO,
    "drill/v1": _DRILL,
    "stack/v1": _STACK,
    "dataset/v1": _DATASET,
    "suite/v1": _SUITE,
    "controls/v1": _CONTROLS,
    CONFIGURATION: _CONFIGURATION,
}


def json_schema(kind: str) -> dict[str, Any]:
    """Given a kind (`scenario`, `drill`, …, `config`), return its JSON Schema (2020-12).

    Says the form of a file. What a schema cannot say (known names, files that exist, addresses
    that are allowed) only reading it shows. Raises KeyError.
    """
    version = kind if kind in KINDS else f"{kind}/v1"
    schema = KINDS[version].schema()
    schema["properties"] = {**schema["properties"], "metadrill": {"const": version}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"metadrill: {version}",
        **schema,
    }
