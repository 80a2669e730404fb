"""What the use cases need of the outer ring."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kernel.identifiers import PolicyId, RunId, SnapshotId, TenantId
from kernel.ledger import LedgerEntry
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor
from kernel.run_log import RunLogEntry
from services.policies.domain.counting import Counter, CounterKey
from services.policies.domain.decision import Decision
from services.policies.domain.events import PoliciesEvent, StepEvent
from services.policies.domain.gate import Gate
from services.policies.domain.governance import GovernanceState
from services.policies.domain.policy import Policy, PolicyState
from services.policies.domain.policy_body import PolicyBody, ScopeType
from services.policies.domain.program import RunContext
from services.policies.domain.reservation import Reservation
from services.policies.domain.rollout import Candidate, Divergence
from services.policies.domain.snapshot import Snapshot

GateKey = tuple[str, str]
StepKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """What a policy said at one time."""

    version: int
    body: PolicyBody
    content_hash: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatePolicy:
    """An active policy as it is kept; whether it can be understood is another question."""

    policy_id: PolicyId
    version: int
    content: bytes
    # Another version of it that is on trial.
    on_trial: Candidate | None = None


class PolicyRepository(Protocol):
    """Keeps policies, their versions, and whom the active ones are for."""

    async def add(self, policy: Policy) -> None:
        """Keep a new policy."""
        ...

    async def find(self, tenant_id: TenantId, policy_id: PolicyId) -> Policy | None:
        """Return the policy, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, policy_id: PolicyId) -> Policy | None:
        """Return the policy as it stays until this transaction ends."""
        ...

    async def update(self, policy: Policy) -> None:
        """Keep the new state of a policy that is held."""
        ...

    async def keep_version(self, policy: Policy, *, by: str) -> None:
        """Keep for ever what an active policy says."""
        ...

    async def put_in_force(self, policy: Policy) -> None:
        """Let runs find the policy, and its shared budgets obey its caps."""
        ...

    async def take_out_of_force(self, policy: Policy) -> None:
        """Let runs that begin now no longer find the policy."""
        ...

    async def epoch(self, tenant_id: TenantId) -> int:
        """How many times what is in force has changed."""
        ...

    async def count_change(self, tenant_id: TenantId) -> None:
        """Note that what runs are decided by has changed, so that those under way are checked."""
        ...

    async def rollout_under_way(self, tenant_id: TenantId, policy_id: PolicyId) -> str | None:
        """Return the rollout of the policy that is not over, or None."""
        ...

    async def applying_to(self, context: RunContext) -> Sequence[CandidatePolicy]:
        """Return the active policies that apply to a run, each as it is kept."""
        ...

    async def list(
        self, tenant_id: TenantId, state: PolicyState | None, page: PageRequest
    ) -> Page[Policy]:
        """Return policies, newest first."""
        ...

    async def versions(
        self, tenant_id: TenantId, policy_id: PolicyId, page: PageRequest
    ) -> Page[PolicyVersion]:
        """Return what a policy has said, newest version first."""
        ...


class SnapshotRepository(Protocol):
    """Keeps snapshots, each content once."""

    async def keep(self, snapshot: Snapshot) -> Snapshot:
        """Keep a snapshot, or return the one that has the same content already."""
        ...

    async def find(self, tenant_id: TenantId, snapshot_id: SnapshotId) -> Snapshot | None:
        """Return the snapshot, or None if the tenant has none with this id."""
        ...


class GateRepository(Protocol):
    """Keeps gates."""

    async def add(self, gate: Gate) -> bool:
        """Keep a new gate; False if the run has one."""
        ...

    async def find(self, tenant_id: TenantId, run_id: RunId) -> Gate | None:
        """Return the gate, or None if the run was never opened."""
        ...

    async def hold(self, tenant_id: TenantId, run_id: RunId) -> Gate | None:
        """Return the gate as it stays until this transaction ends; admission waits meanwhile."""
        ...

    async def find_all(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, Gate]:
        """Return the gates of those of the runs that were opened."""
        ...

    async def hold_all(self, tenant_id: TenantId, run_ids: Sequence[RunId]) -> dict[RunId, Gate]:
        """Return the gates as they stay, locked in the order in which admission locks them."""
        ...

    async def update(self, gate: Gate) -> None:
        """Keep the new state of a gate that is held."""
        ...

    async def update_all(self, gates: Sequence[Gate]) -> None:
        """Keep the new states of gates that are held."""
        ...

    async def note_check(self, gate: Gate, epoch: int) -> None:
        """Note which change of policies a run has been checked against."""
        ...

    async def steps_in_flight(self, tenant_id: TenantId, run_id: RunId) -> int:
        """How many steps are admitted and not settled."""
        ...

    async def decision_count(self, tenant_id: TenantId, run_id: RunId) -> int:
        """How many decisions were made for the run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A decision as it is kept: what was known and what was answered."""

    id: str
    run_id: str
    step_id: str
    gate_epoch: int
    question_hash: bytes
    action: int
    inputs: bytes
    answer: bytes
    decided_at: datetime


