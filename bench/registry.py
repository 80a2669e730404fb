"""What can be measured, found by looking into `bench.measurements`."""

import importlib
import pkgutil
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import bench.measurements
from bench.context import Context
from bench.row import Row


class UnknownId(Exception):
    """Somebody wants to see a figure that nothing measures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One comparison, and the ids of the rows it answers with."""

    description: str
    ids: tuple[str, ...]
    measure: Callable[[Context], Awaitable[Sequence[Row]]]


def all_measurements() -> list[Measurement]:
    """Every measurement; baselines come first, since everything else is read against them."""
    names = [module.name for module in pkgutil.iter_modules(bench.measurements.__path__)]
    modules = [importlib.import_module(f"bench.measurements.{name}") for name in names]
    return sorted((module.MEASUREMENT for module in modules), key=lambda one: _order(one.ids[0]))


def wanted_ids(only: str, measurements: Sequence[Measurement]) -> set[str]:
    """The ids that a list like `P-4,B-1` names; an id names its parts too, nothing names all.

    Raises:
        UnknownId: nothing measures one of them.
    """
    known = [row_id for one in measurements for row_id in one.ids]
    names = [name.strip() for name in only.split(",") if name.strip()]
    for name in names:
        if not any(_is_part(row_id, name) for row_id in known):
            raise UnknownId(f"Nothing measures {name}: choose among {', '.join(known)}.")
    return {
        row_id for row_id in known if not names or any(_is_part(row_id, name) for name in names)
    }


def _is_part(row_id: str, name: str) -> bool:
    """P-11a is a part of P-11, but not of P-1."""
    return re.fullmatch(f"{re.escape(name)}[a-z]*", row_id, re.IGNORECASE) is not None


def _order(row_id: str) -> tuple[str, int, str]:
    letter, _, number = row_id.partition("-")
    return letter, int(re.sub(r"\D", "", number)), row_id
