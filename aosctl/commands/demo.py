"""`aos demo`: what AOS does, on a plane that runs or on a fresh one."""

import asyncio
import contextlib
import json
import logging
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from aos_sdk import AsyncAOSClient
from aosctl.board import State, read_snapshot
from aosctl.datafolder import DataFolder
from aosctl.demo.scenes import Play
from aosctl.demo.stage import stage
from aosctl.demo.telling import Teller
from aosctl.errors import OperatorError
from aosctl.keys import Keys
from aosctl.processes import last_line, launch, stop, until
from aosctl.seed import Development

_READY_SECONDS = 60.0
_STOP_SECONDS = 30.0
_READY = "Ctrl-C to stop"


def demo(*, data_dir: Path, fresh: bool) -> None:
    """Play the demonstration; a scene that does not go as it should ends it with a sentence."""
    # What the SDK would log is told by the scenes.
    logging.getLogger("aos_sdk").setLevel(logging.CRITICAL)
    asyncio.run(_demo(data_dir, fresh=fresh))


async def _demo(data_dir: Path, *, fresh: bool) -> None:
    teller = Teller()
    began = time.monotonic()
    async with _plane(data_dir, teller, fresh=fresh) as folder:
        addresses, development = _known(folder)
        async with (
            stage(addresses, development) as played,
            AsyncAOSClient(development.api_key, addresses["orchestrator"]) as client,
        ):
            await Play(stage=played, teller=teller, client=client).all_scenes()
    teller.note(f"that was all, in {time.monotonic() - began:.0f} seconds")


@contextlib.asynccontextmanager
async def _plane(data_dir: Path, teller: Teller, *, fresh: bool) -> AsyncIterator[Path]:
    """The folder of a plane that runs: the one that is there, or one of our own."""
    if not fresh and _runs(data_dir):
        yield data_dir
        return
    teller.note("starting a plane for the demonstration; `aos up` runs one that stays")
    with _folder_of_our_own() as folder:
        log = folder / "up.log"
        process = launch(
            [
                Path(sys.executable).with_name("aos"),
                *("up", "--plain", "--free-ports", "--data-dir", folder / "plane"),
            ],
            log=log,
            when_orphaned=signal.SIGINT,
        )

        async def ready_or_ended() -> bool:
            return process.poll() is not None or _READY in log.read_text(errors="replace")

        try:
            ready = await until(ready_or_ended, seconds=_READY_SECONDS)
            if not ready or process.poll() is not None:
                raise OperatorError(f"The plane did not get ready ({last_line(log)}).")
            yield folder / "plane"
        finally:
            await stop(process, polite=signal.SIGINT, seconds=_STOP_SECONDS)


@contextlib.contextmanager
def _folder_of_our_own() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="aos-demo-") as name:
        folder = Path(name)
        # The engines' own account has to enter; nobody can list it, or guess its name.
        folder.chmod(0o711)
        yield folder


def _runs(data_dir: Path) -> bool:
    """Whether a plane serves from this folder, with a development tenant to play in."""
    path = DataFolder(data_dir)
    if not Keys(path.keys).development_file.exists():
        return False
    components = read_snapshot(path.state_file).components
    return bool(components) and all(one.state == State.SERVING for one in components)


def _known(folder: Path) -> tuple[dict[str, str], Development]:
    path = DataFolder(folder)
    services = [one for one in read_snapshot(path.state_file).components if one.is_service]
    development = json.loads(Keys(path.keys).development_file.read_text())
    return {one.name: one.address for one in services}, Development(**development)
