"""The process that lays an export's entries into a census: `python -m`, asked by `depot.counting` alone."""

import ctypes
import gc
import pickle
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from metadrill.depot.counting import ANSWER, END, JOB, LENGTH, Counter

_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
_BUFFER = 1 << 16


def main(folder: Path) -> int:
    """Count what comes on standard input, write the tables or what went wrong; return the exit code.

    A stream that ends before its end is answered with nothing: who asked is gone.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, int(signal.SIGKILL))
    gc.disable()  # entries are trees: nothing here makes a cycle, and looking for some takes a tenth
    answer: object
    try:
        counter = Counter(pickle.loads((folder / JOB).read_bytes()))  # noqa: S301 - our own parent's
        for content in _entries(open(0, "rb", _BUFFER, closefd=False)):  # noqa: SIM115 - it stays open to the end
            counter.add(content)
        answer = counter.finish()
    except EOFError:
        return 1
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent raises it
        answer = error
    draft = folder / f"{ANSWER}.draft"
    draft.write_bytes(pickle.dumps(answer))
    draft.replace(folder / ANSWER)
    return 0


def _entries(source: BinaryIO) -> Iterator[bytes]:
    """Yield entries up to the mark of their end. Raises EOFError where there is none."""
    while (length := LENGTH.unpack(_exactly(source, LENGTH.size))[0]) != END:
        yield _exactly(source, length)


def _exactly(source: BinaryIO, count: int) -> bytes:
    found = source.read(count)
    if len(found) != count:
        raise EOFError
    return found


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
