"""JSON read and written by a fast library, with the standard library's meaning, bit for bit.

What the fast one refuses (`NaN`, lone surrogates, numbers out of range) or writes otherwise (text
outside of ASCII) is left to the standard library: digests in old backups depend on it.
"""

import json
from typing import Any

import msgspec

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="sorted").encode
_slow = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode


def read(content: bytes) -> Any:
    """Given JSON in UTF-8, return what it says. Raises ValueError, RecursionError."""
    try:
        return _decode(content)
    except msgspec.DecodeError:
        return json.loads(content.decode())


def ordered(value: Any) -> bytes:
    """Return a value as JSON in ASCII: keys in order, no white space."""
    try:
        quick = _encode(value)
    except (TypeError, ValueError, OverflowError):
        quick = b"\x7f"
    if quick.isascii() and b"\x7f" not in quick:
        return quick
    return _slow(value).encode("ascii")
