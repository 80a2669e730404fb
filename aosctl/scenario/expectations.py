"""Single expectations: awaited until they are met or their time is over, and what was seen."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import grpc

from aosctl.refusals import refused
from aosctl.scenario.cast import Cast
from aosctl.scenario.document import DOMAINS, Effects
from aosctl.scenario.looks import LOOKS, Look
from aosctl.scenario.matching import differences, shown
from aosctl.scenario.reading import COUNT, NONE, SOME

_LOOK_SECONDS = 0.1
_SHOWN = 12
_MARK = "synthetic_scenario_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of one expectation."""

    place: str
    # What is not as expected; empty when everything is.
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether it is as expected."""
        return not self.differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must be seen of one kind in one domain."""

    of: str
    domain: str
    name: str
    expected: Mapping[str, Any]

    @property
    def place(self) -> str:
        """How it is spoken of."""
        run = f" of {self.of}" if self.of else ""
        return f"{self.domain}.{self.name}{run}"

    @property
    def _look(self) -> Look:
        return LOOKS[self.domain][self.name]

    async def awaited(self, cast: Cast, *, until: float) -> Seen:
        """Look until it holds or the time is over; at least once."""
        seen = await self.looked(cast)
        while not seen.holds and time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)
            seen = await self.looked(cast)
        return seen

    async def looked(self, cast: Cast) -> Seen:
        """Look once."""
        try:
            found = await self._look.see(cast.stage, cast.subject(self.of))
        except grpc.aio.AioRpcError as error:
            return Seen(place=self.place, differences=(f"refused as {refused(error)}",))
        policies = cast.policy_ids
        if not self._look.many:
            told = differences(found[0], self.expected, policies)
        else:
            told = _differences_of_list(found, self.expected, policies)
        return Seen(place=self.place, differences=tuple(told))


def expectations(effects: Effects) -> Iterator[Expectation]:
    """Every single thing that must be seen."""
    for domain in DOMAINS:
        for name, expected in getattr(effects, domain).items():
            yield Expectation(of=effects.of, domain=domain, name=name, expected=expected)


async def unmarked(cast: Cast) -> list[Seen]:
    """Everything that runs of the scenario have caused and that does not carry its name."""
    marked = [
        (domain, name, look)
        for domain, looks in LOOKS.items()
        for name, look in looks.items()
        if not look.of_tenant and _MARK in look.kind.DESCRIPTOR.fields_by_name
    ]
    bare = []
    for run_name, run in cast.runs.items():
        for domain, name, look in marked:
            try:
                found = await look.see(cast.stage, run.subject)
            except grpc.aio.AioRpcError:
                # A run that was never completed has no saga; whether it should is not asked here.
                continue
            carried = {getattr(one, _MARK) for one in found}
            if carried - {cast.scenario}:
                said = f"{_MARK} is {', '.join(sorted(carried)) or 'empty'}"
                place = f"{domain}.{name} of {run_name}"
                bare.append(Seen(place=place, differences=(f"{said}, expected {cast.scenario}",)))
    return bare


def _differences_of_list(
    found: list[Any], expected: Mapping[str, Any], policies: Mapping[str, str]
) -> Iterator[str]:
    if COUNT in expected and len(found) != expected[COUNT]:
        yield f"there are {len(found)}, expected {expected[COUNT]}"
    for one in expected.get(SOME, ()):
        if not any(_is_as(each, one, policies) for each in found):
            yield f"none is {one}; there is {_instead(found, one)}"
    for one in expected.get(NONE, ()):
        if any(_is_as(each, one, policies) for each in found):
            yield f"one is {one}, expected none"


def _instead(found: list[Any], expected: Mapping[str, Any]) -> str:
    """The last of what is there instead; the first would be the oldest or of no interest."""
    last = [shown(each, expected) for each in found[-_SHOWN:]]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(last) + more if last else "none at all"


def _is_as(message: Any, expected: Mapping[str, Any], policies: Mapping[str, str]) -> bool:
    return not any(differences(message, expected, policies))
