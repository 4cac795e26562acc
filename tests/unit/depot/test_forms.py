"""A manifest that a trusted key signed, and that no metadrill wrote."""

import hashlib
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from metadrill.depot import manifest as manifests
from metadrill.depot import taking, verifying
from metadrill.depot.taking import Order
from metadrill.errors import BackupError, MetadrillError
from metadrill.model.backup import CensusFigures, Method, Mode, Moving


def _named(body):
    """Return a manifest's bytes, with the name that it comes to in spite of what was put into it."""
    text = json.dumps({**body, "name": ""}, sort_keys=True, ensure_ascii=False, indent=1)
    short = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    told = body["identity"]
    moment = str(body["cut"]["started"])[:19].replace("-", "").replace(":", "") + "Z"
    name = f"{moment}__{told['environment']}__{told['repository']}-{told['version']}__{body['mode']}__{short}"
    text = json.dumps({**body, "name": name}, sort_keys=True, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "surrogatepass")


def part(key, value, which=0):
    def change(body):
        body["parts"][which][key] = value

    return change


def top(key, value):
    def change(body):
        body[key] = value

    return change


def inner(first, key, value):
    def change(body):
        body[first][key] = value

    return change


def twice(body):
    body["parts"].append(dict(body["parts"][0]))


def deep(body):
    value = []
    for _ in range(700):
        value = [value]
    body["facts"]["deep"] = value


HOSTILE = {
    "an absolute name": part("name", "/etc/passwd"),
    "a name that climbs": part("name", "../../secret"),
    "a name with a slash": part("name", "a/b"),
    "no name": part("name", ""),
    "a name without its digest": part("name", "types-0000000000000000.json.zst"),
    "the manifest as a part": part("name", "manifest.dsse.json"),
    "a name with a NUL": part("name", "types\0.json.zst"),
    "a digest that is none": part("sha256", "x" * 64),
    "a size below nothing": part("bytes", -1),
    "a size without end": part("bytes", 10**30),
    "a size that is true": part("bytes", True),
    "a part twice": twice,
    "no parts": top("parts", []),
    "parts that are text": top("parts", "none"),
    "no method": top("methods", []),
    "a method twice": top("methods", ["logical", "logical"]),
    "a method of another world": top("methods", ["magical"]),
    "physical without files": top("methods", ["physical"]),
    "a mode without a parent": top("mode", "incr"),
    "a full one with a parent": top("parent", "another"),
    "a key too many": top("more", 1),
    "another schema": top("schema", "backup/v9"),
    "facts that are a list": inner("facts", "export", []),
    "counts that are text": inner("facts", "export", {"types": {"hive_db": "3"}}),
    "a deep value": deep,
    "a share that does not follow": inner("moving", "share", 0.25),
    "a count below nothing": inner("census", "counts", {"entities": -1}),
    "a table too few": inner("census", "digests", {}),
    "a cut without stores": inner("cut", "stores", {}),
    "a cut that ends before it begins": inner("cut", "ended", "2001-01-01T00:00:00.000Z"),
    "a moment without a zone": inner("cut", "started", "2026-01-01T00:00:00"),
    "a moment that is none": inner("cut", "started", "yesterday"),
    "a skew that does not follow": inner("cut", "skew_s", 9.5),
    "an environment that climbs": inner("identity", "environment", "../up"),
    "a lone surrogate": inner("identity", "jurisdiction", "\ud800"),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_what_no_metadrill_wrote_is_refused_whoever_signed_it(shop, empty, change):
    held, target = shop.take(), empty()
    body = json.loads(manifests.text(held.manifest))
    change(body)
    name = shop.publish_as(held, held.manifest.name, _named(body))
    _, (problem,) = verifying.files(shop.depot, name)
    assert problem.code == "manifest.form" and "its name is not the one" not in problem.what
    with pytest.raises(BackupError, match=r"manifest\.form"):
        shop.given(held).put(target, Method.LOGICAL)
    assert not target.graph.entities


TEXTS = {
    "no JSON": b"{",
    "a list": b"[]",
    "a number": b"1",
    "an open end of lists": b"[" * 200_000,
    "a number of many digits": b'{"schema": ' + b"9" * 5000 + b"}",
    "NUL": b"\0" * 10,
    "nothing": b"",
    "half a character": b'{"schema": "\xff"}',
}


@pytest.mark.parametrize("payload", TEXTS.values(), ids=TEXTS)
def test_what_is_no_manifest_at_all_is_a_typed_error(payload):
    with pytest.raises(BackupError, match="it: "):
        manifests.parse(payload, "it")


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        (b'"skew_s": 0.0', b'"skew_s": NaN'), (b'"skew_s": 0.0', b'"skew_s": 1e999'),
        (b'"cap": 0.005', b'"cap": Infinity'), (b'"retention": ""', b'"retention": "", "retention": ""'),
        (b'"retention": ""', b'"retention":""'),
    ],
)  # fmt: skip
def test_one_way_of_writing_it_alone_is_taken(shop, plain, other):
    told = shop.take().manifest
    payload = manifests.text(told).replace(b'"skew_s": %s' % str(told.cut.skew_s).encode(), b'"skew_s": 0.0')
    assert plain in payload
    with pytest.raises(BackupError, match=r"manifest\.form"):
        manifests.parse(payload.replace(plain, other), "it")


