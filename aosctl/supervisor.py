"""Everything `aos up` runs: engines, then schemas, then one process per service."""

import asyncio
import signal

from aosctl.board import Board, read_snapshot
from aosctl.datafolder import DataFolder
from aosctl.engine_room import NATS, POSTGRES, EngineRoom
from aosctl.environment import inherited, service_environment
from aosctl.health import Probe
from aosctl.keys import Keys
from aosctl.migrations import prepare_database
from aosctl.operator_identity import OperatorIdentity
from aosctl.port_plan import PortPlan
from aosctl.ports import require_free
from aosctl.processes import end_leftover, leftover, together
from aosctl.service_keeper import ServiceKeeper
from aosctl.services import SERVICES, Service
from aosctl.zygote_client import MODULE, ZygoteClient

LEFTOVER_SECONDS = 3.0


class Supervisor:
    """One installation, from start to stop; the caller holds the lock of the folder."""

    def __init__(self, *, folder: DataFolder, ports: PortPlan, board: Board) -> None:
        self._folder = folder
        self._ports = ports
        self._board = board
        self._keys = Keys(folder.keys)
        self._engines = EngineRoom(folder=folder, ports=ports, board=board)
        self._zygote = ZygoteClient(
            # What all services share; of another one none of them needs to hold anything.
            modules=["servicekit.process"],
            installation=folder.root,
            log=folder.log("zygote"),
            environment=inherited(),
        )
        self._keepers: list[ServiceKeeper] = []

    async def run(self) -> None:
        """Run everything until cancelled, then drain and stop it."""
        # What the last run wrote down is read before this run writes over it.
        await self._end_leftovers()
        self._announce()
        try:
            await self._start()
            async with asyncio.TaskGroup() as tasks:
                for name in (POSTGRES, NATS):
                    tasks.create_task(self._engines.keep(name))
                for keeper in self._keepers:
                    tasks.create_task(keeper.keep())
        finally:
            await self._stop()

    def _announce(self) -> None:
        self._engines.announce()
        for service in SERVICES:
            address = self._ports.address(service.name)
            self._board.add(service.name, address=address, is_service=True)

    async def _start(self) -> None:
        for service in SERVICES:
            require_free(self._ports.services[service.name], purpose=service.name)
        self._keys.ensure()
        # The services are loaded while the engines start: neither needs the other yet.
        await together(self._start_engines(), self._zygote.start())
        identity = OperatorIdentity(self._keys)
        self._keepers = [self._keeper(service, identity) for service in SERVICES]

    async def _start_engines(self) -> None:
        await self._engines.start()
        passwords = self._keys.database_passwords()
        async for _ in prepare_database(self._engines.postgres_url, passwords):
            pass

    def _keeper(self, service: Service, identity: OperatorIdentity) -> ServiceKeeper:
        address = self._ports.address(service.name)
        environment = service_environment(
            service,
            keys=self._keys,
            ports=self._ports,
            postgres_url=self._engines.postgres_url,
            nats_url=self._engines.nats_url(service.name),
        )
        return ServiceKeeper(
            service=service,
            environment=environment,
            log=self._folder.log(service.name),
            zygote=self._zygote,
            probe=Probe(address, credential=identity.for_service(service.name)),
            board=self._board,
        )

    async def _stop(self) -> None:
        """Stop in the reverse order: a draining service still needs its engines."""
        await together(*(keeper.stop() for keeper in self._keepers))
        await self._zygote.stop()
        await self._engines.stop()

    async def _end_leftovers(self) -> None:
        """End what a killed run left behind; the engines see to their own."""
        snapshot = read_snapshot(self._folder.state_file)
        pids = [snapshot.zygote_pid, *(one.pid for one in snapshot.components if one.is_service)]
        for pid in filter(None, pids):
            process = leftover(pid, marks=[MODULE, self._folder.root])
            if process is not None:
                await end_leftover(process, polite=signal.SIGTERM, seconds=LEFTOVER_SECONDS)
