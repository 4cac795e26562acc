"""`metadrill.yaml`: read whole, its schema, and what is wrong in it without a word of what stands there."""

import re
import time
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # its stubs are not among the requirements
import pytest
import yaml

from metadrill import loading
from metadrill.errors import Code, DocumentError
from metadrill.loading import kinds
from metadrill.model.configuration import (
    Configuration,
    Connection,
    DepotPlace,
    Permission,
    Role,
    SecretPlace,
    SnapshotPlace,
)
from metadrill.model.signing import KeyPlace

PAGE = Path(__file__).resolve().parents[3] / "toolkit" / "docs" / "configuration.md"
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
WORD = "hunter2"


def load(folder: Path, text: str) -> Configuration:
    path = folder / "metadrill.yaml"
    path.write_text(text)
    found = loading.load(path)
    assert found == loading.load_configuration(path)
    return found


def problems(folder: Path, text: str, name: str = "metadrill.yaml") -> list[str]:
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(DocumentError) as refused:
        loading.load(path)
    assert refused.value.code is Code.USAGE
    return [problem.partition(f"{name}:")[2] for problem in refused.value.problems]


def test_the_example_of_the_documentation_is_read_whole(tmp_path):
    found = load(tmp_path, EXAMPLE)
    assert (found.ledger, found.cache, found.sandbox) == (Path(".metadrill"), None, "auto")
    assert (found.signer, found.key) == (
        "pkcs12",
        KeyPlace(tmp_path / "keys" / "evidence.p12", None, "DR_PASSPHRASE"),
    )
    assert found.connections == {
        "production": Connection(
            name="production",
            environment="production",
            stack="atlas-2.1",
            urls={"atlas": "https://atlas.example:21443", "elasticsearch": "https://es.example:9200"},
            user="backup",
            password=SecretPlace(file=tmp_path / "secrets" / "atlas"),
            jurisdiction="eu",
            production=True,
            entity_audit=False,
            graph_files=Path("/srv/atlas/data/berkeley"),
            snapshots=SnapshotPlace("metadrill", Path("/srv/es/repository")),
            files={
                "users": Path("/etc/atlas/users-credentials.properties"),
                "policy": Path("/etc/atlas/atlas-simple-authz-policy.json"),
            },
        )
    }
    fingerprint = "SHA256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    assert found.depots == {"main": DepotPlace("main", tmp_path / "depot", (fingerprint,), ("eu",))}
    assert found.roles == (
        Role("operators", ("alice", "bob"), (Permission.CREATE, Permission.RESTORE), ("production",)),
        Role("keepers", ("carol",), (Permission.PRUNE, Permission.RELEASE)),
    )


def test_a_short_connection_has_its_defaults_and_loses_the_slash_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/of/mine")
    text = (
        "connections: {t: {environment: Test.1, production: false, stack: atlas-2.1, atlas: 'http://[::1]:1/',"
        " elasticsearch: 'http://es:9200', user: u, password: {env: ATLAS_PASSWORD}, graph_files: ~/g}}\n"
    )
    made = load(tmp_path, text).connections["t"]
    assert (made.production, made.jurisdiction, made.entity_audit, made.snapshots) == (False, "", False, None)
    assert made.urls == {"atlas": "http://[::1]:1", "elasticsearch": "http://es:9200"}
    assert made.password == SecretPlace(env="ATLAS_PASSWORD")
    assert (made.graph_files, made.files) == (Path("/home/of/mine/g"), {})


@pytest.mark.parametrize("head", ["", "metadrill: config/v1\n"])
def test_an_older_file_goes_on_working_with_its_first_line_or_without(tmp_path, head):
    found = load(tmp_path, head + "ledger: elsewhere\ncache: c\nsandbox: clouds\nevidence: {key: e.pem}\n")
    assert found == Configuration(Path("elsewhere"), Path("c"), "clouds", "", KeyPlace(tmp_path / "e.pem"))


