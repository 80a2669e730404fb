"""Copies of a PostgreSQL at work, made with its own tools: to follow it, or to restore it."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

from aosctl.engines.account import engine_account, give
from aosctl.engines.cluster import SUPERUSER, binaries
from aosctl.engines.postgres import EmbeddedPostgres
from aosctl.processes import run


def base_backup(server: EmbeddedPostgres, *, of: Path, to: Path, options: tuple[str, ...]) -> None:
    """Copy the server that runs in one folder into another, which can then be started as well."""
    to.mkdir()
    to.chmod(0o711)
    shutil.copy2(of / "password", to / "password")
    account = engine_account(of / "data")
    give(to, account)
    login = urlsplit(server.url)
    address = f"host=127.0.0.1 port={server.port} user={SUPERUSER} password={login.password}"
    complaint = run(
        [
            *(binaries() / "pg_basebackup", "--pgdata", to / "data", "--dbname", address),
            *("--checkpoint=fast", *options),
        ],
        account=account,
    )
    assert complaint is None, complaint
