import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aosctl.processes import until
from aosctl.services import SERVICES

PLANE = Path(__file__).resolve().parents[2] / "support" / "trivial_plane.py"
Wait = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """One `aos up` with trivial services."""

    process: Process
    folder: Path

    def components(self) -> dict[str, dict[str, Any]]:
        document = json.loads((self.folder / "run" / "state.json").read_text())
        return {one["name"]: one for one in document["components"]}

    def pids(self) -> dict[str, int]:
        document = json.loads((self.folder / "run" / "state.json").read_text())
        pids = {one["name"]: one["pid"] for one in document["components"]}
        return pids | {"supervisor": document["pid"], "zygote": document["zygote_pid"]}

    async def serves(self, *, instead_of: int = 0) -> None:
        """Wait until everything serves, and nothing by the process that was ended."""

        async def serving() -> bool:
            with contextlib.suppress(OSError, ValueError):
                states = self.components().values()
                return all(
                    one["state"] == "serving" and one["pid"] not in {0, instead_of}
                    for one in states
                )
            return False

        assert await until(serving, seconds=30, interval=0.05), f"{self.components()}"


async def run(folder: Path, *options: str) -> Process:
    arguments = [str(PLANE), "up", "--plain", "--data-dir", str(folder), *options]
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=PIPE, stderr=PIPE
    )


@contextlib.asynccontextmanager
async def up(folder: Path) -> AsyncIterator[Plane]:
    process = await run(folder, "--free-ports")
    plane = Plane(process=process, folder=folder)
    try:
        assert process.stdout is not None
        async for line in process.stdout:
            if b"development key" in line:
                break
        await plane.serves()
        yield plane
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.communicate()


async def test_everything_serves_and_ctrl_c_leaves_nothing_behind(
    tmp_path: Path, wait_until_gone: Wait
) -> None:
    async with up(tmp_path) as plane:
        expected = ["postgres", "nats", *(service.name for service in SERVICES)]
        assert list(plane.components()) == expected
        pids = plane.pids()
    assert plane.process.returncode == 0
    for pid in pids.values():
        await wait_until_gone(pid)
    assert {one["state"] for one in plane.components().values()} == {"stopped"}


async def test_status_and_doctor_agree_that_it_runs(tmp_path: Path) -> None:
    async with up(tmp_path):
        aos = Path(sys.executable).with_name("aos")
        for command in ("status", "doctor"):
            asked = await asyncio.create_subprocess_exec(
                aos, command, "--json", "--data-dir", str(tmp_path), stdout=PIPE
            )
            answer, _ = await asked.communicate()
            assert asked.returncode == 0, answer.decode()


async def test_it_finds_its_feet_after_everything_was_killed(tmp_path: Path) -> None:
    async with up(tmp_path) as plane:
        for pid in plane.pids().values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await plane.process.wait()
    async with up(tmp_path) as plane:
        assert plane.process.returncode is None


async def test_it_finds_its_feet_after_the_supervisor_alone_was_killed(
    tmp_path: Path, wait_until_gone: Wait
) -> None:
    async with up(tmp_path) as plane:
        before = plane.pids()
        os.kill(before["supervisor"], signal.SIGKILL)
        await plane.process.wait()
    async with up(tmp_path) as plane:
        assert not {*before.values()} & {*plane.pids().values()}
        for pid in before.values():
            await wait_until_gone(pid)


async def test_each_program_that_is_killed_comes_back(tmp_path: Path) -> None:
    async with up(tmp_path) as plane:
        for name in ("postgres", "nats", "activity"):
            killed = plane.pids()[name]
            os.kill(killed, signal.SIGKILL)
            await plane.serves(instead_of=killed)


async def test_a_killed_zygote_comes_back_with_every_service(
    tmp_path: Path, wait_until_gone: Wait
) -> None:
    async with up(tmp_path) as plane:
        before = plane.pids()
        os.kill(before["zygote"], signal.SIGKILL)
        for name in ("accounts", "activity"):
            await plane.serves(instead_of=before[name])
        assert plane.pids()["zygote"] != before["zygote"]


async def test_a_second_one_on_the_same_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async with up(tmp_path) as plane:
        second = await run(tmp_path, "--free-ports")
        _, complaint = await second.communicate()
        assert second.returncode == 1
        sentence = f"aos: Another `aos` (pid {plane.process.pid}) runs on {tmp_path}: stop it, "
        assert complaint.decode().startswith(sentence)
        assert complaint.count(b"\n") == 1
        await plane.serves()


async def test_a_port_in_use_is_refused_in_one_sentence_and_nothing_stays(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        offset = taken.getsockname()[1] - 7420
        process = await run(tmp_path, "--port-offset", str(offset))
        _, complaint = await process.communicate()
    assert process.returncode == 1
    assert complaint.decode().startswith(f"aos: Port {offset + 7420} for activity is in use by ")
    assert complaint.count(b"\n") == 1


async def test_ctrl_c_during_the_start_stops_what_was_started(tmp_path: Path) -> None:
    process = await run(tmp_path, "--free-ports")
    assert process.stdout is not None
    await process.stdout.readline()
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0
    async with up(tmp_path) as plane:
        assert plane.process.returncode is None
