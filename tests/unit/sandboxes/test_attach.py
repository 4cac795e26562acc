"""The attach sandbox against a twin of both servers: nothing is broken without a claim, or in use."""

import json
import os
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from metadrill.errors import EnvironmentNotReady, Locked, Refused, Unreachable, UsageError
from metadrill.model.sandboxed import Program
from metadrill.sandboxes import attach, claims, lease
from metadrill.sandboxes.attach import AttachSandboxes
from metadrill.sandboxes.leftovers import sweep
from metadrill.testing import ManualClock

CLUSTER = "w4Ab_3xQTfmA1cyG8yq9Lg"


class Twin(ThreadingHTTPServer):
    """Elasticsearch and Atlas at one address: an identity, documents, totals, counts; calls that change."""

    daemon_threads = True

    def __init__(self):
        self.cluster, self.documents, self.changed = CLUSTER, {}, []
        self.root = {"guid": "r-1", "createTime": 1700000000000}
        self.searches = self.writes = self.entities = 0
        self.busy = lambda: None
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method, path, body):
        if method != "GET":
            self.changed.append(f"{method} {path}")
        if method == "PUT":
            self.documents[path] = body
            return 200, {"result": "created"}
        if path == "/":
            return 200, {"cluster_name": "recovery", "cluster_uuid": self.cluster}
        if path == "/_stats/search,indexing":
            self.busy()
            totals = {"search": {"query_total": self.searches},
                      "indexing": {"index_total": self.writes, "delete_total": 0}}  # fmt: skip
            claim = {
                "search": {"query_total": 99},
                "indexing": {"index_total": os.getpid(), "delete_total": 0},
            }
            return 200, {"indices": {"janusgraph": {"total": totals}, claims.INDEX: {"total": claim}}}
        if path == "/api/atlas/v2/types/typedef/name/Referenceable":
            return 200, self.root
        if path == "/api/atlas/admin/metrics":
            self.searches += 2  # to count, Atlas searches
            return 200, {"data": {"general": {"entityCount": self.entities, "collectionTime": self.searches}}}
        found = self.documents.get(path)
        return (200, {"_source": found}) if found else (404, {"error": "index_not_found"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        status, told = self.server.answer(self.command, self.path.partition("?")[0], body)
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = _serve

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def twin():
    with Twin() as made:
        threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def config(twin, tmp_path):
    word = tmp_path / "word"
    word.write_text("secret\n")
    told = {"elasticsearch": twin.url, "atlas": twin.url, "user": "admin", "password_file": str(word)}
    return {"attach": {**told, "watch": "200ms"}}


@pytest.fixture
def sandbox(config, cache):
    made = AttachSandboxes(cache, target=attach.target(config, "stack.yaml")).create("x")
    yield made
    made.remove()


def claimed(twin, config, time=None):
    of = attach.target(config, "stack.yaml")
    return claims.write(of.elasticsearch, of.atlas, lambda name, cluster: cluster, *([time] if time else []))


def test_a_claim_is_one_document_with_cluster_who_and_until(twin, config):
    time = ManualClock()
    made = claimed(twin, config, time)
    assert made.cluster == CLUSTER and made.until == time.utc() + timedelta(hours=8)
    assert list(twin.documents) == ["/metadrill-claim/_doc/claim"]
    assert set(twin.documents["/metadrill-claim/_doc/claim"]) == {"cluster_uuid", "graph", "who", "until"}


@pytest.mark.parametrize("typed", ["", "yes", "recovery", CLUSTER[:-1], CLUSTER.lower()])
def test_anything_but_the_clusters_identity_claims_nothing(twin, config, typed):
    with pytest.raises(Refused, match="not the identity") as caught:
        of = attach.target(config, "s")
        claims.write(of.elasticsearch, of.atlas, lambda name, cluster: typed)
    assert caught.value.code == 32 and twin.changed == []


def test_a_claimed_and_quiet_target_is_proved_and_nothing_there_was_changed(twin, config, sandbox):
    claimed(twin, config)
    twin.changed.clear()
    facts = sandbox.prove()
    assert facts["cluster"] == CLUSTER and facts["watched_s"] >= 0.2
    assert facts["totals"]["janusgraph: searches"] == 2 and facts["totals"]["atlas: entityCount"] == 0
    sandbox.confirm()
    assert twin.changed == []


def test_without_a_claim_nothing_is_proved(twin, sandbox):
    with pytest.raises(Refused, match="carries no claim") as caught:
        sandbox.prove()
    assert caught.value.code == 32 and "sandbox claim" in caught.value.hint


def test_a_claim_that_has_expired_is_refused_also_between_watch_and_fault(twin, config, sandbox):
    claimed(twin, config)
    sandbox.prove()
    twin.documents["/metadrill-claim/_doc/claim"]["until"] = "2020-01-01T00:00:00+00:00"
    for look in (sandbox.prove, sandbox.confirm):
        with pytest.raises(Refused, match="has expired"):
            look()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"until": "2999-01-01T00:00:00+00:00"}, "longer than a claim can be"),
        ({"until": "tomorrow"}, "cannot be read"),
        ({"until": "2026-01-01T00:00:00"}, "cannot be read"),
        ({"until": None}, "cannot be read"),
        ({"cluster_uuid": "another"}, "a copy"),
        ({"graph": "another"}, "another Atlas"),
    ],
)
def test_a_claim_that_is_not_this_clusters_own_is_refused(twin, config, sandbox, change, match):
    claimed(twin, config)
    twin.documents["/metadrill-claim/_doc/claim"].update(change)
    with pytest.raises(Refused, match=match):
        sandbox.prove()


