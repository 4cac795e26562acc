"""A link between two places: TCP on loopback, passed on as late, as slowly and as badly as asked."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

_CHUNK, _LEAST, _SHARE, _IN_FLIGHT = 16 << 10, 256, 20, 64
_LINGER_NOT = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: closing it is a reset
_ENDS = 5.0
Address = tuple[str, int]


@dataclass(frozen=True)
class Shape:
    """How a link is: `latency_s` each way, `bandwidth` in bytes a second and direction (None: any).

    `cut_after`: a connection is reset when so many bytes have passed (None: never), which is what a
    line that loses packets does to whatever takes long.
    """

    latency_s: float = 0.0
    bandwidth: int | None = None
    cut_after: int | None = None


SOUND = Shape()


@dataclass
class _Passage:
    """One connection: both ends, and how many bytes passed."""

    ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    passed: int = 0
    worn: bool = False

    def reset(self) -> None:
        """End it as a reset, at both ends; what is on its way is lost."""
        for writer in self.ends:
            end = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            writer.transport.abort()


@dataclass
class Link:
    """Passes connections on to an address."""

    target: Address
    shape: Shape = SOUND
    address: Address = field(init=False)
    resets: int = field(init=False, default=0)
    """How many connections were reset because of the shape."""

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._passages: list[_Passage] = []
        self._free = [0.0, 0.0]  # when the line is free again, in each direction
        self._thread = threading.Thread(target=self._loop.run_forever, name="link", daemon=True)
        self._thread.start()
        self._server = self._done(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.address = self._server.sockets[0].getsockname()

    def reshape(self, shape: Shape) -> None:
        """Change how it is from now on, also for connections that stand."""

        def changed() -> None:
            self.shape, self._free = shape, [0.0, 0.0]

        self._loop.call_soon_threadsafe(changed)

    def cut(self) -> None:
        """Cut it for good: nothing passes any more, and nobody can connect; again: no error."""
        if self._loop.is_closed():
            return
        self._done(self._cut())

    def close(self) -> None:
        """Cut it, and end its thread; again: no error."""
        if self._loop.is_closed():
            return
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_ENDS)
        if not self._thread.is_alive():
            self._loop.close()

    def _done(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_ENDS)

    async def _cut(self) -> None:
        self._server.close()
        for passage in self._passages:
            passage.reset()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection. What breaks it at one end, breaks it at the other."""
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        passage = _Passage((writer, far_writer))
        self._passages.append(passage)
        with contextlib.suppress(asyncio.CancelledError):  # cut: nobody waits for this task
            await self._both(passage, ((reader, far_writer, 0), (far_reader, writer, 1)))
        passage.reset()
        self._passages.remove(passage)

    async def _both(self, passage: _Passage, ways: tuple[Any, Any]) -> None:
        """Pass on both ways, until the ends of both; an end that breaks ends both."""
        try:
            async with asyncio.TaskGroup() as group:
                for way in ways:
                    group.create_task(self._pass(passage, *way))
            for end in passage.ends:
                end.close()
                await end.wait_closed()
        except* OSError:
            pass

    async def _pass(
        self, passage: _Passage, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: int
    ) -> None:
        """Pass on what comes one way, until its end."""
        arrived: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_IN_FLIGHT)

        async def receive() -> None:
            while True:
                chunk = await reader.read(self._chunk())
                await arrived.put((self._loop.time(), chunk))
                if not chunk:
                    return

        async with asyncio.TaskGroup() as group:
            group.create_task(receive())
            while (came := await arrived.get())[1]:
                await self._send(passage, writer, came, way)
            if writer.can_write_eof():
                writer.write_eof()
            await writer.drain()

    def _chunk(self) -> int:
        """How much is passed on at once: less on a slow line, a twentieth of a second of it."""
        return min(_CHUNK, max(_LEAST, (self.shape.bandwidth or _CHUNK * _SHARE) // _SHARE))

    async def _send(
        self, passage: _Passage, writer: asyncio.StreamWriter, came: tuple[float, bytes], way: int
    ) -> None:
        """Send a chunk when it is due. Raises ConnectionResetError where enough has passed."""
        at, chunk = came
        shape = self.shape
        takes = len(chunk) / shape.bandwidth if shape.bandwidth else 0.0
        self._free[way] = max(at, self._free[way]) + takes
        await asyncio.sleep(self._free[way] + shape.latency_s - self._loop.time())
        passage.passed += len(chunk)
        if shape.cut_after and passage.passed >= shape.cut_after:
            self.resets += not passage.worn
            passage.worn = True
            raise ConnectionResetError
        writer.write(chunk)
        await writer.drain()