def test_a_file_of_another_name_says_what_it_is_or_is_read_as_what_it_must_be(tmp_path):
    path = tmp_path / "other.yaml"
    path.write_text("metadrill: config/v1\nsandbox: docker\n")
    assert loading.load(path) == loading.load_configuration(path) == Configuration(sandbox="docker")
    path.write_text("sandbox: docker\n")
    assert loading.load_configuration(path).sandbox == "docker"
    with pytest.raises(DocumentError, match="missing key 'metadrill'"):
        loading.load(path)
    path.write_text("metadrill: drill/v1\n")
    with pytest.raises(DocumentError, match="this is a drill/v1, not a config/v1"):
        loading.load_configuration(path)


def test_the_schema_and_the_reader_say_the_same():
    schema = loading.json_schema("config")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    value = yaml.safe_load(EXAMPLE)
    assert [error.message for error in validator.iter_errors(value)] == []
    assert validator.is_valid({}) and validator.is_valid({"evidence": {"signer": "file_key"}})
    made = value["connections"]["production"]
    for wrong in (
        {**value, "unknown": 1},
        {**value, "metadrill": "drill/v1"},
        {**value, "evidence": {}},
        {**value, "connections": {"production": {**made, "password": WORD}}},
        {**value, "connections": {"production": {**made, "password": {"env": "A", "file": "b"}}}},
        {**value, "connections": {"production": {**made, "atlas": f"https://u:{WORD}@h"}}},
        {**value, "connections": {"Pro duction": made}},
        {**value, "connections": {"production": {key: made[key] for key in made if key != "stack"}}},
        {**value, "roles": []},
        {**value, "roles": [{**value["roles"][0], "may": ["delete"]}]},
    ):
        assert not validator.is_valid(wrong)


def test_the_permissions_of_the_file_are_those_of_the_model():
    assert tuple(Permission) == kinds.PERMISSIONS


