"""An open file that is read forward once, by exact counts; it need not be able to seek."""

from typing import BinaryIO

from metadrill.errors import ArchiveError

_BLOCK = 1 << 18


class Forward:
    """What comes out of a file, in order. `offset` is where it stands, `name` how an error names it."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self._file = file
        self._block = b""
        self._at = 0
        self._before = 0

    @property
    def offset(self) -> int:
        """Return how many bytes have been taken."""
        return self._before + self._at

    def refused(self, why: str, hint: str = "the archive was changed") -> ArchiveError:
        """Return the error that names the file and the reason."""
        return ArchiveError(f"{self.name}: {why}", hint)

    def peek(self, count: int) -> bytes:
        """Return the next bytes, which stay to be taken; fewer at the end."""
        if self._at + count > len(self._block):
            self._fill(count)
        return self._block[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """Return exactly that many bytes, a header's worth. Raises ArchiveError where it ends before."""
        end = self._at + count
        if end > len(self._block):
            self._fill(count)
            end = self._at + count
            if end > len(self._block):
                raise self.cut()
        found = self._block[self._at : end]
        self._at = end
        return found

    def some(self, count: int) -> bytes:
        """Return at least one byte and at most that many. Raises ArchiveError at the end."""
        if self._at == len(self._block):
            self._fill(1)
        found = self._block[self._at : self._at + count]
        if not found:
            raise self.cut()
        self._at += len(found)
        return found

    def give_back(self, count: int) -> None:
        """Let the last bytes of what `some` returned be taken again."""
        self._at -= count

    def cut(self) -> ArchiveError:
        """Return the error of an archive that ends too soon."""
        return self.refused(
            f"ends before its end, at byte {self._before + len(self._block)}", "it was cut short"
        )

    def _fill(self, count: int) -> None:
        blocks = [self._block[self._at :]]
        there = len(blocks[0])
        while there < count and (block := self._file.read(_BLOCK)):
            blocks.append(block)
            there += len(block)
        self._before += self._at
        self._block, self._at = b"".join(blocks), 0
