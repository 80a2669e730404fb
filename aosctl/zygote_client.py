"""The supervisor's side of the zygote: start processes, signal them, learn of their ends."""

import asyncio
import contextlib
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aosctl.errors import OperatorError
from aosctl.processes import last_line

MODULE = "aosctl.zygote"
READY_SECONDS = 30.0
STOP_SECONDS = 25.0
# How a child ends whose zygote is gone: the kernel kills it.
LOST = -int(signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProcess:
    """One forked process; `exit_status` resolves when it ends, negative for a signal."""

    pid: int
    exit_status: asyncio.Future[int]


class ZygoteClient:
    """Starts the zygote when it is needed, and again when it was killed."""

    def __init__(
        self,
        *,
        modules: Sequence[str],
        installation: Path,
        log: Path,
        environment: Mapping[str, str],
    ) -> None:
        self._modules = modules
        self._installation = installation
        self._log = log
        self._environment = dict(environment)
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[int] | None = None
        self._awaiting: deque[asyncio.Future[ServiceProcess]] = deque()
        self._children: dict[int, ServiceProcess] = {}
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int:
        """The process id of the zygote; 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Return once every module is imported; does nothing while the zygote runs."""
        async with self._starting:
            if self._reader is not None and not self._reader.done():
                return
            self._ready = asyncio.get_running_loop().create_future()
            self._process = await self._launch()
            self._reader = asyncio.create_task(self._read(self._process))
            try:
                await asyncio.wait_for(self._ready, READY_SECONDS)
            except (TimeoutError, ConnectionError) as error:
                await self.stop()
                raise OperatorError(
                    f"The services could not be loaded ({last_line(self._log)}): see {self._log}."
                ) from error

    async def spawn(
        self, *, module: str, environment: Mapping[str, str], log: Path
    ) -> ServiceProcess:
        """Fork a process that runs the `main()` of a module."""
        await self.start()
        started: asyncio.Future[ServiceProcess] = asyncio.get_running_loop().create_future()
        self._awaiting.append(started)
        self._send(command="spawn", module=module, environment=dict(environment), log=str(log))
        return await started

    def signal(self, process: ServiceProcess, number: signal.Signals) -> None:
        """Signal a process; one that has ended is left in peace."""
        self._send(command="signal", pid=process.pid, signal=int(number))

    async def stop(self) -> None:
        """Let the zygote end its children and itself, and return when all are gone."""
        if self._process is None or self._process.returncode is not None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
        if self._reader is not None:
            await self._reader

    async def _launch(self) -> Process:
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", MODULE, str(self._installation), *self._modules),
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            event = json.loads(line)
            getattr(self, f"_on_{event.pop('event')}")(**event)
        await process.wait()
        self._on_lost()

    def _on_ready(self) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(self.pid)

    def _on_started(self, *, pid: int) -> None:
        exit_status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        child = ServiceProcess(pid=pid, exit_status=exit_status)
        self._children[pid] = child
        waiting = self._awaiting.popleft()
        if not waiting.cancelled():
            waiting.set_result(child)

    def _on_exited(self, *, pid: int, status: int) -> None:
        self._children.pop(pid).exit_status.set_result(status)

    def _on_lost(self) -> None:
        lost = ConnectionError("The zygote has ended.")
        for waiting in self._awaiting:
            if not waiting.done():
                waiting.set_exception(lost)
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(lost)
        for child in self._children.values():
            child.exit_status.set_result(LOST)
        self._awaiting.clear()
        self._children.clear()

    def _send(self, **command: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
