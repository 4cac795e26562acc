"""A secret that stands where it should not is in no error, wherever that is and however it is written."""

import tempfile
import traceback
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from metadrill import loading, private
from metadrill.errors import DocumentError, KeyRefused
from metadrill.model.configuration import SecretPlace

SECRET = "hunter2"
GOOD = """\
ledger: .metadrill
sandbox: auto
evidence: {signer: file_key, key: e.pem}
connections:
  production:
    environment: production
    stack: atlas-2.1
    atlas: https://atlas.example:21443
    elasticsearch: https://es.example:9200
    user: backup
    password: {file: secrets/atlas}
    snapshots: {repository: metadrill, location: /srv}
depots: {main: {path: depot, jurisdictions: [eu]}}
roles:
  - {name: operators, who: [alice], may: [create], environments: [production]}
"""
VALUES = [
    ".metadrill", "auto", "file_key", "e.pem", "production\n", "atlas-2.1", "https://atlas.example:21443",
    "backup", "{file: secrets/atlas}", "secrets/atlas", "metadrill,", "/srv", "depot,", "[eu]", "eu",
    "operators", "[alice]", "alice", "create", "[production]",
]  # fmt: skip
SIGNS = st.sampled_from([
    "*", "&", "!", "!!", "!a!", "@", "%", "`", "'", '"', "|\n", "{", "}", "[", "]", ": ", ":", ", ", "#",
    " #", "\\", "\n", "\n    ", "? ", "- ", "~", "<<", "\0", "\u202e", "{{", "https://u:", "@h",
    "password: ", "env: ",
])  # fmt: skip
AROUND = st.lists(SIGNS | st.text(max_size=3), max_size=4).map("".join)


def silent(error: BaseException) -> None:
    hint, told = getattr(error, "hint", ""), getattr(error, "problems", ())
    shown = "".join(traceback.format_exception(error))
    assert SECRET not in f"{error} {error!r} {hint} {told} {shown}"


def load(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metadrill.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        for reader in (loading.load, loading.load_configuration):
            try:
                reader(path)
            except DocumentError as error:
                silent(error)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(VALUES), AROUND, AROUND)
@example("auto", "!", " x")
@example("auto", "!a!", " x")
@example("auto", "*", "")
@example("auto", "&a [", "")
@example("{file: secrets/atlas}", "{", f": 1, {SECRET}: 2}}")
@example("https://atlas.example:21443", "https://u:", "@h")
def test_a_secret_in_place_of_any_value_is_in_no_error(value: str, before: str, after: str) -> None:
    assert value in GOOD
    load(GOOD.replace(value, f"{before}{SECRET}{after}", 1))


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(GOOD)), AROUND, AROUND)
def test_a_secret_anywhere_in_the_file_is_in_no_error(at: int, before: str, after: str) -> None:
    load(f"{GOOD[:at]}{before}{SECRET}{after}{GOOD[at:]}")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=20), st.binary(max_size=20), st.sampled_from([0o600, 0o644, 0o640, 0o000]))
def test_what_a_secrets_file_holds_is_in_no_error_and_in_no_text(
    before: bytes, after: bytes, mode: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word"
        path.write_bytes(before + SECRET.encode() + after)
        path.chmod(mode)
        try:
            found = private.secret(SecretPlace(file=path), "the password")
        except KeyRefused as error:
            silent(error)
            assert str(path) in error.message
        else:
            assert SECRET not in repr(found) and mode in (0o600, 0o000)
