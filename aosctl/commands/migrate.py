"""`aos migrate`."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path

from aosctl.datafolder import DataFolder
from aosctl.engine_room import POSTGRES_VARIABLE
from aosctl.engines.postgres import EmbeddedPostgres
from aosctl.errors import OperatorError
from aosctl.keys import Keys
from aosctl.migrations import prepare_database
from aosctl.schema_wait import until_migrated
from aosctl.services import role_names


def migrate(*, data_dir: Path, passwords: Path | None, wait: bool) -> None:
    """Migrate the database of AOS_POSTGRES_URL, or the embedded one while nothing runs on it."""
    if wait:
        service, url = _named("AOS_SERVICE"), _named("AOS_DATABASE_URL")
        asyncio.run(until_migrated(service=service, url=url, say=print))
    elif passwords is not None:
        asyncio.run(_migrate(_named(POSTGRES_VARIABLE), _read(passwords)))
    else:
        _migrate_folder(DataFolder(data_dir))


def _migrate_folder(folder: DataFolder) -> None:
    folder.prepare()
    admin_url = os.environ.get(POSTGRES_VARIABLE)
    if admin_url:
        asyncio.run(_migrate(admin_url, Keys(folder.keys).database_passwords()))
        return
    with folder.locked():
        asyncio.run(_migrate_embedded(folder))


async def _migrate_embedded(folder: DataFolder) -> None:
    async with EmbeddedPostgres(folder.postgres, log=folder.log("postgres")) as engine:
        await _migrate(engine.url, Keys(folder.keys).database_passwords())


async def _migrate(admin_url: str, passwords: Mapping[str, str]) -> None:
    async for report in prepare_database(admin_url, passwords):
        print(f"{report.service:<12} at {report.revision} ({report.applied} applied)")


def _read(path: Path) -> dict[str, str]:
    try:
        passwords = json.loads(path.read_text())
        return {role: str(passwords[role]) for role in role_names()}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise OperatorError(
            f"{path} is no JSON object with a password for each role ({error!r}): "
            "`aos secrets` writes one."
        ) from error


def _named(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise OperatorError(f"{variable} must be set.")
    return value
