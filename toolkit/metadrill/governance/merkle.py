"""The Merkle tree hash of a list, as RFC 6962 section 2.1 defines it.

Of no leaf: SHA-256 of nothing. Of one: SHA-256(0x00 || leaf). Of n: SHA-256(0x01 || left || right),
where left is the hash of the first k leaves, k the largest power of two smaller than n.
"""

import hashlib

EMPTY = hashlib.sha256(b"").digest()


class Tree:
    """A tree that grows leaf by leaf; it keeps one hash for each 1 in the binary form of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf at the right."""
        node = hashlib.sha256(b"\x00" + leaf).digest()
        size = self.size
        while size & 1:  # two full trees of one height make one of the next
            node = _above(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the hash of the tree as it is now, 32 bytes."""
        if not self._peaks:
            return EMPTY
        *rest, node = self._peaks
        for peak in reversed(rest):
            node = _above(peak, node)
        return node


def _above(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
