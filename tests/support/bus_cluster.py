"""Three servers of the event bus as they are deployed, encrypted, on ports of this machine."""

import asyncio
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError

from aosctl.engines.nats import binary
from aosctl.ports import free_port
from aosctl.processes import launch
from tests.support.certificates import Authority, CertificateFolder
from tests.support.deployed_bus import configure, environment
from tests.support.waiting import until

SERVERS = 3
_ROUTES = "0.0.0.0:6222"


@dataclass(slots=True, kw_only=True)
class BusServer:
    """One of the three; it may be killed, and another with nothing on its disk takes its place."""

    name: str
    folder: Path
    routes: int = field(default_factory=free_port)
    watched: int = field(default_factory=free_port)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self, environment_: Mapping[str, str]) -> None:
        """Begin to run; whether it is well is seen by asking."""
        self.process = launch(
            [binary(), "-c", self.folder / "node.conf"],
            log=self.folder / "nats.log",
            when_orphaned=signal.SIGKILL,
            environment={**environment_, "NATS_NAME": self.name},
        )

    async def kill(self) -> None:
        """End it as the loss of its machine would."""
        if self.process is not None:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)

    def forget(self) -> None:
        """Lose everything that it has kept."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    async def is_well(self) -> bool:
        """Whether it has caught up with the others in everything that it holds."""
        return await asyncio.to_thread(self._answers_well)

    def _answers_well(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.watched}/healthz", timeout=2):
                return True
        except (URLError, OSError):
            return False


class BusCluster:
    """The three together."""

    def __init__(self, folder: Path, passwords: Mapping[str, str]) -> None:
        self._passwords = passwords
        self._authority = Authority("bus")
        self.servers = [
            BusServer(name=f"nats-{number}", folder=folder / f"nats-{number}")
            for number in range(SERVERS)
        ]
        self.authorities_file = folder / "bus-ca.crt"

    async def start(self) -> None:
        """Return once all hold everything together."""
        self.authorities_file.write_bytes(self._authority.certificate)
        for server in self.servers:
            self._configure(server)
        for server in self.servers:
            server.start(environment(self._passwords))
        await self.is_whole()

    async def stop(self) -> None:
        """End all of them."""
        for server in self.servers:
            await server.kill()

    async def bring_back(self, server: BusServer) -> None:
        """Start a server that was killed, with what is on its disk."""
        server.start(environment(self._passwords))

    async def is_whole(self, *, seconds: float = 60) -> None:
        """Wait until each has caught up."""
        for server in self.servers:
            await until(server.is_well, seconds=seconds, every=0.1)

    def url_of(self, service: str) -> str:
        """Where a service finds the bus, at whichever server."""
        login = f"{service}:{self._passwords[service]}"
        return ",".join(f"nats://{login}@127.0.0.1:{one.port}" for one in self.servers)

    def _configure(self, server: BusServer) -> None:
        server.folder.mkdir(parents=True)
        server.port = configure(server.folder)
        issued = self._authority.issue("nats", server.name, addresses=["127.0.0.1"])
        CertificateFolder(server.folder / "tls").write(issued, self._authority.certificate)
        secure = server.folder / "secure.conf"
        text = secure.read_text().replace(_ROUTES, f"127.0.0.1:{server.routes}")
        for other in self.servers:
            text = text.replace(f"{other.name}.nats:6222", f"127.0.0.1:{other.routes}")
        secure.write_text(text)
        watched = f"http: 127.0.0.1:{server.watched}\ninclude secure.conf\n"
        (server.folder / "node.conf").write_text(watched)
