"""What a run that is over refers to in other domains, and which of that points to nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from kernel.identifiers import TraceId
from services.orchestrator.domain.run_contract import RunContract


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReferences:
    """What activity says of the run."""

    project_id: str
    agent_id: str
    # Empty for a run that was never authorized.
    snapshot_id: str
    # Empty for a run that was never begun.
    trace_id: TraceId
    trace_incident_id: str
    incident_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the other domains have of it."""

    # Project of its agent; None if accounts knows no such agent.
    agent_project_id: str | None
    has_snapshot: bool
    incident_ids: frozenset[str]
    # Records that its model calls must have, and those that are there.
    expected_records: tuple[str, ...]
    records: frozenset[str]
    has_entry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLink:
    """A reference that points to nothing, by both of its ends."""

    # Names it among the links of its run.
    name: str
    source: str
    target: str

    @property
    def detail(self) -> str:
        """What is broken, in a few words."""
        return f"{self.source} refers to {self.target}, which is not there"


def lost_run(contract: RunContract) -> BrokenLink:
    """The link of a contract whose run nobody knows."""
    return BrokenLink(
        name="run", source="the audit contract at orchestrator", target=f"{contract.id} at activity"
    )


def homeless_incident(incident_id: str, run_id: str) -> BrokenLink:
    """The link of an incident whose run nobody knows."""
    return BrokenLink(name="run", source=incident_id, target=f"{run_id} at activity")


def broken_links(
    contract: RunContract, run: RunReferences, around: Surroundings
) -> Iterator[BrokenLink]:
    """Every reference of a run that points to nothing."""
    run_id = contract.id
    if around.agent_project_id is None:
        yield BrokenLink(name="agent", source=run_id, target=f"{run.agent_id} at accounts")
    elif around.agent_project_id != run.project_id:
        target = f"{run.project_id} as the project of {run.agent_id} at accounts"
        yield BrokenLink(name="project", source=run_id, target=target)
    if run.snapshot_id and not around.has_snapshot:
        yield BrokenLink(name="snapshot", source=run_id, target=f"{run.snapshot_id} at policies")
    # Those that are there and not counted yet are counted when incidents are looked through.
    if run.incident_count > len(around.incident_ids):
        target = f"incident {run.incident_count} of {len(around.incident_ids)}"
        yield BrokenLink(name="incident_count", source=run_id, target=target)
    if run.trace_incident_id and run.trace_incident_id not in around.incident_ids:
        target = f"{run.trace_incident_id} at incidents"
        yield BrokenLink(name="trace_incident", source=run.trace_id, target=target)
    absent = [one for one in around.expected_records if one not in around.records]
    if absent:
        target = f"{len(absent)} records at logs, the first of them {absent[0]}"
        yield BrokenLink(name="records", source=run.trace_id, target=target)
    if not around.has_entry:
        target = "its RUN_COMPLETED entry in the ledger"
        yield BrokenLink(name="ledger_entry", source=run_id, target=target)