SECRET_HINT = "{file: PATH} or {env: NAME}: a secret never stands in this file"
WRONG = [
    ("connections:", "conections:", ["6:1: unknown key (not shown)\nhint: did you mean 'connections'?"]),
    ("    stack: ", "    stacks: ", ["11:5: unknown key (not shown)\nhint: did you mean 'stack'?",
                                    "8:5: missing key 'stack'"]),
    ("{file: secrets/atlas}", WORD, [f"15:15: expected a mapping, found text\nhint: {SECRET_HINT}"]),
    ("{file: secrets/atlas}", f"[{WORD}]", [f"15:15: expected a mapping, found a list\nhint: {SECRET_HINT}"]),
    ("{file: secrets/atlas}", f"{{{WORD}}}", ["15:16: unknown key (not shown)\nhint: known: env, file",
                                            "15:15: exactly one of file, env is needed"]),
    ("{file: secrets/atlas}", "{file: a, env: B}", ["15:15: exactly one of file, env is needed"]),
    ("{file: secrets/atlas}", f"{{env: '{WORD}!'}}",
     ["15:21: (not shown) is not the name of an environment variable\n"
      "hint: allowed: [A-Za-z_][A-Za-z0-9_]*"]),
    ("{file: secrets/atlas}", f"*{WORD}",
     ["15:15: unknown anchor (not shown)\nhint: an alias follows what it stands for"]),
    ("{file: secrets/atlas}", f"!{WORD} x",
     ["15:15: tag (not shown) is refused\nhint: values need no tags: write text in quotes, numbers plainly"]),
    ("https://atlas.example:21443", f"https://backup:{WORD}@atlas.example:21443",
     ["12:12: an address with a user or password\nhint: secrets do not belong in these files"]),
    ("https://atlas.example:21443", f"ftp://{WORD}", ["12:12: an address that is neither http nor https"]),
    ("https://atlas.example:21443", f"https://h/?password={WORD}",
     ["12:12: an address with a query or a fragment\nhint: the server's own: https://host:port"]),
    ("https://es.example:9200", "http://169.254.169.254/",
     ["13:20: a link-local address or that of a metadata service"]),
    ("https://es.example:9200", "es.example:9200", ["13:20: an address that is neither http nor https"]),
    ("user: backup", f"user: 'backup:{WORD}'",
     ["14:11: (not shown) is not the name of an account\nhint: allowed: [^:]+"]),
    ("create, restore", "create, create", ["28:56: (not shown) stands twice"]),
    ("create, restore", "create, restoer",
     ["28:56: unknown value (not shown)\nhint: did you mean 'restore'?"]),
    ("name: keepers", "name: operators", ["29:5: (not shown) stands twice"]),
    ("[production]}", "[]}", ["28:80: at least 1 needed, found 0"]),
    ("[alice, bob]", "[]", ["28:28: at least 1 needed, found 0"]),
    ("  main:\n", "  main: {path: x}\n  main:\n",
     ["24:3: key (not shown) stands twice\nhint: first in line 23"]),
    ("  main:\n", "  Main Depot:\n", ["23:3: (not shown) is not a name\nhint: allowed: [a-z0-9][a-z0-9-]*"]),
    ("SHA256:2c", "SHA256:2C",
     ["25:15: (not shown) is not the fingerprint of a key\nhint: allowed: SHA256:[0-9a-f]{64}"]),
    ("keys:\n", "evidence: {key: e.pem}\nkeys:\n",
     ["1:1: evidence and keys are both given\nhint: leave one of them away"]),
    ("auto   ", f"[{WORD}]", ["3:10: expected text, found a list"]),
    ("metadrill: config/v1", f"metadrill: {WORD}",
     ["1:12: (not shown) is no kind of file\nhint: known: config/v1, controls/v1, dataset/v1, drill/v1, "
      "scenario/v1, stack/v1, suite/v1"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), WRONG)
def test_what_is_wrong_is_told_with_its_place_and_never_shown(tmp_path, old, new, told):
    assert EXAMPLE.count(old) == 1
    assert problems(tmp_path, EXAMPLE.replace(old, new)) == told


def test_a_configuration_of_another_name_is_not_shown_either(tmp_path):
    text = EXAMPLE.replace("{file: secrets/atlas}", f"*{WORD}")
    assert problems(tmp_path, text, "production.yaml")[0].startswith("15:15: unknown anchor (not shown)")


BIG = "x" * 100_000
PLACES = [
    "auto   ", "{file: secrets/atlas}", "https://atlas.example:21443", "user: backup", "/srv/es/repository",
    "alice", "eu                # where", "path: depot", "atlas-2.1                #", "keepers",
]  # fmt: skip


@pytest.mark.parametrize("old", PLACES)
@pytest.mark.parametrize(
    "value", [BIG, f"'{BIG}'", f"'{BIG}': 1", f"{{{BIG}: 1}}", "1" * 100_000, "\ud800", "\0"]
)
def test_a_hostile_value_is_refused_shortly_and_soon(tmp_path, old, value):
    assert EXAMPLE.count(old) == 1
    before = time.thread_time()
    told = problems(tmp_path, EXAMPLE.replace(old, f"{value} "))
    assert time.thread_time() - before <= 1.0
    assert told and all(re.match(r"\d+:\d+: \S", text) and len(text) < 300 for text in told)


def test_many_connections_are_read_within_a_second_and_too_many_are_refused(tmp_path):
    one = EXAMPLE[EXAMPLE.index("    environment:") : EXAMPLE.index("depots:")]
    before = time.thread_time()
    text = "connections:\n" + "".join(f"  c{number}:\n{one}" for number in range(200))
    assert len(load(tmp_path, text).connections) == 200
    text = "connections:\n" + "".join(f"  c{number}:\n{one}" for number in range(2000))
    assert "values" in problems(tmp_path, text)[0] or "bytes" in problems(tmp_path, text)[0]
    assert time.thread_time() - before <= 5.0
