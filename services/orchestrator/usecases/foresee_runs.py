"""Say what would happen to a run, and what its wisher may use. Nothing of a run is made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kernel.errors import ServiceError, Unavailable
from kernel.identifiers import ProjectId
from kernel.ledger import LedgerEntry
from kernel.principal import Principal
from services.orchestrator.domain.arguments import resolved
from services.orchestrator.domain.plan import Plan
from services.orchestrator.domain.skill import Skill
from services.orchestrator.domain.skill_failure import SkillFailed
from services.orchestrator.usecases.ports import OpenUnitOfWork
from services.orchestrator.usecases.skill_works import SkillWorks
from services.orchestrator.usecases.start_run import StartDesk, StartRun, check_wanted

_DEGRADED = "GOVERNANCE_DEGRADED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInForce:
    """A policy, as far as it matters whom it is for."""

    id: str
    scope: str
    ids: frozenset[str]

    def applies_to_every_run_of(self, principal: Principal) -> bool:
        """Whether it is for everything that somebody may start."""
        known = {
            "PROJECT": principal.project_id,
            "API_KEY": principal.api_key_id,
            "HUMAN_ACTOR": principal.person_id,
        }
        return self.scope in ("ALL_RUNS", "TENANT") or known.get(self.scope) in self.ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What policies would say at the start of a run; the decision is handed on as it came."""

    policy_ids: Sequence[str]
    decision: Any


class Foresight(Protocol):
    """Policies, asked about what has not happened."""

    async def preview(self, command: StartRun, project_id: ProjectId) -> Preview:
        """Say what would be decided at the start.

        Raises:
            ServiceError: the run would not begin, and why.
        """
        ...

    async def in_force(self, principal: Principal) -> Sequence[PolicyInForce]:
        """Return every policy in force."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What would happen to a run."""

    policy_ids: Sequence[str] = ()
    decision: Any = None
    cost_micro_usd: int = 0
    # Why it would be refused before any policy is asked.
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunForesight:
    """What is known of runs before they are."""

    units_of_work: OpenUnitOfWork
    works: SkillWorks
    desk: StartDesk
    foresight: Foresight

    @property
    def profile(self) -> str:
        """The profile of governance that is in force."""
        return self.works.profile.value

    @property
    def skills(self) -> Mapping[str, Skill]:
        """The skills of managed runs under it."""
        return self.works.skills

    async def policies_of(self, principal: Principal) -> list[str]:
        """Return the policies that apply to every run that somebody may start."""
        found = await self.foresight.in_force(principal)
        return sorted(one.id for one in found if one.applies_to_every_run_of(principal))

    async def simulate(self, command: StartRun) -> Simulated:
        """Say what would happen, and leave nothing behind but that somebody asked.

        Raises:
            Unavailable: somebody who has to be asked is away.
        """
        simulated = await self._simulated(command)
        principal = command.principal
        entry = LedgerEntry(
            tenant_id=principal.tenant_id,
            event_type="RUN_SIMULATED",
            entity_type="agent",
            entity_id=command.agent_id,
            actor=principal.actor,
            after={
                "policy_ids": list(simulated.policy_ids),
                "estimated_cost_micro_usd": simulated.cost_micro_usd,
                "refusal": simulated.refusal,
            },
        )
        async with self.units_of_work(principal.tenant_id) as unit_of_work:
            unit_of_work.record(entry)
            await unit_of_work.commit()
        return simulated

    async def _simulated(self, command: StartRun) -> Simulated:
        try:
            check_wanted(command.plan, command.mode, self.skills)
            cost = 0 if command.plan is None else self._cost(command.plan)
            project_id = await self.desk.project_of(command)
            preview = await self.foresight.preview(command, project_id)
        except SkillFailed as error:
            return Simulated(refusal=error.message)
        except ServiceError as error:
            if isinstance(error, Unavailable) and error.reason != _DEGRADED:
                raise
            return Simulated(refusal=error.message)
        return Simulated(
            policy_ids=preview.policy_ids, decision=preview.decision, cost_micro_usd=cost
        )

    def _cost(self, plan: Plan) -> int:
        """What a plan may cost at most; what its steps will say to each other nobody knows yet."""
        nothing: Mapping[str, Any] = defaultdict(str)
        total = 0
        for step in plan.steps:
            executor = self.works.executors.get(step.skill)
            if executor is not None:
                arguments = resolved(step.arguments, nothing)
                total += executor.estimate(arguments).cost_micro_usd
        return total
