"""A form with one large file, sent block by block: its length is known, and it is never in memory."""

import secrets
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

_BLOCK = 1 << 18


class Form:
    """The body of one `multipart/form-data` request (RFC 7578), as a file that `requests` can read."""

    def __init__(self, fields: dict[str, str], file_field: str, path: Path) -> None:
        self._mark = secrets.token_hex(16)
        head = "".join(
            f'--{self._mark}\r\nContent-Disposition: form-data; name="{name}"\r\n'
            f"Content-Type: application/json\r\n\r\n{value}\r\n"
            for name, value in fields.items()
        )
        head += (
            f'--{self._mark}\r\nContent-Disposition: form-data; name="{file_field}"; '
            f'filename="{path.name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        )
        self._head, self._tail = head.encode(), f"\r\n--{self._mark}--\r\n".encode()
        self._length = len(self._head) + path.stat().st_size + len(self._tail)
        self._file: BinaryIO = path.open("rb")

    @property
    def headers(self) -> dict[str, str]:
        """The header fields to send it with."""
        return {"Content-Type": f"multipart/form-data; boundary={self._mark}"}

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """Return the next block: head, then the file, then the tail."""
        if self._head:
            block, self._head = self._head, b""
            return block
        block = self._file.read(_BLOCK if size is None or size < 0 else max(size, _BLOCK))
        if not block:
            block, self._tail = self._tail, b""
        return block

    def __enter__(self) -> "Form":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
