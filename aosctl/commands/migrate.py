"""`aos migrate`."""

import asyncio
import os
from pathlib import Path

from aosctl.datafolder import DataFolder
from aosctl.engine_room import POSTGRES_VARIABLE
from aosctl.engines.postgres import EmbeddedPostgres
from aosctl.keys import Keys
from aosctl.migrations import prepare_database


def migrate(*, data_dir: Path) -> None:
    """Migrate the database of AOS_POSTGRES_URL, or the embedded one while nothing runs on it."""
    folder = DataFolder(data_dir)
    folder.prepare()
    admin_url = os.environ.get(POSTGRES_VARIABLE)
    if admin_url:
        asyncio.run(_migrate(admin_url, folder))
        return
    with folder.locked():
        asyncio.run(_migrate_embedded(folder))


async def _migrate_embedded(folder: DataFolder) -> None:
    async with EmbeddedPostgres(folder.postgres, log=folder.log("postgres")) as engine:
        await _migrate(engine.url, folder)


async def _migrate(admin_url: str, folder: DataFolder) -> None:
    passwords = Keys(folder.keys).database_passwords()
    async for report in prepare_database(admin_url, passwords):
        print(f"{report.service:<12} at {report.revision} ({report.applied} applied)")
