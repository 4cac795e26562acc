"""Addresses that a file names: which may be called, and which not.

They are judged as written: no name is resolved here, so what a name leads to, and what a
redirect leads to, is judged again where it is called (`clients.http`).
"""

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from metadrill.loading.scalars import Unfit
from metadrill.model import networks

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?")
_BROADCAST = ipaddress.IPv4Address("255.255.255.255")
_METADATA_NAMES = {"metadata", "metadata.google.internal", "metadata.goog", "instance-data"}


def address(text: str) -> str:
    """Given a URL as written, return it when it is plain http or https to an allowed host.

    Raises Unfit: another scheme, no host, a user or password, a link-local or metadata address
    in any way of writing it.
    """
    if not text.isascii() or re.search(r"[\s\\<>\"^`{|}]", text):
        raise Unfit("an address with characters that are refused")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Unfit("not an address", "http://host:port/path") from error
    if parts.scheme not in ("http", "https"):
        raise Unfit("an address that is neither http nor https")
    if "@" in parts.netloc:
        raise Unfit("an address with a user or password", "secrets do not belong in these files")
    if not parts.hostname or port == 0:
        raise Unfit("an address without a host", "http://host:port/path")
    _check_host(parts.hostname)
    return text


def server(text: str) -> str:
    """Given the URL of a server as written, return it without a slash at its end.

    Raises Unfit: what `address` refuses, a query, a fragment.
    """
    if "?" in text or "#" in text:
        raise Unfit("an address with a query or a fragment", "the server's own: https://host:port")
    return address(text).rstrip("/")


def _check_host(host: str) -> None:
    number = _numeric(host)
    if number is None:
        if not _HOST.fullmatch(host) or ".." in host:
            raise Unfit("not a host name")
        if host.rstrip(".").lower() in _METADATA_NAMES:
            raise Unfit("the address of a metadata service")
        return
    if networks.forbidden(number):
        raise Unfit("a link-local address or that of a metadata service")
    if number.is_multicast or number.is_unspecified or number == _BROADCAST:
        raise Unfit("an address that is no single host's")


def _numeric(host: str) -> networks.Address | None:
    """Return what a host in numbers stands for: `2852039166` and `0xa9fea9fe` are addresses too."""
    try:
        return networks.meant(ipaddress.ip_address(host))
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
        except (OSError, ValueError):
            return None
