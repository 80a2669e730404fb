"""Brings what happens to gates to whoever executes the runs: by the bus at once, by looking always.

Neither is needed for enforcement. The bus makes it fast; looking once a second makes it certain
while the bus is away, and for what the bus lost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from aos.policies.v1 import events_pb2, gate_pb2
from kernel.identifiers import TenantId
from servicekit.events import Event
from servicekit.heartbeat import Heartbeat
from servicekit.jetstream.connection import Bus
from servicekit.jetstream.live import listen
from servicekit.telemetry.logging import get_logger
from services.orchestrator.usecases.session_ports import GateNow

_log = get_logger("directives")
_SUBJECT = "aos.v1.*.policies.gate_changed"
EVERY_SECONDS = 1.0
Notice = Callable[[TenantId, Iterable[GateNow]], None]


class DirectiveFeed:
    """One replica's part: its own sessions."""

    def __init__(
        self,
        *,
        bus: Bus,
        notice: Notice,
        look: Callable[[], Awaitable[int]],
        gate_now: Callable[[gate_pb2.Gate], GateNow],
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._bus = bus
        self._notice = notice
        self._look = look
        self._gate_now = gate_now
        self._every_seconds = every_seconds
        self.heartbeat = Heartbeat()

    async def hear(self) -> None:
        """Pass on what the bus brings until cancelled."""
        await listen(self._bus, _SUBJECT, self._hand_over)

    async def run(self) -> None:
        """Look at the gates of our runs until cancelled."""
        while True:
            if await self._look():
                _log.warning("gates could not be looked at; sessions learn of changes later")
            self.heartbeat.beat()
            await asyncio.sleep(self._every_seconds)

    def _hand_over(self, event: Event) -> None:
        gate = events_pb2.GateChanged.FromString(event.body).gate
        self._notice(TenantId(event.tenant_id), [self._gate_now(gate)])
