"""One HTTP server on loopback: verbs, JSON in and out, every mutating call reported."""

import errno
import ipaddress
import json
import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests
import requests.adapters
import urllib3

from metadrill.errors import Refused, Unreachable
from metadrill.model import networks
from metadrill.model.secret import Secret

Record = Callable[..., Any]
Door = Callable[[], AbstractContextManager[None]]
"""The way into a sandbox's own network: a connection is made within it."""
_REFUSED = f"[Errno {errno.ECONNREFUSED}]"
_LONGEST = 2000  # characters of a body that go into the journal


class HttpError(Unreachable):
    """The server answered, with an error status."""

    def __init__(self, component: str, call: str, status: int, text: str) -> None:
        super().__init__(f"{component}: {call}: status {status}: {text[:300]}", "see the server's log")
        self.status = status
        self.text = text


class Undecodable(Unreachable):
    """The server answered with bytes that are no JSON: on a damaged index that is a finding."""


class NotConnected(Unreachable):
    """No connection: the request certainly did not arrive."""


def _ignore(kind: str, /, **data: Any) -> None:
    """Report to nobody."""


class _Adapter(requests.adapters.HTTPAdapter):
    """Makes each connection inside: a socket belongs to the network of the thread that creates it.

    And none to a metadata service, whatever name leads there: judged before it is made, and again
    when it stands, since a name may lead elsewhere the next moment.
    """

    def __init__(self, door: Door) -> None:
        class Connection(urllib3.connection.HTTPConnection):
            def connect(self) -> None:
                with door():
                    _expect_allowed(self.host, _resolved(self.host, self.port))
                    super().connect()
                _expect_allowed(self.host, [self.sock.getpeername()[0]])

        class Secure(urllib3.connection.HTTPSConnection):
            def connect(self) -> None:
                _expect_allowed(self.host, _resolved(self.host, self.port))
                super().connect()
                _expect_allowed(self.host, [self.sock.getpeername()[0]])

        class Pool(urllib3.connectionpool.HTTPConnectionPool):
            ConnectionCls = Connection

        class SecurePool(urllib3.connectionpool.HTTPSConnectionPool):
            ConnectionCls = Secure

        self._pools = {"http": Pool, "https": SecurePool}
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Make the pool of connections with our own kind of them."""
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = self._pools


def _resolved(host: str, port: int | None) -> list[str]:
    """Return the addresses a name leads to; none where it leads nowhere, which the call itself will say."""
    try:
        return [str(row[4][0]) for row in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []


def _expect_allowed(host: str, addresses: list[str]) -> None:
    """Raise Refused where one is that of a metadata service."""
    for address in addresses:
        if networks.forbidden(ipaddress.ip_address(address)):
            raise Refused(
                f"{host} leads to {address}, a metadata service or the link alone", "see connections"
            )


@dataclass
class Server:
    """A component's HTTP interface. Time-outs and errors are typed; nothing is tried again."""

    component: str
    base: str
    user: str = ""
    password: Secret | None = None
    record: Record = _ignore
    door: Door = nullcontext
    _session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self.door))
        self._session.trust_env = False  # a proxy from the environment must never see a sandbox
        if self.password is not None:
            self._session.auth = (self.user, self.password.reveal())

    def get(self, path: str, timeout: timedelta = timedelta(seconds=30)) -> Any:
        """GET and return the JSON. Raises HttpError, NotConnected, Undecodable, Unreachable."""
        return self.call("GET", path, timeout=timeout)

    def ask(self, path: str, body: Any, timeout: timedelta = timedelta(seconds=60)) -> Any:
        """POST a question, which changes nothing, and return the JSON."""
        return self.call("POST", path, timeout=timeout, json=body)

    def change(
        self, method: str, path: str, body: Any = None, timeout: timedelta = timedelta(seconds=60)
    ) -> Any:
        """Make a call that changes something: it is reported as `call.made` before it is sent."""
        shown = body if len(repr(body)) <= _LONGEST else f"({len(repr(body))} characters)"
        self.record("call.made", component=self.component, method=method, path=path, body=shown)
        return self.call(method, path, timeout=timeout, json=body)

    def call(self, method: str, path: str, *, timeout: timedelta, **sent: Any) -> Any:
        """Send one request and return the JSON of its answer (None where it has no body)."""
        response = self.send(method, path, timeout=timeout, **sent)
        if not response.content:
            return None
        try:
            return json.loads(response.content)  # strict: `response.json()` would replace broken bytes
        except (ValueError, RecursionError):
            raise Undecodable(
                f"{self.component}: {method} {path}: the answer is not JSON that can be decoded"
            ) from None

    def send(self, method: str, path: str, *, timeout: timedelta, **sent: Any) -> requests.Response:
        """Send one request and return the answer as it is. Raises HttpError from status 300 on.

        A redirect is not followed: nothing may lead a call out of the sandbox.
        """
        call = f"{method} {path.split('?')[0]}"
        try:
            limit = (5, timeout.total_seconds())
            response = self._session.request(
                method, self.base + path, timeout=limit, allow_redirects=False, **sent
            )
        except requests.exceptions.ConnectionError as error:
            refused = _REFUSED in str(error) or isinstance(error, requests.exceptions.ConnectTimeout)
            kind = NotConnected if refused else Unreachable
            raise kind(f"{self.component}: {call}: no connection", "is it running?") from None
        except requests.exceptions.RequestException as error:
            reason = type(error).__name__
            raise Unreachable(f"{self.component}: {call}: {reason}", "see the server's log") from None
        if response.status_code >= 300:
            raise HttpError(self.component, call, response.status_code, response.text)
        return response

    def with_fields(self, headers: Mapping[str, str]) -> None:
        """Add header fields to every request."""
        self._session.headers.update(headers)
