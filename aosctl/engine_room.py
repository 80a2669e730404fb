"""The two engines of an installation: embedded and kept alive, or somewhere else by address."""

import asyncio
import os
from typing import Protocol
from urllib.parse import urlsplit

from aosctl.backoff import Backoff
from aosctl.board import Board, State
from aosctl.datafolder import DataFolder
from aosctl.engines.nats import EmbeddedNats
from aosctl.engines.postgres import EmbeddedPostgres
from aosctl.errors import OperatorError
from aosctl.port_plan import PortPlan
from aosctl.processes import together

LOOK_SECONDS = 0.5
POSTGRES = "postgres"
NATS = "nats"
# Setting one of these takes the engine from there instead of starting ours.
POSTGRES_VARIABLE = "AOS_POSTGRES_URL"
NATS_VARIABLE = "AOS_NATS_URL"


class Engine(Protocol):
    """What is asked of an engine here."""

    @property
    def url(self) -> str:
        """Where clients reach it, with credentials."""
        ...

    @property
    def pid(self) -> int:
        """Its process; 0 when it is not ours."""
        ...

    @property
    def alive(self) -> bool:
        """Whether it runs, as far as that is ours to know."""
        ...

    async def start(self) -> None:
        """Return when it can be used."""
        ...

    async def stop(self) -> None:
        """Return when it is gone."""
        ...


class ElsewhereEngine:
    """An engine that others run."""

    alive = True
    pid = 0

    def __init__(self, url: str) -> None:
        self.url = url

    async def start(self) -> None:
        """There is nothing to start."""

    async def stop(self) -> None:
        """It is not ours to stop."""


class EngineRoom:
    """Starts PostgreSQL and NATS, and starts them again when they die."""

    def __init__(self, *, folder: DataFolder, ports: PortPlan, board: Board) -> None:
        self._board = board
        self._engines: dict[str, Engine] = {
            POSTGRES: _elsewhere(POSTGRES_VARIABLE)
            or EmbeddedPostgres(folder.postgres, port=ports.postgres, log=folder.log(POSTGRES)),
            NATS: _elsewhere(NATS_VARIABLE)
            or EmbeddedNats(
                folder.nats,
                port=ports.nats,
                monitoring_port=ports.nats_monitoring,
                log=folder.log(NATS),
            ),
        }

    @property
    def postgres_url(self) -> str:
        """The administrator's address of PostgreSQL."""
        return self._engines[POSTGRES].url

    def nats_url(self, service: str) -> str:
        """The address of NATS, with the credentials of a service where services have their own."""
        engine = self._engines[NATS]
        return engine.url_of(service) if isinstance(engine, EmbeddedNats) else engine.url

    def announce(self) -> None:
        """Put both engines on the board."""
        for name in self._engines:
            self._board.add(name, address="", is_service=False)

    async def start(self) -> None:
        """Return when both engines can be used."""
        await together(*(self._start(name) for name in self._engines))

    async def keep(self, name: str) -> None:
        """Start one engine again whenever it has died, until cancelled."""
        backoff = Backoff()
        healthy_seconds = 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            healthy_seconds += LOOK_SECONDS
            if not self._engines[name].alive:
                await self._restart(name, backoff.next_delay(healthy_seconds=healthy_seconds))
                healthy_seconds = 0.0

    async def stop(self) -> None:
        """Stop what is ours, and return when it is gone."""
        await together(*(engine.stop() for engine in self._engines.values()))
        for name in self._engines:
            self._board.update(name, State.STOPPED, pid=0)

    async def _start(self, name: str) -> None:
        engine = self._engines[name]
        await engine.start()
        address = urlsplit(engine.url).netloc.rpartition("@")[2]
        self._board.move(name, address=address)
        self._board.update(name, State.SERVING, pid=engine.pid)

    async def _restart(self, name: str, delay: float) -> None:
        note = f"It died and starts again in {delay:g} s."
        self._board.update(name, State.RESTARTING, note=note, pid=0)
        await asyncio.sleep(delay)
        try:
            await self._start(name)
        except OperatorError as error:
            self._board.update(name, State.BROKEN, note=str(error), pid=0)


def _elsewhere(variable: str) -> Engine | None:
    url = os.environ.get(variable)
    return ElsewhereEngine(url) if url else None
