"""The connection to the event bus, with settings that survive outages of any length."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import cast

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext

from servicekit.jetstream.address import BusAddress
from servicekit.jetstream.permissions import inbox_of
from servicekit.jetstream.reconciliation import reconcile
from servicekit.jetstream.topology import Topology
from servicekit.telemetry.logging import get_logger

_log = get_logger("bus")
_RETRY_SECONDS = 0.5
_RECONNECT_SECONDS = 0.25
_REQUEST_TIMEOUT_SECONDS = 5.0


class Bus:
    """A connection that never gives up, and the JetStream context on it.

    The client's defaults close it for good after two minutes of outage, notice a dead link only
    after minutes, and send what was published while disconnected long after the caller was told
    that it failed. None of that is acceptable under an outbox.
    """

    def __init__(
        self, *, url: str, service: str, topology: Topology, authorities_file: Path | None = None
    ) -> None:
        self._address = BusAddress.parse(url, authorities_file=authorities_file)
        self._service = service
        self.topology = topology
        self.client = Client()
        self.jetstream: JetStreamContext = self.client.jetstream(timeout=_REQUEST_TIMEOUT_SECONDS)
        self._connecting: asyncio.Task[None] | None = None
        self.reconciled = asyncio.Event()
        self._leaving = False
        self._on_lost: list[Callable[[], None]] = []

    def on_lost(self, callback: Callable[[], None]) -> None:
        """Let somebody know whenever the connection is lost."""
        self._on_lost.append(callback)

    def start(self) -> None:
        """Begin to connect; the service serves while the bus is away."""
        self._connecting = asyncio.create_task(self._connect(), name="bus-connect")

    async def _connect(self) -> None:
        while not self.client.is_connected:
            try:
                await self._connect_once()
            except (OSError, TimeoutError, nats.errors.Error) as error:
                _log.warning("the event bus is away", error=str(error) or type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
        await self.reconcile()

    async def _connect_once(self) -> None:
        await self.client.connect(
            **self._address.options(),
            name=f"aos-{self._service}",
            allow_reconnect=True,
            max_reconnect_attempts=-1,
            # The client waits fractions as well; only its annotation says otherwise.
            reconnect_time_wait=cast("int", _RECONNECT_SECONDS),
            ping_interval=5,
            max_outstanding_pings=2,
            pending_size=0,
            inbox_prefix=inbox_of(self._service),
            disconnected_cb=self._on_disconnected,
            reconnected_cb=self._on_reconnected,
            error_cb=self._on_error,
        )
        _log.info("connected to the event bus")

    async def reconcile(self) -> None:
        """Bring streams and consumers in line with their declaration, until it succeeds once."""
        while True:
            try:
                await reconcile(self.jetstream, self.topology, service=self._service)
            except (TimeoutError, nats.errors.Error) as error:
                _log.warning("streams are not reconciled yet", error=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self.reconciled.set()
                return

    async def _on_disconnected(self) -> None:
        for callback in self._on_lost:
            callback()
        if not self._leaving:
            _log.warning("lost the event bus; events wait in the outbox")

    async def _on_reconnected(self) -> None:
        _log.info("found the event bus again")
        # Its folder may have been wiped meanwhile; the streams are then made anew.
        await self.reconcile()

    async def _on_error(self, error: Exception) -> None:
        _log.info("event bus error", error=str(error) or type(error).__name__)

    async def close(self) -> None:
        """Leave the bus."""
        self._leaving = True
        if self._connecting is not None:
            self._connecting.cancel()
        if self.client.is_connected or self.client.is_reconnecting:
            # The other side may have hung up before us.
            with contextlib.suppress(OSError, nats.errors.Error):
                await self.client.close()
