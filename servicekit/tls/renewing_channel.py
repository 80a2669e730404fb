"""A channel that takes up a new certificate while calls go on.

gRPC reads a channel's certificates once. Here a second channel is opened beside the first when the
files have changed, calls move over once it is connected, and the first is closed when the last
call on it is over.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from grpc import ChannelConnectivity, aio

from servicekit.telemetry.logging import get_logger
from servicekit.tls.certificates import Certificates, CertificateWatch

_log = get_logger("tls")
Open = Callable[[Certificates], aio.Channel]


class _Line:
    """One channel with one certificate, and how many calls are under way on it."""

    def __init__(self, channel: aio.Channel) -> None:
        self.channel = channel
        self._calls = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def carry(self, call: Any) -> Any:
        """Count a call until it is over."""
        self._calls += 1
        self._quiet.clear()
        call.add_done_callback(self._over)
        return call

    def _over(self, _call: Any) -> None:
        self._calls -= 1
        if not self._calls:
            self._quiet.set()

    async def retire(self) -> None:
        """Close when the last call is over; the other side bounds how long a stream can last."""
        try:
            await self._quiet.wait()
        finally:
            await self.channel.close()


class _Method:
    """One method, called on whichever line is in use."""

    def __init__(self, lines: "RenewingChannel", kind: str, arguments: dict[str, Any]) -> None:
        self._lines = lines
        self._kind = kind
        self._arguments = arguments
        self._line: _Line | None = None
        self._call: Any = None

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        line = self._lines.line()
        if line is not self._line:
            self._line, self._call = line, getattr(line.channel, self._kind)(**self._arguments)
        return line.carry(self._call(*arguments, **options))


class RenewingChannel(aio.Channel):
    """Looks like any channel to stubs and callers."""

    def __init__(self, *, watch: CertificateWatch, open_with: Open) -> None:
        self._watch = watch
        self._open_with = open_with
        self._certificates = watch.current()
        self._line = _Line(open_with(self._certificates))
        self._succession: asyncio.Task[None] | None = None
        self._retiring: set[asyncio.Task[None]] = set()

    def line(self) -> _Line:
        """The line for the next call."""
        current = self._watch.current()
        if current is not self._certificates:
            self._certificates = current
            self._renew()
        return self._line

    def _renew(self) -> None:
        if self._succession is not None:
            self._succession.cancel()
        successor = _Line(self._open_with(self._certificates))
        if self._line.channel.get_state() is ChannelConnectivity.READY:
            self._succession = asyncio.create_task(self._succeed(successor), name="tls-renewal")
        else:
            # It would have to connect anew anyway, and its certificate may have run out by now.
            self._take_over(successor)

    async def _succeed(self, successor: _Line) -> None:
        """Move over when the new line is connected, or when the old one no longer is."""
        connected = asyncio.ensure_future(successor.channel.channel_ready())
        lost = asyncio.ensure_future(
            self._line.channel.wait_for_state_change(ChannelConnectivity.READY)
        )
        try:
            await asyncio.wait({connected, lost}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await successor.channel.close()
            raise
        finally:
            connected.cancel()
            lost.cancel()
        self._take_over(successor)

    def _take_over(self, successor: _Line) -> None:
        before, self._line = self._line, successor
        retiring = asyncio.create_task(before.retire(), name="tls-retirement")
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)
        _log.info("calls go on with the new certificate")

    def _method(self, kind: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        order = ("method", "request_serializer", "response_deserializer")
        return _Method(self, kind, {**dict(zip(order, arguments, strict=False)), **named})

    def unary_unary(self, *arguments: Any, **named: Any) -> Any:
        """Make a method that takes one message and answers with one."""
        return self._method("unary_unary", arguments, named)

    def unary_stream(self, *arguments: Any, **named: Any) -> Any:
        """Make a method that takes one message and answers with many."""
        return self._method("unary_stream", arguments, named)

    def stream_unary(self, *arguments: Any, **named: Any) -> Any:
        """Make a method that takes many messages and answers with one."""
        return self._method("stream_unary", arguments, named)

    def stream_stream(self, *arguments: Any, **named: Any) -> Any:
        """Make a method that takes many messages and answers with many."""
        return self._method("stream_stream", arguments, named)

    def get_state(self, try_to_connect: bool = False) -> ChannelConnectivity:  # noqa: FBT001, FBT002
        """How the line in use is connected."""
        return self.line().channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: ChannelConnectivity) -> None:
        """Wait until the line in use is connected differently."""
        await self.line().channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Wait until the line in use is connected."""
        await self.line().channel.channel_ready()

    async def close(self, grace: float | None = None) -> None:
        """Close every line; calls under way have this long."""
        tasks = [*self._retiring, *([self._succession] if self._succession else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(self._line.channel.close(grace), *tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.close()