def test_a_claim_copied_with_the_data_to_another_cluster_is_refused(twin, config, sandbox):
    claimed(twin, config)
    twin.cluster = "production"
    with pytest.raises(Refused, match="cluster production: its claim is of cluster"):
        sandbox.prove()


@pytest.mark.parametrize("change", [{"guid": "r-2"}, {"createTime": 1700000000001}])
def test_a_claim_made_with_another_atlas_is_refused_also_between_watch_and_fault(
    twin, config, sandbox, change
):
    """A wrong address of Atlas, beside the right cluster, would be production."""
    claimed(twin, config)
    sandbox.prove()
    twin.root |= change
    for look in (sandbox.prove, sandbox.confirm):
        with pytest.raises(Refused, match="made with another Atlas than"):
            look()


def test_an_atlas_that_says_nothing_of_itself_is_claimed_by_nobody(twin, config):
    twin.root = {}
    with pytest.raises(EnvironmentNotReady, match="has no guid"):
        claimed(twin, config)
    assert twin.changed == []


@pytest.mark.parametrize("what", ["searches", "writes"])
def test_a_target_that_somebody_uses_is_refused(twin, config, sandbox, what):
    claimed(twin, config)
    looks = iter(range(100))

    def use():
        if next(looks):
            setattr(twin, what, getattr(twin, what) + 1)

    twin.busy = use
    with pytest.raises(Refused, match=rf"in use: 1 totals moved .* janusgraph: {what}") as caught:
        sandbox.prove()
    assert caught.value.code == 32


def test_entities_that_came_while_it_was_watched_are_seen(twin, config, sandbox):
    claimed(twin, config)
    twin.busy = lambda: setattr(twin, "entities", twin.entities + 1)
    with pytest.raises(Refused, match="atlas: entityCount"):
        sandbox.prove()


def test_the_watch_is_ten_minutes_where_nothing_else_is_said(config):
    del config["attach"]["watch"]
    assert attach.target(config, "s").watch == timedelta(minutes=10)


def test_one_run_at_a_time_is_attached_to_a_cluster(config, cache, sandbox):
    sandboxes = AttachSandboxes(cache, target=attach.target(config, "s"))
    with pytest.raises(Locked, match=sandbox.id) as caught:
        sandboxes.create("second")
    assert caught.value.code == 31
    assert sandbox.remove().clean
    assert sandboxes.create("third").remove().clean


def test_the_lock_of_a_run_that_is_gone_holds_nobody_up_and_is_swept(config, cache):
    lease.folder(cache).mkdir(parents=True)
    cache.chmod(0o755)
    lease.write(cache, lease.Lease("old-1", f"attached:{CLUSTER}", 1, 1, "", (), kind="attach"))
    made = AttachSandboxes(cache, target=attach.target(config, "s")).create("next")
    assert list(sweep(cache)) == ["old-1"]
    assert made.remove().clean


def test_nothing_is_started_or_stopped_there_and_removal_leaves_it_alone(twin, sandbox, cache):
    program = Program("x", ("true",), sandbox.root, {}, sandbox.root / "x.log")
    for act in (
        lambda: sandbox.spawn(program),
        lambda: sandbox.run(program, timedelta(seconds=1)),
        lambda: sandbox.stop("elasticsearch", timedelta(seconds=1)),
    ):
        with pytest.raises(EnvironmentNotReady, match="starts and stops nothing there"):
            act()
    assert not sandbox.running("elasticsearch") and not sandbox.isolation().proved
    assert sandbox.remove().clean and list(lease.folder(cache).iterdir()) == []
    assert twin.changed == []


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"elasticsearch": "ftp://x"}, "not an address"),
        ({"elasticsearch": "http://user:word@x:9200"}, "not an address"),
        ({"atlas": "http://x/?q=1"}, "not an address"),
        ({"atlas": ""}, "not an address"),
        ({"atlas": "http://169.254.169.254/"}, "not an address"),
        ({"watch": "soon"}, "not a time"),
        ({"colour": "red"}, "unknown key 'colour'"),
    ],
)
def test_a_target_that_is_wrongly_named_is_refused_and_no_password_said(config, change, match):
    config["attach"].update(change)
    with pytest.raises(UsageError, match=match) as caught:
        attach.target(config, "stack.yaml")
    assert "word@" not in caught.value.message


def test_a_stack_without_addresses_is_refused():
    with pytest.raises(UsageError, match=r"s\.yaml: config\.attach does not say where"):
        attach.target({}, "s.yaml")


def test_a_password_that_cannot_be_read_is_said(config, tmp_path):
    config["attach"]["password_file"] = str(tmp_path / "none")
    with pytest.raises(EnvironmentNotReady, match="none: cannot be read: no such file"):
        attach.target(config, "s")


def test_a_target_that_does_not_answer_leaves_nothing(config, cache, twin):
    config["attach"]["elasticsearch"] = "http://127.0.0.1:9"
    with pytest.raises(Unreachable):
        AttachSandboxes(cache, target=attach.target(config, "s")).create("x")
    assert not lease.folder(cache).exists()
