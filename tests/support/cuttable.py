"""A way between two programs that can be cut, or swallow whatever is sent."""

import asyncio
from typing import Any

from aosctl.ports import LOOPBACK


class CuttableWay:
    """Passes on bytes in both directions, for as long as nobody is in the way."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self.host, self._port = host, int(port)
        self.ends: set[_End] = set()
        self.passes = asyncio.Event()
        self.passes.set()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._leading: set[asyncio.Task[None]] = set()

    async def start(self) -> "CuttableWay":
        """Open it."""
        await self._listen()
        return self

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Entrance(self), LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def address(self) -> str:
        """Where it begins, for clients."""
        return f"{LOOPBACK}:{self.port}"

    def cut(self) -> None:
        """Break every connection, and let none come about."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in tuple(self.ends):
            end.transport.abort()

    def swallow(self) -> None:
        """Let nothing through, and let nobody know."""
        self.passes.clear()
        for end in self.ends:
            end.transport.pause_reading()

    async def mend(self) -> None:
        """Let everything pass again."""
        if self._server is None:
            await self._listen()
        self.passes.set()
        for end in self.ends:
            end.transport.resume_reading()

    async def stop(self) -> None:
        """Close it."""
        self.cut()
        self.passes.set()
        await asyncio.gather(*self._leading, return_exceptions=True)
        self.cut()

    def lead(self, entrance: "_Entrance") -> None:
        """Connect whoever has come in with where the way leads."""
        task = asyncio.create_task(self._lead(entrance))
        self._leading.add(task)
        task.add_done_callback(self._leading.discard)

    async def _lead(self, entrance: "_Entrance") -> None:
        await self.passes.wait()
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _End(self, entrance), self.host, self._port)
        except OSError:
            entrance.transport.abort()


class _End(asyncio.Protocol):
    """One end of a connection, and the other one to which everything is passed on."""

    def __init__(self, way: CuttableWay, other: "_End | None" = None) -> None:
        self.way, self.other = way, other
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let both know each other."""
        self.transport = transport
        self.way.ends.add(self)
        assert self.other is not None
        self.other.other = self
        if self.other.transport.is_closing():
            self.transport.abort()
        else:
            self.other.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        if self.other is not None:
            self.other.transport.write(data)

    def connection_lost(self, _error: Exception | None) -> None:
        """Close the other end as well."""
        self.way.ends.discard(self)
        if self.other is not None:
            self.other.transport.close()


class _Entrance(_End):
    """Where somebody comes in."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let them wait until the way leads somewhere."""
        self.transport = transport
        self.way.ends.add(self)
        self.transport.pause_reading()
        self.way.lead(self)
