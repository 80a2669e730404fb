"""What runs and how it does: shown by `aos up`, kept in run/state.json for `aos status`."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from aosctl.private_files import write_private
from kernel.clock import utc_now


class State(StrEnum):
    """The condition of one program."""

    STARTING = "starting"
    SERVING = "serving"
    BROKEN = "broken"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One program of the installation, an engine or a service."""

    name: str
    address: str
    state: State
    since: str
    note: str = ""
    pid: int = 0
    is_service: bool = True


class Board:
    """The components by name; every change is written down and told to the watcher."""

    def __init__(self, path: Path, *, watcher: Callable[[Component], None]) -> None:
        self._path = path
        self._watcher = watcher
        self._components: dict[str, Component] = {}
        self.zygote_pid = 0

    @property
    def components(self) -> list[Component]:
        """All components, in the order they were added."""
        return list(self._components.values())

    @property
    def all_serving(self) -> bool:
        """Whether nothing is left to wait for."""
        return all(one.state is State.SERVING for one in self._components.values())

    def add(self, name: str, *, address: str, is_service: bool) -> None:
        """Announce a component that is about to start."""
        self._put(
            Component(
                name=name,
                address=address,
                state=State.STARTING,
                since=_now(),
                is_service=is_service,
            )
        )

    def move(self, name: str, *, address: str) -> None:
        """Record where a component listens, once that is known."""
        self._components[name] = replace(self._components[name], address=address)

    def update(self, name: str, state: State, *, note: str = "", pid: int | None = None) -> None:
        """Record the condition of a component; saying the same again changes nothing."""
        old = self._components[name]
        new = replace(old, state=state, note=note, pid=old.pid if pid is None else pid)
        if new.state is not old.state:
            new = replace(new, since=_now())
        if new != old:
            self._put(new)

    def _put(self, component: Component) -> None:
        self._components[component.name] = component
        write_private(self._path, json.dumps(self._document(), indent=2) + "\n")
        self._watcher(component)

    def _document(self) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "zygote_pid": self.zygote_pid,
            "components": [asdict(component) for component in self.components],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What an `aos up` last wrote down."""

    zygote_pid: int
    components: tuple[Component, ...]


def read_snapshot(path: Path) -> Snapshot:
    """The last written state; empty when nothing was ever started here."""
    if not path.exists():
        return Snapshot(zygote_pid=0, components=())
    document = json.loads(path.read_text())
    components = (
        Component(**{**fields, "state": State(fields["state"])})
        for fields in document["components"]
    )
    return Snapshot(zygote_pid=document["zygote_pid"], components=tuple(components))


def _now() -> str:
    return utc_now().isoformat(timespec="seconds")
