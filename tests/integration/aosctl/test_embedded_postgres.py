import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from aosctl.engines import cluster
from aosctl.engines.postgres import EmbeddedPostgres
from aosctl.errors import OperatorError

Host = Callable[..., AbstractAsyncContextManager[Any]]
Wait = Callable[[int], Awaitable[None]]
WaitForEngine = Callable[[EmbeddedPostgres], Awaitable[None]]
NOBODY = 65534


async def execute(url: str, *statements: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def test_what_was_written_is_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path) as engine:
        await execute(engine.url, "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (7)")
    async with EmbeddedPostgres(tmp_path) as engine:
        assert await execute(engine.url, "SELECT id FROM kept") == 7


async def test_what_was_committed_is_there_after_every_process_was_killed(
    tmp_path: Path, wait_until_ended: WaitForEngine
) -> None:
    engine = EmbeddedPostgres(tmp_path)
    await engine.start()
    await execute(engine.url, "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (7)")
    server = psutil.Process(engine.pid)
    for process in (*server.children(recursive=True), server):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    port = engine.port
    await wait_until_ended(engine)
    await engine.start()
    assert await execute(engine.url, "SELECT id FROM kept") == 7
    assert engine.port == port
    await engine.stop()


async def test_a_killed_postmaster_is_replaced_even_while_its_backends_linger(
    tmp_path: Path, wait_until_ended: WaitForEngine
) -> None:
    async with EmbeddedPostgres(tmp_path) as engine:
        os.kill(engine.pid, signal.SIGKILL)
        await wait_until_ended(engine)
        await engine.start()
        assert await execute(engine.url, "SELECT 1") == 1


async def test_a_server_left_over_on_the_same_folder_is_ended_first(
    tmp_path: Path, wait_until_gone: Wait
) -> None:
    orphan = EmbeddedPostgres(tmp_path)
    await orphan.start()
    async with EmbeddedPostgres(tmp_path) as engine:
        await wait_until_gone(orphan.pid)
        assert not orphan.alive
        assert await execute(engine.url, "SELECT 1") == 1


async def start_beside_a_stranger(folder: Path) -> bool:
    """Start on a folder whose lock names another program; whether that program survived."""
    async with EmbeddedPostgres(folder):
        pass
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    (folder / "data" / "postmaster.pid").write_text(f"{stranger.pid}\n{folder}\n")
    try:
        async with EmbeddedPostgres(folder) as engine:
            assert await execute(engine.url, "SELECT 1") == 1
        return psutil.Process(stranger.pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError):
            stranger.kill()
        await stranger.wait()


async def test_a_lock_that_names_a_stranger_does_not_harm_the_stranger(tmp_path: Path) -> None:
    assert await start_beside_a_stranger(tmp_path)


async def test_mutant_that_trusts_the_process_id_alone_ends_the_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trust(pid: int, *, marks: object) -> psutil.Process:
        return psutil.Process(pid)

    monkeypatch.setattr("aosctl.engines.postgres.leftover", trust)
    assert not await start_beside_a_stranger(tmp_path)


async def test_the_server_ends_when_its_parent_is_killed(
    tmp_path: Path, host_engine: Host, wait_until_gone: Wait
) -> None:
    async with host_engine("postgres", tmp_path) as hosted:
        hosted.host.kill()
        await wait_until_gone(hosted.pid)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can become somebody else.")
async def test_an_ordinary_user_runs_it_as_themselves(tmp_path: Path, host_engine: Host) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        parent.chmod(0o711)
    async with host_engine("postgres", folder, NOBODY) as hosted:
        assert psutil.Process(hosted.pid).uids().real == NOBODY
        assert await execute(hosted.url, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root has to step down.")
async def test_root_runs_it_as_another_user(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path) as engine:
        assert psutil.Process(engine.pid).uids().real != 0
    assert (tmp_path / "password").stat().st_uid == 0


async def test_settings_that_our_promises_rest_on_win_over_an_edited_file(
    tmp_path: Path,
) -> None:
    async with EmbeddedPostgres(tmp_path):
        pass
    with (tmp_path / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    async with EmbeddedPostgres(tmp_path) as engine:
        for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert await execute(engine.url, f"SHOW {name}") == "on"


async def test_nobody_gets_in_without_the_password(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host="127.0.0.1", port=postgres.port, user="postgres", password="guess"
        )


async def test_text_is_sorted_by_bytes(postgres: EmbeddedPostgres) -> None:
    query = "SELECT string_agg(word, '' ORDER BY word) FROM unnest('{b,A,a,_,B}'::text[]) word"
    assert await execute(postgres.url, query) == "AB_ab"


async def test_an_initialisation_that_was_killed_is_done_again(tmp_path: Path) -> None:
    (tmp_path / "data.new").mkdir()
    (tmp_path / "data.new" / "PG_VERSION").write_text("18")
    async with EmbeddedPostgres(tmp_path) as engine:
        assert await execute(engine.url, "SELECT 1") == 1
    assert not (tmp_path / "data.new").exists()


async def test_data_of_another_major_version_is_refused(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path):
        pass
    (tmp_path / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(OperatorError, match=r"made by PostgreSQL 16, this is PostgreSQL 18"):
        await EmbeddedPostgres(tmp_path).start()


async def test_a_port_in_use_is_refused_by_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OperatorError, match=f"Port {port} for PostgreSQL is in use"):
            await EmbeddedPostgres(tmp_path, port=port).start()


async def test_a_wrong_password_file_is_explained_and_leaves_no_server(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path):
        pass
    (tmp_path / "password").write_text("wrong")
    engine = EmbeddedPostgres(tmp_path)
    with pytest.raises(OperatorError, match="PostgreSQL refuses the password"):
        await engine.start()
    assert not engine.alive


async def test_a_server_that_cannot_start_says_what_its_log_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cluster.SETTINGS, "max_connections", "many")
    with pytest.raises(OperatorError, match=r"ended at its start .*max_connections"):
        await EmbeddedPostgres(tmp_path).start()
