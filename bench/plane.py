"""The whole plane as a person runs it: `aos up` on a folder of its own, every service a process."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aosctl.errors import OperatorError
from aosctl.processes import last_line, launch, stop, until
from aosctl.seed import Development

AOS = Path(sys.executable).with_name("aos")
# The last thing `aos up` says once everything serves and the development key is made.
READY = "Ctrl-C to stop"
READY_SECONDS = 30.0
STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPlane:
    """A plane at work."""

    pid: int
    started_in_seconds: float
    addresses: dict[str, str]
    service_pids: dict[str, int]
    engine_pids: dict[str, int]
    development: Development
    folder: Path

    @property
    def admin_url(self) -> str:
        """The superuser's address of the plane's database, for filling tables."""
        password = (self.folder / "postgres" / "password").read_text().strip()
        return f"postgresql://postgres:{quote(password)}@{self.addresses['postgres']}/aos"


class Plane:
    """Starts the plane as often as it is needed; the first start makes it, the next are warm."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._starts = 0

    def apart(self, name: str) -> "Plane":
        """Another plane: what is left behind there is not worked off while others are measured."""
        return Plane(self._folder.with_name(f"{self._folder.name}-{name}"))

    @property
    def is_warm(self) -> bool:
        """Whether it ran before, so that a start finds everything made."""
        return self._starts > 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RunningPlane]:
        """Run the plane for as long as the block lasts."""
        self._starts += 1
        log = self._folder.with_name(f"{self._folder.name}-{self._starts}.log")
        began = time.perf_counter()
        # It is given no environment of ours: AOS_POSTGRES_URL would lead it to another database.
        process = launch(
            [AOS, "up", "--plain", "--free-ports", "--data-dir", self._folder],
            log=log,
            when_orphaned=signal.SIGINT,
        )
        try:
            await _until_ready(process, log)
            yield await self._describe(process.pid, time.perf_counter() - began)
        finally:
            await stop(process, polite=signal.SIGINT, seconds=STOP_SECONDS)

    async def _describe(self, pid: int, seconds: float) -> RunningPlane:
        components = await _status(self._folder)
        if {one["state"] for one in components} != {"serving"}:
            raise OperatorError(f"The plane said it is ready, but it is not: {components}.")
        development = json.loads((self._folder / "keys" / "development.json").read_text())
        return RunningPlane(
            pid=pid,
            started_in_seconds=seconds,
            addresses={one["name"]: one["address"] for one in components},
            service_pids={one["name"]: one["pid"] for one in components if one["is_service"]},
            engine_pids={one["name"]: one["pid"] for one in components if not one["is_service"]},
            development=Development(**development),
            folder=self._folder,
        )


async def _until_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    async def ready_or_ended() -> bool:
        return process.poll() is not None or _is_ready(log)

    if not await until(ready_or_ended, seconds=READY_SECONDS) or process.poll() is not None:
        raise OperatorError(f"`aos up` did not get ready ({last_line(log)}).")


def _is_ready(log: Path) -> bool:
    return READY in log.read_text(errors="replace")


async def _status(folder: Path) -> list[dict[str, Any]]:
    asked = await asyncio.create_subprocess_exec(
        *(AOS, "status", "--json", "--data-dir", folder), stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await asked.communicate()
    components: list[dict[str, Any]] = json.loads(answer)["components"]
    return components
