import asyncio
import contextlib
import shutil
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from aosctl.engines.nats import EmbeddedNats
from aosctl.engines.postgres import EmbeddedPostgres
from aosctl.processes import until

SUPPORT = Path(__file__).resolve().parents[2] / "support"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """An engine inside a process of its own."""

    host: Process
    pid: int
    url: str


Host = Callable[..., AbstractAsyncContextManager[Hosted]]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder that the engines' own account may enter.

    Pytest's own is closed again by every session that begins beside this one.
    """
    folder = Path(tempfile.mkdtemp(prefix="aos-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def host_engine() -> Host:
    return _host_engine


@contextlib.asynccontextmanager
async def _host_engine(kind: str, folder: Path, *user: int) -> AsyncIterator[Hosted]:
    command = [str(SUPPORT / "engine_host.py"), kind, str(folder), *map(str, user)]
    host = await asyncio.create_subprocess_exec(sys.executable, *command, stdin=PIPE, stdout=PIPE)
    assert host.stdin is not None
    assert host.stdout is not None
    pid, url = (await host.stdout.readline()).decode().split()
    try:
        yield Hosted(host=host, pid=int(pid), url=url)
    finally:
        host.stdin.close()
        await host.wait()


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    async with EmbeddedPostgres(tmp_path_factory.mktemp("postgres")) as engine:
        yield engine


async def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for counts as ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


@pytest.fixture
def wait_until_gone() -> Callable[[int], Awaitable[None]]:
    return _wait_until_gone


async def _wait_until_gone(pid: int) -> None:
    assert await until(lambda: is_gone(pid), seconds=20), f"Process {pid} still runs."


@pytest.fixture
def wait_until_ended() -> Callable[[EmbeddedPostgres | EmbeddedNats], Awaitable[None]]:
    return _wait_until_ended


async def _wait_until_ended(engine: EmbeddedPostgres | EmbeddedNats) -> None:
    async def ended() -> bool:
        return not engine.alive

    assert await until(ended, seconds=20), f"Process {engine.pid} still runs."