class DecisionReader(Protocol):
    """Reads what was decided."""

    async def last_of_step(
        self, tenant_id: TenantId, run_id: RunId, step_id: str
    ) -> StoredDecision | None:
        """Return the last decision on a step."""
        ...

    async def of_run(
        self, tenant_id: TenantId, run_id: RunId, page: PageRequest
    ) -> Page[StoredDecision]:
        """Return the decisions of a run, oldest first."""
        ...

    async def of_runs(
        self, tenant_id: TenantId, run_ids: Sequence[RunId], page: PageRequest
    ) -> Page[StoredDecision]:
        """Return the decisions of runs, run after run, each run's oldest first."""
        ...


class GovernanceReader(Protocol):
    """Knows where the switch stands."""

    async def in_force(self, tenant_id: TenantId) -> GovernanceState:
        """Return what counts for a tenant."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOverride:
    """An override that is open now."""

    id: str
    tenant_id: str
    policy_id: str
    scope_type: ScopeType
    scope_id: str
    opened_by: str
    opened_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideUse:
    """A decision that an override has spared something, and what the ledger says of a first one."""

    override_id: str
    decision: Decision
    entry: LedgerEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a batch of questions is decided by, as it stays until the transaction ends."""

    now: datetime
    gates: Mapping[GateKey, Gate]
    governance: Mapping[str, GovernanceState]
    overrides: Sequence[OpenOverride]


@dataclass(slots=True, kw_only=True)
class DecisionRow:
    """One decision as it is written."""

    decision: Decision
    question_hash: bytes
    inputs: bytes
    answer: bytes

    @property
    def gate_epoch(self) -> int:
        """Under which epoch of the gate it was made."""
        return self.decision.gate_epoch

    @property
    def action(self) -> int:
        """What is to be done."""
        return self.decision.verdict.action


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Everything that a batch of questions leaves behind."""

    decisions: Sequence[DecisionRow]
    reservations: Sequence[Reservation]
    counters: Sequence[Counter]
    gates: Sequence[Gate]
    enforcements: Sequence[tuple[Decision, str]]
    decided_at: datetime
    expires_at: datetime | None = None
    override_uses: Sequence[OverrideUse] = ()
    divergences: Sequence[Divergence] = ()


class AdmissionTransaction(Protocol):
    """One transaction of a batch, straight on the driver."""

    async def hold_gates(self, keys: Sequence[GateKey]) -> Situation:
        """Lock the gates, in one order, and read what governs them."""
        ...

    async def decided(self, keys: Sequence[StepKey]) -> Mapping[StepKey, StoredDecision]:
        """Return the last decision on each of the steps that has one."""
        ...

    async def hold_counters(
        self, keys: Sequence[CounterKey], now: datetime
    ) -> dict[tuple[str, str], Counter]:
        """Lock the counters, in one order, making those that are missing."""
        ...

    async def find_snapshot(self, tenant_id: str, snapshot_id: str) -> Snapshot | None:
        """Return a snapshot."""
        ...

    async def write(self, written: Written) -> None:
        """Write everything that a batch leaves behind."""
        ...

    async def hold_known_counters(
        self, names: Iterable[tuple[str, str]], now: datetime
    ) -> dict[tuple[str, str], Counter]:
        """Lock counters that exist, in one order."""
        ...

    async def hold_reservations(self, keys: Sequence[StepKey]) -> Mapping[StepKey, Reservation]:
        """Lock reservations, in one order."""
        ...

    async def update_reservations(
        self, reservations: Sequence[Reservation], counters: Sequence[Counter]
    ) -> None:
        """Keep the new states of reservations and counters that are held."""
        ...

    async def widen_reservation(self, reservation: Reservation) -> None:
        """Keep what an open reservation, which is held, holds from now on."""
        ...

    def log(self, entry: RunLogEntry) -> None:
        """Let a line enter a run's log with this transaction."""
        ...

    def announce_step(self, event: StepEvent) -> None:
        """Let an event of a step leave with this transaction."""
        ...

    def announce_gate(self, gate: Gate, *, before: Gate, step: str, actor: Actor) -> None:
        """Let a change of a gate leave, and enter the ledger, with this transaction."""
        ...

    def record(self, entry: LedgerEntry) -> None:
        """Let an entry enter the ledger with this transaction."""
        ...

    async def commit(self) -> None:
        """Make everything durable."""
        ...


OpenAdmission = Callable[..., AbstractAsyncContextManager[AdmissionTransaction]]


class UnitOfWork(Protocol):
    """One transaction; whoever opened it commits it."""

    @property
    def policies(self) -> PolicyRepository:
        """The policies, as this transaction sees them."""
        ...

    @property
    def snapshots(self) -> SnapshotRepository:
        """The snapshots, as this transaction sees them."""
        ...

    @property
    def gates(self) -> GateRepository:
        """The gates, as this transaction sees them."""
        ...

    @property
    def decisions(self) -> DecisionReader:
        """The decisions, as this transaction sees them."""
        ...

    @property
    def governance(self) -> GovernanceReader:
        """The switch, as this transaction sees it."""
        ...

    async def admission(self) -> AdmissionTransaction:
        """The same transaction, for what is decided within it."""
        ...

    def announce(self, event: PoliciesEvent, *, actor: Actor, before: object | None = None) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        ...

    def leave_unchanged(self) -> None:
        """Say that what was asked for is so already."""
        ...

    async def commit(self) -> None:
        """Make everything durable; only batches, which nobody else commits, do it themselves."""
        ...
