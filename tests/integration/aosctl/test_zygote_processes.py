import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import psutil
import pytest

from aosctl.errors import OperatorError
from aosctl.processes import last_line, until
from aosctl.zygote_client import LOST, ServiceProcess, ZygoteClient

SUPPORT = Path(__file__).resolve().parents[2] / "support"
SERVICE = "trivial_service"
Wait = Callable[[int], Awaitable[None]]
Open = Callable[..., AbstractAsyncContextManager[ZygoteClient]]


@asynccontextmanager
async def opened(folder: Path, *modules: str) -> AsyncIterator[ZygoteClient]:
    client = ZygoteClient(
        modules=modules or (SERVICE,),
        installation=folder,
        log=folder / "zygote.log",
        environment={"PYTHONPATH": str(SUPPORT), "AOS_POSTGRES_URL": "not for services"},
    )
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


async def spawn(client: ZygoteClient, folder: Path, mode: str) -> ServiceProcess:
    return await client.spawn(
        module=SERVICE, environment={"TRIVIAL_MODE": mode}, log=folder / f"{mode}.log"
    )


async def wait_for_log(log: Path, text: str) -> None:
    async def written() -> bool:
        return last_line(log) == text

    assert await until(written, seconds=20), f"{log} never said {text!r}."


async def test_a_process_runs_with_its_own_log_and_its_own_environment(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        child = await spawn(client, tmp_path, "wait")
        await wait_for_log(tmp_path / "wait.log", "waiting")
        process = psutil.Process(child.pid)
        assert process.ppid() == client.pid
        assert os.getsid(child.pid) == child.pid


async def test_the_end_of_a_process_is_reported_with_its_status(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        child = await spawn(client, tmp_path, "fail")
        assert await child.exit_status == 1
        assert last_line(tmp_path / "fail.log") == "It was told to fail."


async def test_a_crash_leaves_its_traceback_in_the_log(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        child = await spawn(client, tmp_path, "crash")
        assert await child.exit_status == 1
        assert last_line(tmp_path / "crash.log") == "RuntimeError: It was told to crash."


async def test_a_signal_reaches_the_process_and_its_end_names_the_signal(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        child = await spawn(client, tmp_path, "wait")
        await wait_for_log(tmp_path / "wait.log", "waiting")
        client.signal(child, signal.SIGTERM)
        assert await child.exit_status == -signal.SIGTERM


async def test_many_processes_are_told_apart(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        modes = ["fail", "wait"] * 5
        children = await asyncio.gather(*(spawn(client, tmp_path, mode) for mode in modes))
        assert len({child.pid for child in children}) == 10
        assert await asyncio.gather(*(one.exit_status for one in children[::2])) == [1] * 5
        assert not any(one.exit_status.done() for one in children[1::2])


async def test_a_module_that_cannot_be_imported_fails_its_own_process_only(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "there_is_no_such_service", SERVICE) as client:
        child = await client.spawn(
            module="there_is_no_such_service", environment={}, log=tmp_path / "log"
        )
        assert await child.exit_status == 1
        assert "There_is_no".lower() in last_line(tmp_path / "log")
        assert await (await spawn(client, tmp_path, "fail")).exit_status == 1


async def test_a_module_that_starts_a_thread_is_refused_before_the_first_fork(
    tmp_path: Path,
) -> None:
    (tmp_path / "threaded.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"
    )
    client = ZygoteClient(
        modules=["threaded"],
        installation=tmp_path,
        log=tmp_path / "zygote.log",
        environment={"PYTHONPATH": str(tmp_path)},
    )
    with pytest.raises(OperatorError, match="A thread runs before the fork"):
        await client.start()


async def test_stopping_ends_every_process(tmp_path: Path, wait_until_gone: Wait) -> None:
    async with opened(tmp_path) as client:
        child = await spawn(client, tmp_path, "wait")
        await wait_for_log(tmp_path / "wait.log", "waiting")
    assert await child.exit_status == -signal.SIGTERM
    await wait_until_gone(child.pid)


async def test_the_death_of_the_zygote_takes_its_children_and_is_reported(
    tmp_path: Path, wait_until_gone: Wait
) -> None:
    async with opened(tmp_path) as client:
        child = await spawn(client, tmp_path, "deaf")
        await wait_for_log(tmp_path / "deaf.log", "deaf")
        os.kill(client.pid, signal.SIGKILL)
        assert await child.exit_status == LOST
        await wait_until_gone(child.pid)


async def test_a_killed_zygote_is_started_again_by_the_next_spawn(tmp_path: Path) -> None:
    async with opened(tmp_path) as client:
        child = await spawn(client, tmp_path, "wait")
        before = client.pid
        os.kill(before, signal.SIGKILL)
        await child.exit_status
        assert await (await spawn(client, tmp_path, "fail")).exit_status == 1
        assert client.pid != before


async def test_children_share_what_the_zygote_imported(tmp_path: Path) -> None:
    async with opened(tmp_path, SERVICE, "sqlalchemy") as client:
        child = await spawn(client, tmp_path, "wait")
        await wait_for_log(tmp_path / "wait.log", "waiting")
        memory = psutil.Process(child.pid).memory_full_info()
        assert memory.uss < memory.rss / 2
