"""What a run must collect before it counts as governed, written when it starts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import AgentId, ProjectId, RunId, TenantId, TraceId
from services.orchestrator.domain.kinds import RunMode


class Expectation(StrEnum):
    """One acknowledgement, by the domain that gives it."""

    ACTIVITY = "ACTIVITY"
    POLICIES = "POLICIES"
    INCIDENTS = "INCIDENTS"
    LOGS = "LOGS"


NO_TRACE = TraceId("")
WHAT = {
    Expectation.ACTIVITY: "the terminal status and the root over the steps",
    Expectation.POLICIES: "the closed gate and the root over the decisions",
    Expectation.INCIDENTS: "what the run came to: an incident, a prevention or an outcome",
    Expectation.LOGS: "the entry in the ledger that names all of it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContract:
    """The audit contract of one run, which is also what the orchestrator knows it by."""

    run_id: RunId
    tenant_id: TenantId
    project_id: ProjectId
    agent_id: AgentId
    mode: RunMode
    # Whether its completion waits until every acknowledgement is on disk.
    audit_durability: bool
    created_by: str
    created_at: datetime
    # Named when it begins, which is after the run was authorized.
    trace_id: TraceId = NO_TRACE
    closed_at: datetime | None = None
    synthetic_scenario_id: str = ""
    revision: int = 1

    @property
    def id(self) -> str:
        """What records call it: the run that it is for."""
        return self.run_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A domain's word that its part is on disk."""

    expectation: Expectation
    # What it named: a root, an identifier, a position in the ledger.
    reference: str
    at: datetime


def missing(acknowledged: frozenset[Expectation]) -> tuple[Expectation, ...]:
    """The acknowledgements that never came, in the order of the domains."""
    return tuple(one for one in Expectation if one not in acknowledged)
