"""Gather what every domain keeps about a run, an incident or a proposal: all of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import NotFound
from kernel.identifiers import RunId
from kernel.principal import Principal
from services.orchestrator.domain.run_contract import Acknowledgement, Expectation, RunContract
from services.orchestrator.usecases.evidence_ports import EvidenceDesk, RunReading, Some
from services.orchestrator.usecases.look_after_sagas import SagaView
from services.orchestrator.usecases.ports import OpenUnitOfWork, UnitOfWork
from services.orchestrator.usecases.together import together

# What is listed by the run, by the names of the fields that hold it.
_LISTED = (
    "decisions",
    "enforcements",
    "preventions",
    "incidents",
    "run_records",
    "run_log",
    "retrievals",
    "ledger_entries",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvidence:
    """What is known about a run."""

    run: RunReading
    trace: Any | None
    gate: Any | None
    # By the names of the fields that hold it.
    lists: Mapping[str, Some]
    contract: RunContract | None
    acknowledged: Mapping[Expectation, Acknowledgement]
    saga: SagaView | None

    @property
    def truncated(self) -> list[str]:
        """The lists that hold only the first of more."""
        return sorted(name for name, some in self.lists.items() if some.more)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEvidence:
    """An incident with its run and the proposals that it led to."""

    found: Any
    run: Any | None
    proposals: Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalContext:
    """A proposal with the incident and the run that led to it."""

    proposal: Any
    incident: Any
    run: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceGatherer:
    """Asks all domains at once, and is content with nothing less than all their answers."""

    units_of_work: OpenUnitOfWork
    desk: EvidenceDesk

    async def of_run(self, run_id: RunId, *, principal: Principal, most: int) -> RunEvidence:
        """Return what is known about a run, at most so many of each kind.

        Raises:
            NotFound: there is no such run, or none that the principal may know of.
            Unavailable: a domain is away; it is named.
        """
        run = await self.desk.run(run_id)
        tenant_id = principal.tenant_id
        async with self.units_of_work(tenant_id) as unit_of_work:
            contract = await unit_of_work.contracts.find(tenant_id, run_id, None)
            acknowledged = await unit_of_work.contracts.acknowledgements(tenant_id, run_id)
            saga = await _completion(run_id, principal, unit_of_work)
        asked = {kind: self.desk.listed(kind, tenant_id, run_id, most) for kind in _LISTED}
        answers = await together(
            gate=self.desk.gate(tenant_id, run_id),
            traced=self._traced(run_id, principal, most),
            proposals=self._proposals(run, run_id, saga, principal),
            **asked,
        )
        trace, steps = answers.pop("traced")
        return RunEvidence(
            run=run,
            trace=trace,
            gate=answers.pop("gate"),
            lists={"steps": steps, **answers},
            contract=contract,
            acknowledged=acknowledged,
            saga=saga,
        )

    async def of_incident(self, incident_id: str, *, principal: Principal) -> IncidentEvidence:
        """Return an incident with its run and the proposals that it led to.

        Raises:
            NotFound: there is no such incident, or none that the principal may know of.
            Unavailable: a domain is away; it is named.
        """
        found = await self.desk.incident(incident_id)
        incident = found.incident
        if not incident.run_id:
            return IncidentEvidence(found=found, run=None, proposals=())
        run_id = RunId(incident.run_id)
        run = await self.desk.run(run_id)
        async with self.units_of_work(principal.tenant_id) as unit_of_work:
            saga = await _completion(run_id, principal, unit_of_work)
        proposals = await self._proposals(run, run_id, saga, principal)
        led_to = [one for one in proposals.items if one.triggering_incident_id == incident_id]
        return IncidentEvidence(found=found, run=run.message, proposals=led_to)

    async def of_proposal(self, proposal_id: str, *, principal: Principal) -> ProposalContext:
        """Return a proposal with the incident and the run that led to it.

        Raises:
            NotFound: there is no such proposal, or it came of a run that the principal may not
                know of.
            Unavailable: a domain is away; it is named.
        """
        try:
            proposal = await self.desk.proposal(principal.tenant_id, proposal_id)
            run = await self.desk.run(proposal.triggering_run_id)
            found = await self.desk.incident(proposal.triggering_incident_id)
        except NotFound:
            # Whoever may not know of the run is told what anybody is told who asks for nothing.
            raise NotFound(
                f"There is no proposal {proposal_id}.", metadata={"proposal_id": proposal_id}
            ) from None
        return ProposalContext(proposal=proposal, incident=found.incident, run=run.message)

    async def _traced(
        self, run_id: RunId, principal: Principal, most: int
    ) -> tuple[Any | None, Some]:
        trace = await self.desk.trace(principal.tenant_id, run_id)
        if trace is None:
            return None, Some(items=(), more=False)
        return trace, await self.desk.steps(principal.tenant_id, trace.trace_id, most)

    async def _proposals(
        self, run: RunReading, run_id: RunId, saga: SagaView | None, principal: Principal
    ) -> Some:
        """What the completion of the run has proposed, and what anybody else has because of it."""
        named = [
            name
            for step in (saga.steps if saga else ())
            for name in step.outcome.get("proposals", ())
        ]
        return await self.desk.proposals(
            principal.tenant_id,
            named,
            run.created_at,
            lambda proposal: proposal.triggering_run_id == run_id,
        )


async def _completion(
    run_id: RunId, principal: Principal, unit_of_work: UnitOfWork
) -> SagaView | None:
    saga = await unit_of_work.sagas.of_run(principal.tenant_id, run_id)
    if saga is None:
        return None
    return SagaView(saga=saga, steps=await unit_of_work.sagas.steps(saga))
