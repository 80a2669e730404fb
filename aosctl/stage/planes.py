"""A plane to act on: the one that runs from a folder, or a fresh one of our own."""

import contextlib
import json
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aosctl.board import Component, State, read_snapshot
from aosctl.datafolder import DataFolder
from aosctl.errors import OperatorError
from aosctl.keys import Keys
from aosctl.operator_identity import OperatorIdentity
from aosctl.processes import last_line, launch, stop, until
from aosctl.seed import Development

_READY_SECONDS = 60.0
_STOP_SECONDS = 30.0
_READY = "Ctrl-C to stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPlane:
    """A plane that runs from a folder."""

    folder: DataFolder

    @property
    def services(self) -> dict[str, Component]:
        """Its services by their names, as they were last written down."""
        components = read_snapshot(self.folder.state_file).components
        return {one.name: one for one in components if one.is_service}

    @property
    def addresses(self) -> dict[str, str]:
        """Where its services listen."""
        return {name: one.address for name, one in self.services.items()}

    @property
    def development(self) -> Development:
        """Its development tenant."""
        return Development(**json.loads(Keys(self.folder.keys).development_file.read_text()))

    @property
    def operator(self) -> OperatorIdentity:
        """Whoever runs the installation."""
        return OperatorIdentity(Keys(self.folder.keys))


@contextlib.asynccontextmanager
async def plane_to_act_on(
    data_dir: Path, *, fresh: bool, say: Callable[[str], None]
) -> AsyncIterator[RunningPlane]:
    """The plane that serves from a folder; a fresh one where none does, or where one is wanted."""
    if not fresh and _serves(data_dir):
        yield RunningPlane(folder=DataFolder(data_dir))
        return
    say("starting a plane of our own; `aos up` runs one that stays")
    async with fresh_plane() as plane:
        yield plane


@contextlib.asynccontextmanager
async def fresh_plane(
    *, environment: Mapping[str, str] | None = None
) -> AsyncIterator[RunningPlane]:
    """A plane with nothing in it, for as long as the block lasts."""
    with _folder_of_our_own() as folder:
        log = folder / "up.log"
        process = launch(
            [
                Path(sys.executable).with_name("aos"),
                *("up", "--plain", "--free-ports", "--data-dir", folder / "plane"),
            ],
            log=log,
            when_orphaned=signal.SIGINT,
            environment=environment,
        )

        async def ready_or_ended() -> bool:
            return process.poll() is not None or _READY in log.read_text(errors="replace")

        try:
            ready = await until(ready_or_ended, seconds=_READY_SECONDS)
            if not ready or process.poll() is not None:
                raise OperatorError(f"The plane did not get ready ({last_line(log)}).")
            yield RunningPlane(folder=DataFolder(folder / "plane"))
        finally:
            await stop(process, polite=signal.SIGINT, seconds=_STOP_SECONDS)


@contextlib.contextmanager
def _folder_of_our_own() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="aos-stage-") as name:
        folder = Path(name)
        # The engines' own account has to enter; nobody can list it, or guess its name.
        folder.chmod(0o711)
        yield folder


def _serves(data_dir: Path) -> bool:
    """Whether a plane serves from this folder, with a development tenant to act in."""
    path = DataFolder(data_dir)
    if not Keys(path.keys).development_file.exists():
        return False
    components = read_snapshot(path.state_file).components
    return bool(components) and all(one.state == State.SERVING for one in components)
