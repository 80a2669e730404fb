"""Services that die at one of their points again and again, and come back at their address."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aosctl.zygote_client import ServiceProcess, ZygoteClient
from tests.support.plane import Plane
from tests.support.processes import ROOT

# Who has not come by its point in this time is killed wherever it is.
LIFE_SECONDS = 4.0
PASSES = 2
ANYWHERE = "anywhere"


def warm(plane: Plane, names: Sequence[str]) -> ZygoteClient:
    """Whoever is forked for each life: importing everything would take longer than living."""
    return ZygoteClient(
        modules=[f"services.{name}.__main__" for name in names],
        installation=ROOT,
        log=plane.folder / "zygote.log",
        environment={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@dataclass(slots=True, kw_only=True)
class Mortal:
    """One service at one address."""

    plane: Plane
    zygote: ZygoteClient
    name: str
    address: str
    points: Sequence[str]
    chance: random.Random
    environment: dict[str, str] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    process: ServiceProcess | None = None

    async def live_and_die(self, peace: asyncio.Event) -> None:
        """Live one life after another until there is peace, and then one more without an end."""
        while not peace.is_set():
            await self._one_life(peace)
        await self.live()

    async def live(self, failpoints: str = "") -> ServiceProcess:
        """Be started; without a point, for good."""
        settings = self.plane.environment(self.name, AOS_LISTEN=self.address, **self.environment)
        self.process = await self.zygote.spawn(
            module=f"services.{self.name}.__main__",
            environment={**os.environ, **settings, "FAILPOINTS": failpoints},
            log=self.plane.folder / f"{self.name}.log",
        )
        return self.process

    async def die(self) -> None:
        """Be killed, wherever it is."""
        if self.process is not None and not self.process.exit_status.done():
            self.zygote.signal(self.process, signal.SIGKILL)
            await self.process.exit_status

    async def _one_life(self, peace: asyncio.Event) -> None:
        point = self._next_point()
        process = await self.live(f"{point}:{self.chance.randrange(1, PASSES + 1)}")
        calm = asyncio.create_task(peace.wait())
        ends: list[asyncio.Future[Any]] = [process.exit_status, calm]
        await asyncio.wait(
            ends,
            timeout=LIFE_SECONDS,
            return_when=asyncio.FIRST_COMPLETED,
        )
        calm.cancel()
        if not process.exit_status.done():
            point = ANYWHERE
            await self.die()
        assert process.exit_status.result() == -signal.SIGKILL, self._last_words()
        self.kills[point] += 1

    def _next_point(self) -> str:
        """One of those that it has died at least often at."""
        least = min(self.kills[point] for point in self.points)
        return self.chance.choice([one for one in self.points if self.kills[one] == least])

    def _last_words(self) -> str:
        return (self.plane.folder / f"{self.name}.log").read_text()[-2000:]
