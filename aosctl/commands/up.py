"""`aos up`: everything runs until Ctrl-C."""

import asyncio
import contextlib
import signal
from pathlib import Path

from aosctl.board import Board, Component
from aosctl.commands.display import Display, choose
from aosctl.datafolder import DataFolder
from aosctl.errors import OperatorError
from aosctl.keys import Keys
from aosctl.port_plan import PortPlan, default_ports, free_ports
from aosctl.seed import Development, development_key
from aosctl.supervisor import Supervisor

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(*, data_dir: Path, port_offset: int, free: bool, plain: bool) -> None:
    """Run the installation in a folder that nobody else runs."""
    folder = DataFolder(data_dir)
    folder.prepare()
    ports = free_ports() if free else default_ports(offset=port_offset)
    with folder.locked(), choose(plain=plain) as display:
        asyncio.run(_Run(folder=folder, ports=ports, display=display).until_stopped())


class _Run:
    """One run of `aos up`."""

    def __init__(self, *, folder: DataFolder, ports: PortPlan, display: Display) -> None:
        self._folder = folder
        self._ports = ports
        self._display = display
        self._board = Board(folder.state_file, watcher=self._on_change)
        self._serving = asyncio.Event()

    async def until_stopped(self) -> None:
        """Return after the first signal has been obeyed; a second one does not wait for it."""
        supervisor = Supervisor(folder=self._folder, ports=self._ports, board=self._board)
        running = asyncio.create_task(supervisor.run())
        greeting = asyncio.create_task(self._greet())
        for number in STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await running
        finally:
            greeting.cancel()

    def _on_change(self, component: Component) -> None:
        self._display.show(component)
        if self._board.all_serving:
            self._serving.set()

    async def _greet(self) -> None:
        await self._serving.wait()
        address = self._ports.address("accounts")
        try:
            development = await development_key(address, Keys(self._folder.keys))
        except OperatorError as error:
            self._display.say(str(error))
        else:
            self._display.say(self._greeting(development))

    def _greeting(self, development: Development) -> str:
        addresses = (f"  {name:<10} {self._ports.address(name)}" for name in self._ports.services)
        return "\n".join(
            (
                "",
                "AOS is ready.",
                *addresses,
                "The development tenant, for another terminal:",
                f"  export AOS_API_KEY={development.api_key}",
                f"  export AOS_PROJECT_ID={development.project_id}",
                f"  export AOS_AGENT_ID={development.agent_id}",
                f"  export AOS_BASE_URL={self._ports.address('orchestrator')}",
                "Make a first call as README.md shows; `aos status` tells how everything does.",
                "Press Ctrl-C to stop.",
                "",
            )
        )
