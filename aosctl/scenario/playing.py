"""A scenario played on a plane: what is given, the causes in their order, then the effects."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc

from aosctl.errors import OperatorError
from aosctl.refusals import refused
from aosctl.scenario.cast import Cast
from aosctl.scenario.causes import happen
from aosctl.scenario.document import Cause, Effects, Scenario
from aosctl.scenario.expectations import Seen, expectations, unmarked
from aosctl.scenario.people_causes import suspend_guardrails, write_policy
from aosctl.stage.calling import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of a scenario."""

    name: str
    tenant_id: str
    run_ids: dict[str, str]
    effects: tuple[Seen, ...]
    seconds: float
    # What kept the causes from happening; empty when all of them did.
    broken_off: str = ""

    @property
    def holds(self) -> bool:
        """Whether every cause happened and every effect followed."""
        return not self.broken_off and all(one.holds for one in self.effects)


class Telling:
    """Hears what happens while it does; this one is not interested."""

    def caused(self, what: str) -> None:
        """Something has happened."""

    def followed(self, seen: Seen) -> None:
        """An effect was looked for."""


@dataclass(slots=True, kw_only=True)
class Playing:
    """One scenario, as a tenant of its own."""

    scenario: Scenario
    cast: Cast
    telling: Telling = field(default_factory=Telling)

    async def all(self) -> Played:
        """Play everything; whatever happens, nothing of it goes on afterwards."""
        began = time.monotonic()
        effects: list[Seen] = []
        broken_off = ""
        try:
            await self._given()
            await self._causes()
            effects = await self._effects()
        except OperatorError as error:
            broken_off = str(error)
        except grpc.aio.AioRpcError as error:
            broken_off = f"refused as {refused(error)}"
        finally:
            await self.cast.leave()
        return Played(
            name=self.scenario.name,
            tenant_id=self.cast.stage.development.tenant_id,
            run_ids={name: run.run_id for name, run in self.cast.runs.items()},
            effects=tuple(effects),
            seconds=time.monotonic() - began,
            broken_off=broken_off,
        )

    async def _given(self) -> None:
        wanted = self.scenario.given.profile.upper()
        if wanted:
            capable = await self.cast.stage.call("orchestrator", "run", "GetCapabilities")
            if capable.profile != wanted:
                raise OperatorError(f"the plane runs under {capable.profile}, {wanted} is needed")
        if not self.scenario.given.guardrails:
            await suspend_guardrails(self.cast)
        for document in self.scenario.given.policies:
            policy_id = await write_policy(self.cast, document)
            self.telling.caused(f"policy {document.name}: {policy_id}")

    async def _causes(self) -> None:
        for number, cause in enumerate(self.scenario.causes, 1):
            ((name, what),) = cause.named
            title = f"{number}. {name.replace('_', ' ')}{_particulars(what)}"
            try:
                became = await self._happened(cause, name, what)
            except OperatorError as error:
                raise OperatorError(f"cause {title}: {error}") from error
            self.telling.caused(f"{title}: {became}")

    async def _happened(self, cause: Cause, name: str, what: Any) -> str:
        if isinstance(what, Effects):
            return await self._until(what)
        return await happen(self.cast, name, what, must_be_refused_as=cause.refused)

    async def _until(self, effects: Effects) -> str:
        until = time.monotonic() + self.scenario.within_seconds
        for one in expectations(effects):
            seen = await one.awaited(self.cast, until=until)
            if not seen.holds:
                raise OperatorError(f"{seen.place}: {'; '.join(seen.differences)}")
        return "seen"

    async def _effects(self) -> list[Seen]:
        """Wait for each effect, then look at all of them once more: what holds must stay so."""
        until = time.monotonic() + self.scenario.within_seconds
        wanted = [one for effects in self.scenario.effects for one in expectations(effects)]
        for one in wanted:
            await one.awaited(self.cast, until=until)
        seen = [await one.looked(self.cast) for one in wanted] + await unmarked(self.cast)
        for outcome in seen:
            self.telling.followed(outcome)
        return seen


async def play(
    scenario: Scenario, stage: Stage, telling: Callable[[], Telling] = Telling
) -> Played:
    """Play a scenario as a tenant of its own, in which nothing else happens."""
    guest = await stage.guest(f"scenario {scenario.name}")
    cast = Cast(scenario=scenario.name, stage=guest)
    return await Playing(scenario=scenario, cast=cast, telling=telling()).all()


def _particulars(what: Any) -> str:
    """Which run, step or policy it is about."""
    names = ("name", "run", "of", "step", "policy", "to")
    said = [
        str(getattr(what, name, "")) for name in names if isinstance(getattr(what, name, ""), str)
    ]
    return "".join(f" {one}" for one in said if one)
