"""One session: the runs that one connection of an agent executes.

Everything that must survive us is on disk in some domain before it is answered, so an agent that
connects to another replica goes on where it was; what is kept here only saves questions.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from kernel.errors import InvalidField
from kernel.identifiers import RunId
from kernel.principal import Principal
from services.orchestrator.domain.errors import (
    ContractNotFound,
    RunHeldElsewhere,
    RunNotHeld,
    StepNotAdmitted,
)
from services.orchestrator.domain.kinds import Cause, RunMode, Wish
from services.orchestrator.domain.permit import Directive, Permit, PermitTerms, directive
from services.orchestrator.domain.run_contract import RunContract
from services.orchestrator.domain.saga import Saga
from services.orchestrator.usecases.begin_completion import BeginCompletion, begin_completion
from services.orchestrator.usecases.ports import OpenUnitOfWork
from services.orchestrator.usecases.session_ports import (
    Decided,
    GateNow,
    Place,
    Renewal,
    StepDesk,
)
from services.orchestrator.usecases.start_run import RunStarter, StartedRun, StartRun


@dataclass(slots=True, kw_only=True)
class HeldRun:
    """A run that the session executes."""

    contract: RunContract
    # The latest state of its gate that the agent was told.
    epoch: int = 0
    admitted: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParts:
    """What every session of a replica is made of."""

    units_of_work: OpenUnitOfWork
    start_run: RunStarter
    desk: StepDesk
    # Gathered from all sessions of the replica, since each of them beats every other second.
    renew: Callable[[Renewal], Awaitable[bool]]
    terms: PermitTerms
    on_completion: Callable[[], None]


class RunSession:
    """What one agent may do with the runs that it holds."""

    def __init__(self, *, parts: SessionParts, principal: Principal, session_id: str) -> None:
        self._parts = parts
        self._principal = principal
        self._tenant_id = principal.tenant_id
        self._session_id = session_id
        self._runs: dict[RunId, HeldRun] = {}

    @property
    def terms(self) -> PermitTerms:
        """How permits are given."""
        return self._parts.terms

    @property
    def run_ids(self) -> list[RunId]:
        """The runs that it holds."""
        return list(self._runs)

    async def create(self, command: StartRun) -> tuple[StartedRun, Permit | None]:
        """Create a run and hold it.

        Raises:
            InvalidField: the run is not one that an agent executes.
            ServiceError: it cannot be started.
        """
        if command.mode is RunMode.MANAGED:
            raise InvalidField.named("create.mode", "must be external: an agent executes it")
        started = await self._parts.start_run(command)
        held = await self._hold(started.contract)
        held.epoch = started.gate.epoch
        gates = await self._parts.desk.gates(self._tenant_id, [held.contract.run_id])
        return started, self._permit(gates.get(held.contract.run_id))

    async def attach(self, run_id: RunId) -> tuple[RunContract, GateNow | None, Permit | None]:
        """Hold a run that exists.

        Raises:
            ContractNotFound: there is no such run, or none that the agent may know of.
            RunHeldElsewhere: another session executes it.
        """
        async with self._parts.units_of_work(self._tenant_id) as unit_of_work:
            contract = await unit_of_work.contracts.find(
                self._tenant_id, run_id, self._principal.project_id
            )
        if contract is None:
            raise ContractNotFound.of(run_id)
        if contract.mode is RunMode.MANAGED:
            raise RunHeldElsewhere(
                f"Our own worker executes the run {run_id}.", metadata={"run_id": run_id}
            )
        held = await self._hold(contract)
        gate = (await self._parts.desk.gates(self._tenant_id, [run_id])).get(run_id)
        held.epoch = gate.epoch if gate else 0
        return contract, gate, self._permit(gate)

    async def ask(
        self, run_id: RunId, step_id: str, question: Any
    ) -> tuple[Decided, Permit | None]:
        """Ask whether a step may happen.

        Raises:
            RunNotHeld: the session does not hold the run.
            ServiceError: policies refuses the question.
        """
        held = self._held(run_id)
        decided = await self._parts.desk.admit(self._tenant_id, question)
        if not decided.lets_step_happen:
            if decided.ends_run:
                await self._parts.desk.record_blocked(
                    self._tenant_id, held.contract.trace_id, question
                )
            return decided, None
        held.admitted.add(step_id)
        return decided, self._new_permit(run_id, decided.epoch)

    async def result(self, run_id: RunId, step_id: str, step: Any) -> Place:
        """Keep what a step came to, and what it used.

        Raises:
            RunNotHeld: the session does not hold the run.
            StepNotAdmitted: nobody admitted the step.
        """
        held = self._held(run_id)
        if step_id not in held.admitted:
            await self._require_admitted(run_id, step_id)
        place, late = await asyncio.gather(
            self._parts.desk.record(self._tenant_id, held.contract.trace_id, step),
            self._parts.desk.settle(self._tenant_id, run_id, step),
        )
        held.admitted.discard(step_id)
        return Place(index=place.index, late=place.late or late)

    async def beat(self, run_ids: Iterable[RunId]) -> tuple[list[Permit], list[Directive]]:
        """Renew what may go on; say what the others are to do."""
        wanted = [run_id for run_id in (run_ids or self._runs) if run_id in self._runs]
        if not wanted:
            return [], []
        renewed = await asyncio.gather(*(self._renew(run_id) for run_id in wanted))
        kept = [run_id for run_id, goes_on in zip(wanted, renewed, strict=True) if goes_on]
        for lost in set(wanted) - set(kept):
            self._runs.pop(lost, None)
        gates, _ = await asyncio.gather(
            self._parts.desk.gates(self._tenant_id, sorted(kept)),
            self._parts.desk.beat(self._tenant_id, sorted(kept)),
        )
        permits = [self._permit(gate) for gate in gates.values()]
        return [one for one in permits if one is not None], self.notice(gates.values())

    async def _renew(self, run_id: RunId) -> bool:
        return await self._parts.renew(
            Renewal(
                tenant_id=self._tenant_id,
                run_id=run_id,
                session_id=self._session_id,
                lasting=self.terms.held_for,
            )
        )

    async def complete(self, run_id: RunId, wish: Wish) -> Saga:
        """Say that a run is over.

        Raises:
            ContractNotFound: there is no such run, or none that the agent may know of.
            RunIsOver: it is completed already, and was not to end like this.
        """
        command = BeginCompletion.of(self._principal, run_id, wish, Cause.AGENT)
        async with self._parts.units_of_work(self._tenant_id) as unit_of_work:
            saga = await begin_completion(command, unit_of_work=unit_of_work)
            await unit_of_work.holders.release(self._tenant_id, [run_id], self._session_id)
            await unit_of_work.commit()
        self._runs.pop(run_id, None)
        self._parts.on_completion()
        return saga

    async def obey(self, run_id: RunId, epoch: int) -> None:
        """Keep that nothing of a halted run is under way any more."""
        async with self._parts.units_of_work(self._tenant_id) as unit_of_work:
            await unit_of_work.holders.obey(self._tenant_id, run_id, self._session_id, epoch)
            await unit_of_work.commit()

    async def leave(self) -> None:
        """Let go of every run, because the agent said goodbye."""
        if not self._runs:
            return
        async with self._parts.units_of_work(self._tenant_id) as unit_of_work:
            await unit_of_work.holders.release(self._tenant_id, self.run_ids, self._session_id)
            await unit_of_work.commit()

    def notice(self, gates: Iterable[GateNow]) -> list[Directive]:
        """What the agent is to be told of gates that have moved since it was told last."""
        told = []
        for gate in gates:
            held = self._runs.get(gate.run_id)
            if held is None or gate.epoch <= held.epoch:
                continue
            held.epoch = gate.epoch
            told.append(directive(gate.run_id, gate.state, gate.epoch, gate.reason))
        return told

    async def _hold(self, contract: RunContract) -> HeldRun:
        run_id = contract.run_id
        async with self._parts.units_of_work(self._tenant_id) as unit_of_work:
            taken = await unit_of_work.holders.take(
                self._tenant_id, run_id, self._session_id, self.terms.held_for
            )
            await unit_of_work.commit()
        if not taken:
            raise RunHeldElsewhere(
                f"Another session executes the run {run_id}. It can be taken up once that one has "
                f"let go, or after {self.terms.held_for.total_seconds():.0f} seconds of silence.",
                metadata={"run_id": run_id},
            )
        return self._runs.setdefault(run_id, HeldRun(contract=contract))

    def _held(self, run_id: RunId) -> HeldRun:
        held = self._runs.get(run_id)
        if held is None:
            raise RunNotHeld(
                f"This session does not hold the run {run_id}. Create it or attach it first.",
                metadata={"run_id": run_id},
            )
        return held

    async def _require_admitted(self, run_id: RunId, step_id: str) -> None:
        if not await self._parts.desk.was_admitted(self._tenant_id, run_id, step_id):
            raise StepNotAdmitted(
                f"Nobody admitted the step {step_id} of {run_id}. Ask before it happens.",
                metadata={"run_id": run_id, "step_id": step_id},
            )

    def _permit(self, gate: GateNow | None) -> Permit | None:
        return self._new_permit(gate.run_id, gate.epoch) if gate and gate.is_open else None

    def _new_permit(self, run_id: RunId, epoch: int) -> Permit:
        return Permit(run_id=run_id, epoch=epoch, valid_for=self.terms.valid_for)
