import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aosctl import service_keeper
from aosctl.board import Board, Component, State
from aosctl.health import RUNS, Probe
from aosctl.ports import free_port
from aosctl.processes import until
from aosctl.service_keeper import ServiceKeeper
from aosctl.services import Service
from aosctl.zygote_client import ZygoteClient
from servicekit.server import RUNS_HEALTH_NAME

SUPPORT = Path(__file__).resolve().parents[2] / "support"


class TrivialService(Service):
    """A service whose module is the one in tests/support."""

    @property
    def module(self) -> str:
        return "trivial_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A service under its keeper, and everything the board ever said of it."""

    board: Board
    history: list[Component]
    keeper: ServiceKeeper

    @property
    def now(self) -> Component:
        return self.board.components[0]

    async def reaches(self, condition: Callable[[Component], bool]) -> Component:
        async def seen() -> bool:
            return condition(self.now)

        assert await until(seen, seconds=20), f"It stays {self.now}."
        return self.now


@contextlib.asynccontextmanager
async def kept(folder: Path, mode: str) -> AsyncIterator[Kept]:
    port = free_port()
    address = f"127.0.0.1:{port}"
    history: list[Component] = []
    board = Board(folder / "state.json", watcher=history.append)
    board.add("trivial", address=address, is_service=True)
    environment = {"TRIVIAL_MODE": mode, "AOS_LISTEN": address}
    zygote = ZygoteClient(
        modules=["trivial_service"],
        installation=folder,
        log=folder / "zygote.log",
        environment={"PYTHONPATH": str(SUPPORT)},
    )
    keeper = ServiceKeeper(
        service=TrivialService(name="trivial", port=port),
        environment=environment,
        log=folder / "trivial.log",
        zygote=zygote,
        probe=Probe(address, credential=lambda: ("x-aos-service", "nobody")),
        board=board,
    )
    task = asyncio.create_task(keeper.keep())
    try:
        yield Kept(board=board, history=history, keeper=keeper)
    finally:
        task.cancel()
        await keeper.stop()
        await zygote.stop()


def is_serving(component: Component) -> bool:
    return component.state is State.SERVING


async def test_a_service_is_serving_when_its_health_says_so(tmp_path: Path) -> None:
    async with kept(tmp_path, "serve") as service:
        component = await service.reaches(is_serving)
        assert component.pid > 0
    assert service.now.state is State.STOPPED


async def test_a_killed_service_serves_again_in_a_new_process(tmp_path: Path) -> None:
    async with kept(tmp_path, "serve") as service:
        before = await service.reaches(is_serving)
        os.kill(before.pid, signal.SIGKILL)
        await service.reaches(lambda one: is_serving(one) and one.pid != before.pid)
    notes = [one.note for one in service.history if one.state is State.RESTARTING]
    assert notes == ["It was ended by SIGKILL. It starts again in 0.5 s."]


async def test_a_service_that_keeps_failing_is_started_ever_more_slowly(tmp_path: Path) -> None:
    async with kept(tmp_path, "fail") as service:
        component = await service.reaches(lambda one: "again in 1 s" in one.note)
    assert component.state is State.RESTARTING
    assert component.note.startswith("It ended with status 1: It was told to fail.")


async def test_a_service_that_does_not_serve_in_time_is_broken_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_keeper, "START_SECONDS", 0.0)
    async with kept(tmp_path, "wait") as service:
        component = await service.reaches(lambda one: one.state is State.BROKEN)
        assert component.note.startswith("It does not answer")


@pytest.mark.parametrize("mode", ["refuse", "refuse_runs"])
async def test_a_service_that_refuses_to_serve_is_broken_and_left_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(service_keeper, "START_SECONDS", 0.0)
    async with kept(tmp_path, mode) as service:
        component = await service.reaches(
            lambda one: one.state is State.BROKEN and "not answer" not in one.note
        )
        os.kill(component.pid, 0)


async def test_a_stopped_service_has_no_process(tmp_path: Path) -> None:
    async with kept(tmp_path, "serve") as service:
        component = await service.reaches(is_serving)
    with pytest.raises(ProcessLookupError):
        os.kill(component.pid, 0)


async def test_a_service_with_a_wrong_setting_is_broken_and_says_which(tmp_path: Path) -> None:
    async with kept(tmp_path, "misconfigured") as service:
        component = await service.reaches(lambda one: one.state is State.BROKEN)
    assert component.note.startswith("It ended with status 78: A setting is wrong.")


def test_services_and_this_command_agree_on_the_name_of_the_health_of_runs() -> None:
    assert RUNS == RUNS_HEALTH_NAME
