"""Starts what a rendered deployment describes as processes of this machine, as a cluster would.

Variables, commands, secrets and files are those of the documents; only what a machine has instead of
a cluster is put in its place: loopback ports for addresses, and a folder for `/run/aos`.
"""

import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grpc import aio

from aosctl.deployment_secrets import DeploymentSecrets
from aosctl.ports import free_port
from aosctl.services import SERVICES
from tests.support.processes import serves
from tools.deployed import DeployedService, by_name, deployed_services
from tools.transforming import Document, Documents

ROOT = Path(__file__).parents[2]
Process = asyncio.subprocess.Process
# What the engines of a cluster have, and those of this machine do not.
ELSEWHERE = ("PGSSL", "OTEL_", "AOS_NATS_AUTHORITIES_", "AOS_NATS_REPLICAS")


@dataclass(kw_only=True)
class PlayedCluster:
    """One deployment on this machine."""

    documents: Documents
    secrets: DeploymentSecrets
    folder: Path
    # By port of the cluster, and by service where each pod has the same one for itself.
    ports: dict[int, int] = field(default_factory=dict)
    health_ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    def prepare(self) -> None:
        """Write the files that pods would find, and give every port of the cluster one here."""
        self.secrets.write(self.folder)
        for one in deployed_services(self.documents):
            self.health_ports[one.service.name] = free_port()
            for port in one.ports.keys() - {"health"}:
                self.ports[one.ports[port]] = free_port()

    def health(self, name: str) -> str:
        """Where a service answers probes."""
        return f"127.0.0.1:{self.health_ports[name]}"

    def service(self, name: str) -> DeployedService:
        """One service as it is deployed."""
        return next(one for one in deployed_services(self.documents) if one.service.name == name)

    async def run_job(self, name: str) -> tuple[int, str]:
        """Run a job to its end."""
        (container,) = by_name(self.documents, "Job")[name]["spec"]["template"]["spec"][
            "containers"
        ]
        process = await self._launch(container, name, output=asyncio.subprocess.PIPE)
        said = (await process.communicate())[0].decode()
        return process.returncode or 0, said

    async def wait_for_schema(self, name: str) -> Process:
        """Start what runs before a service."""
        (container,) = self.service(name).pod["initContainers"]
        process = await self._launch(container, name)
        self.processes[f"{name}-schema"] = process
        return process

    async def start(self, name: str) -> None:
        """Start a service."""
        self.processes[name] = await self._launch(self.service(name).container, name)

    async def started(self, name: str) -> bool:
        """What the start probe says; a process that has ended will never start."""
        assert self.processes[name].returncode is None, self.said(name)
        probe = self.service(name).container["startupProbe"]["grpc"]
        async with aio.insecure_channel(self.health(name)) as channel:
            return await serves(channel, probe["service"])

    def said(self, name: str) -> str:
        """What a process wrote."""
        return (self.folder / f"{name}.log").read_text()

    async def stop(self) -> dict[str, int | None]:
        """End every process, and say how each ended."""
        for process in self.processes.values():
            if process.returncode is None:
                process.terminate()
        for process in self.processes.values():
            await process.wait()
        return {name: process.returncode for name, process in self.processes.items()}

    async def _launch(
        self, container: Document, name: str, *, output: int | None = None
    ) -> Process:
        command, *arguments = container["args"]
        programs = {"python": sys.executable, "aos": str(Path(sys.executable).with_name("aos"))}
        log = (self.folder / f"{name}.log").open("ab")
        try:
            return await asyncio.create_subprocess_exec(
                programs[command],
                *(self._here(argument, name) for argument in arguments),
                cwd=ROOT,
                env={**_own(), **self._environment(container, name)},
                stdout=output or log,
                stderr=output or log,
            )
        finally:
            log.close()

    def _environment(self, container: Document, name: str) -> dict[str, str]:
        return {
            entry["name"]: self._here(self._value(entry), name)
            for entry in container.get("env", [])
            if not entry["name"].startswith(ELSEWHERE)
        }

    def _value(self, entry: Document) -> str:
        reference: Any = entry.get("valueFrom", {}).get("secretKeyRef")
        if reference is None:
            return str(entry.get("value", ""))
        return self.secrets.secrets()[reference["name"]][reference["key"]]

    def _here(self, text: str, name: str) -> str:
        secrets = self.folder / "secrets"
        places = {
            "0.0.0.0:7400": f"127.0.0.1:{self.health_ports.get(name, 0)}",
            "/run/aos/identities/": f"{self.folder}/",
            "/run/aos/keys": str(secrets / name),
            "/run/aos/tls": str(self.folder / "tls" / name),
            "/run/aos/migration": str(secrets / "migration"),
        }
        for service in SERVICES:
            port = self.ports[service.port]
            places[f"{service.name}:{service.port}"] = f"127.0.0.1:{port}"
        places |= {f"0.0.0.0:{port}": f"127.0.0.1:{own}" for port, own in self.ports.items()}
        for there, here in places.items():
            text = text.replace(there, here)
        return text


def _own() -> dict[str, str]:
    """Our own environment, without settings of ours: those are the deployment's to give."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AOS_")}
