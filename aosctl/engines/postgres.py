"""The embedded PostgreSQL: a child of ours on a loopback port."""

import asyncio
import signal
import subprocess
from pathlib import Path
from typing import Self

import asyncpg
import psutil

from aosctl.engines import cluster
from aosctl.engines.account import engine_account
from aosctl.errors import OperatorError
from aosctl.ports import LOOPBACK, free_port, require_free
from aosctl.processes import end_leftover, last_line, launch, leftover, stop, until

READY_SECONDS = 60.0
STOP_SECONDS = 20.0
# The last backends of a killed server hold its shared memory for a moment after its death.
STARTS = 50
STILL_IN_USE = "is still in use"


class EmbeddedPostgres:
    """PostgreSQL on a folder of its own; starts again after any kind of end."""

    def __init__(self, folder: Path, *, port: int = 0, log: Path | None = None) -> None:
        self._folder = folder.resolve()
        self._data = self._folder / "data"
        self._log = log or self._folder / "postgres.log"
        self.port = port
        self._password = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The superuser's address; for provisioning only, since row security does not bind it."""
        authority = f"{cluster.SUPERUSER}:{self._password}@{LOOPBACK}:{self.port}"
        return f"postgresql://{authority}/postgres"

    @property
    def pid(self) -> int:
        """The process id of the server; 0 while there is none."""
        return 0 if self._process is None else self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the server process is running."""
        return self._process is not None and self._process.poll() is None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Return once the server answers queries."""
        account = engine_account(self._data)
        self._password = await asyncio.to_thread(cluster.prepare, self._folder, account)
        await self._end_leftover()
        self.port = self.port or free_port()
        require_free(self.port, purpose="PostgreSQL")
        for _ in range(STARTS):
            self._process = launch(
                cluster.command(self._data, self.port),
                log=self._log,
                when_orphaned=signal.SIGINT,
                account=account,
            )
            if await until(self._answers_or_ended, seconds=READY_SECONDS) and self.alive:
                return
            await self._explain_or_retry()
        raise OperatorError(f"The memory of an earlier PostgreSQL {STILL_IN_USE}: see {self._log}.")

    async def stop(self) -> None:
        """Disconnect everybody, write everything out, and return when the process is gone."""
        if self._process is not None:
            await stop(
                self._process, polite=signal.SIGINT, harsh=signal.SIGQUIT, seconds=STOP_SECONDS
            )

    async def _answers_or_ended(self) -> bool:
        if not self.alive:
            return True
        try:
            connection = await asyncpg.connect(self.url, timeout=5, ssl=False)
        except asyncpg.InvalidPasswordError as error:
            await self.stop()
            raise OperatorError(
                f"PostgreSQL refuses the password in {self._folder / 'password'}: put the right "
                "one back, or choose another --data-dir."
            ) from error
        except (OSError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    async def _explain_or_retry(self) -> None:
        reason = last_line(self._log)
        if self.alive:
            await self.stop()
            raise OperatorError(f"PostgreSQL does not answer ({reason}): see {self._log}.")
        if STILL_IN_USE not in self._log.read_text(errors="replace")[-2000:]:
            raise OperatorError(f"PostgreSQL ended at its start ({reason}): see {self._log}.")
        await asyncio.sleep(0.1)

    async def _end_leftover(self) -> None:
        """End a server that outlived us, and drop a lock whose process id is somebody else's now.

        A lock whose process is gone stays: it tells the new server which memory to wait for.
        """
        lock = self._data / "postmaster.pid"
        if self.alive or not lock.exists():
            return
        pid = int(lock.read_text().split("\n", 1)[0])
        orphan = leftover(pid, marks=["-D", self._data])
        if orphan is not None:
            await end_leftover(orphan, polite=signal.SIGINT, seconds=STOP_SECONDS)
        elif psutil.pid_exists(pid):
            lock.unlink()