def test_a_manifest_comes_back_as_it_was_written(shop):
    told = shop.take().manifest
    assert manifests.parse(manifests.text(told), "it") == told


@pytest.mark.parametrize("name", ["manifest.dsse.json", "certificate.pem"])
def test_a_manifest_that_is_a_pipe_or_a_link_or_missing_is_refused_at_once(shop, name):
    held = shop.take()
    path, away = held.folder / name, shop.depot.path.parent / name
    path.rename(away)
    for make in (lambda: None, lambda: os.mkfifo(path), lambda: path.symlink_to(away), path.mkdir):
        make()
        assert shop.codes(held.manifest.name) == ["manifest.unreadable"]
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(manifests.LARGEST + 1)
    assert shop.codes(held.manifest.name) == ["manifest.unreadable"]


def test_another_certificate_of_the_same_key_is_refused(shop):
    held = shop.take()
    (held.folder / manifests.CERTIFICATE).write_bytes(shop.signer.certified("another name"))
    assert shop.codes(held.manifest.name) == ["manifest.unreadable"]


def test_census_figures_that_the_parts_do_not_come_to_are_refused_whoever_signed_them(shop):
    held = shop.take()
    told = held.manifest.census
    lies = {
        "digests": CensusFigures({**told.digests, "entities": "0" * 64}, told.counts, told.types),
        "counts": CensusFigures(told.digests, {**told.counts, "lineage": 999}, told.types),
        "types": CensusFigures(told.digests, told.counts, {**told.types, "hive_db": 999}),
    }
    for census in lies.values():
        name = shop.sign_anew(held, census=census)
        held = replace(held, folder=shop.depot.path / name)
        assert "census.differs" in shop.codes(name)


def test_what_moved_must_be_what_is_listed(shop):
    held = shop.take()
    share = round(1 / held.manifest.census.counts["entities"], 6)
    name = shop.sign_anew(held, moving=Moving(1, share, 1.0))
    assert shop.codes(name) == ["census.differs"]


def test_a_clock_that_was_set_back_publishes_nothing(shop):
    steps = iter(range(100, 0, -1))

    class Back:
        def utc(self):
            return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=next(steps))

        def monotonic_ns(self):
            return 0

        def sleep(self, duration):
            raise AssertionError

    with pytest.raises(MetadrillError, match="not read within its cut"):
        taking.take(shop.depot, shop.stack, Order("east", Mode.FULL), replace(shop.crew, time=Back()))
    assert shop.depot.names() == []


def test_a_depot_of_a_thousand_files_that_are_no_sets_is_listed_by_name(shop):
    shop.take()
    (shop.depot.path / "notes").mkdir()
    (shop.depot.path / "file").write_text("x")
    assert "notes" in shop.depot.names() and "file" not in shop.depot.names()
    assert verifying.files(shop.depot, "notes")[1][0].code == "manifest.unreadable"
