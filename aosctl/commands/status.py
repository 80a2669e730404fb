"""`aos status`: what runs, as the services themselves say at this moment."""

import asyncio
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from aosctl.board import Component, State, read_snapshot
from aosctl.datafolder import DataFolder
from aosctl.health import Probe, Reading
from aosctl.keys import Keys
from aosctl.operator_identity import OperatorIdentity


def status(*, data_dir: Path, as_json: bool) -> None:
    """Print every component; exit with 1 unless all of them serve."""
    folder = DataFolder(data_dir)
    supervisor = folder.holder()
    components = asyncio.run(present_state(folder)) if supervisor else _stopped(folder)
    if as_json:
        document = {
            "data_dir": str(folder.root),
            "running": bool(supervisor),
            "pid": supervisor,
            "components": [asdict(component) for component in components],
        }
        print(json.dumps(document, indent=2))
    else:
        _print(folder, components, running=bool(supervisor))
    if not components or any(one.state is not State.SERVING for one in components):
        sys.exit(1)


async def present_state(folder: DataFolder) -> list[Component]:
    """What was last written down, corrected by what the services answer now."""
    identity = OperatorIdentity(Keys(folder.keys))
    components = read_snapshot(folder.state_file).components
    return list(await asyncio.gather(*(_ask(component, identity) for component in components)))


async def _ask(component: Component, identity: OperatorIdentity) -> Component:
    if not component.is_service or component.pid == 0:
        return component
    probe = Probe(component.address, credential=identity.for_service(component.name))
    try:
        reading = await probe.ask()
        if reading is Reading.SERVING:
            return replace(component, state=State.SERVING, note="")
        if component.state is State.SERVING:
            note = await probe.problem() or f"It does not serve on {component.address}."
            return replace(component, state=State.BROKEN, note=note)
        return component
    finally:
        await probe.close()


def _stopped(folder: DataFolder) -> list[Component]:
    components = read_snapshot(folder.state_file).components
    return [replace(one, state=State.STOPPED, note="", pid=0) for one in components]


def _print(folder: DataFolder, components: list[Component], *, running: bool) -> None:
    for one in components:
        print(f"{one.name:<12} {one.state:<11} {one.address:<22} {one.note}".rstrip())
    if not running:
        print(f"AOS does not run on {folder.root}: start it with `aos up`.")
