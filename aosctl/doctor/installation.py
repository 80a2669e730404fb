"""The installation: its data folder, who holds it, and its ports."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from aosctl.datafolder import NEEDED_BYTES, DataFolder
from aosctl.doctor.finding import Finding, fine, wrong
from aosctl.errors import OperatorError
from aosctl.port_plan import default_ports
from aosctl.ports import holder_of, is_free


def look_at_installation(folder: DataFolder) -> Iterator[Finding]:
    """Everything about one data folder, whether it exists yet or not."""
    running = folder.holder()
    yield _format(folder)
    yield _ownership(folder)
    yield _space(folder)
    yield _lock(folder, running)
    # The ports of an installation that runs are taken by itself.
    if not running:
        yield from _ports()


def _format(folder: DataFolder) -> Finding:
    try:
        folder.check_format()
    except OperatorError as error:
        return wrong("format", str(error))
    return fine("format", f"This version can work with {folder.root}.")


def _ownership(folder: DataFolder) -> Finding:
    try:
        folder.check_owner()
    except OperatorError as error:
        return wrong("ownership", str(error))
    nearest = _nearest(folder.root)
    if not os.access(nearest, os.W_OK | os.X_OK):
        return wrong("ownership", f"{nearest} is not writable: choose another --data-dir.")
    return fine("ownership", f"{nearest} is writable.")


def _space(folder: DataFolder) -> Finding:
    nearest = _nearest(folder.root)
    free = shutil.disk_usage(nearest).free
    sentence = f"{free // 2**20} MB are free at {nearest}"
    if free < NEEDED_BYTES:
        return wrong("space", f"{sentence}, {NEEDED_BYTES // 2**20} MB are needed: free some.")
    return fine("space", f"{sentence}.")


def _nearest(path: Path) -> Path:
    """The path itself, or the deepest folder above it that exists."""
    return next(one for one in (path, *path.parents) if one.exists())


def _lock(folder: DataFolder, running: int) -> Finding:
    if running:
        return fine("lock", f"AOS runs on {folder.root} (pid {running}).")
    return fine("lock", f"Nothing runs on {folder.root}.")


def _ports() -> Iterator[Finding]:
    plan = default_ports()
    engines = {"postgres": plan.postgres, "nats": plan.nats, "monitoring": plan.nats_monitoring}
    taken = {name: port for name, port in (engines | plan.services).items() if not is_free(port)}
    for name, port in taken.items():
        yield wrong(
            "ports",
            f"Port {port} for {name} is in use by {holder_of(port)}: stop it, or use "
            "`aos up --port-offset 1000`.",
        )
    if not taken:
        yield fine("ports", "All default ports are free.")
