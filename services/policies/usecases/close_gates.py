"""Close gates of runs that are complete, and take back what did not go through."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kernel.clock import Clock
from kernel.errors import ServiceError
from kernel.identifiers import RunId, TenantId
from kernel.merkle import CompactRange, leaf_hash
from kernel.pagination import PageRequest
from kernel.principal import Principal
from services.policies.domain.action import Action
from services.policies.domain.errors import GateNotFound
from services.policies.domain.events import GateChanged
from services.policies.domain.gate import STATE_AFTER, Gate, GateState
from services.policies.usecases.move_gates import known_gate
from services.policies.usecases.open_run import START
from services.policies.usecases.ports import StoredDecision, UnitOfWork

_PAGE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a decision says, as far as it matters when its run is over."""

    action: Action
    # The policy whose finding won; empty when none did.
    policy_id: str
    # Whether it only repeats where the gate stood.
    at_gate: bool
    requires_ack: bool
    # How near a limit in force was, in percent.
    proximity_percent: int


ReadAnswer = Callable[[bytes], Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedGate:
    """A gate that is closed, and what it had come to."""

    gate: Gate
    decision_count: int
    # The decision that stopped or killed the run, if one did.
    ended_by: StoredDecision | None
    highest_proximity_percent: int


async def close_gates(
    run_ids: Sequence[RunId],
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
    read: ReadAnswer,
) -> dict[RunId, ClosedGate | ServiceError]:
    """Close gates with the root over everything that was decided; closed ones stay as they are.

    Each is answered, or is an error: GateNotFound for a run that was never opened.
    """
    held = await unit_of_work.gates.hold_all(principal.tenant_id, run_ids)
    outcomes: dict[RunId, ClosedGate | ServiceError] = {}
    known = {run_id: _visible(held.get(run_id), run_id, principal) for run_id in run_ids}
    gates = {run_id: gate for run_id, gate in known.items() if isinstance(gate, Gate)}
    records = await _records(principal.tenant_id, gates, unit_of_work, read)
    changed: list[Gate] = []
    for run_id, gate in known.items():
        if isinstance(gate, ServiceError):
            outcomes[run_id] = gate
            continue
        record = records[run_id]
        closed = gate
        if gate.decisions_root:
            unit_of_work.leave_unchanged()
        else:
            root = record.tree.root().hex()
            closed = gate.closed(root, at=clock.now(), by=principal.actor_id)
            changed.append(closed)
            _announce("CLOSED", closed, gate, principal, unit_of_work)
        outcomes[run_id] = record.of(closed)
    await unit_of_work.gates.update_all(changed)
    return outcomes


async def reopen_gates(
    run_ids: Sequence[RunId], *, principal: Principal, unit_of_work: UnitOfWork, clock: Clock
) -> dict[RunId, Gate | ServiceError]:
    """Open closed gates again, as they were; stopped and killed ones lose nothing but their root.

    Each is answered, or is an error: GateNotFound for a run that was never opened, IllegalGateStep
    where nobody knows what a gate was. One that is not closed stays as it is.
    """
    held = await unit_of_work.gates.hold_all(principal.tenant_id, run_ids)
    outcomes: dict[RunId, Gate | ServiceError] = {}
    changed: list[Gate] = []
    for run_id in run_ids:
        try:
            gate = known_gate(held.get(run_id), run_id, principal)
            reopened = gate.reopened(at=clock.now())
        except ServiceError as error:
            outcomes[run_id] = error
            continue
        outcomes[run_id] = reopened
        if reopened is gate:
            unit_of_work.leave_unchanged()
            continue
        changed.append(reopened)
        _announce("REOPENED", reopened, gate, principal, unit_of_work)
    await unit_of_work.gates.update_all(changed)
    return outcomes


async def read_gates(
    run_ids: Sequence[RunId], *, principal: Principal, unit_of_work: UnitOfWork
) -> list[Gate]:
    """Return the gates of runs, without those that the principal may not know of."""
    found = await unit_of_work.gates.find_all(principal.tenant_id, run_ids)
    known = (_visible(gate, run_id, principal) for run_id, gate in found.items())
    return [gate for gate in known if isinstance(gate, Gate)]


async def decisions_root(gate: Gate, unit_of_work: UnitOfWork) -> str:
    """The RFC 6962 root over the decisions of a run, in the order of their identifiers."""
    tree = CompactRange()
    async for decision in _decisions(gate.tenant_id, [gate.run_id], unit_of_work):
        tree.append(leaf_hash(leaf_of(decision)))
    return tree.root().hex()


def leaf_of(decision: StoredDecision) -> bytes:
    """What of a decision is proven: what was known, and what was answered."""
    return len(decision.inputs).to_bytes(8, "big") + decision.inputs + decision.answer


@dataclass(slots=True, kw_only=True)
class _Record:
    """Everything that was decided for a run, as it is read through once."""

    gate: Gate
    tree: CompactRange = field(default_factory=CompactRange)
    count: int = 0
    proximity: int = 0
    ended_by: StoredDecision | None = None

    def take(self, decision: StoredDecision, reading: Reading) -> None:
        """Add the next decision."""
        self.tree.append(leaf_hash(leaf_of(decision)))
        self.count += 1
        self.proximity = max(self.proximity, reading.proximity_percent)
        if self._ended(decision, reading):
            self.ended_by = decision

    def of(self, gate: Gate) -> ClosedGate:
        """What the gate had come to."""
        return ClosedGate(
            gate=gate,
            decision_count=self.count,
            ended_by=self.ended_by,
            highest_proximity_percent=self.proximity,
        )

    def _ended(self, decision: StoredDecision, reading: Reading) -> bool:
        """Whether the gate stands as it does because of the decision, and not of a person."""
        gate = self.gate
        if gate.state not in (GateState.STOPPED, GateState.KILLED):
            return False
        if reading.at_gate or reading.requires_ack:
            return False
        if STATE_AFTER.get(reading.action) is not gate.state:
            return False
        # A gate that was over from the start was changed by nobody but who opened it.
        return reading.policy_id == gate.changed_by or decision.step_id == START


async def _records(
    tenant_id: TenantId, gates: Mapping[RunId, Gate], unit_of_work: UnitOfWork, read: ReadAnswer
) -> dict[RunId, _Record]:
    records = {run_id: _Record(gate=gate) for run_id, gate in gates.items()}
    async for decision in _decisions(tenant_id, sorted(records), unit_of_work):
        records[RunId(decision.run_id)].take(decision, read(decision.answer))
    return records


async def _decisions(
    tenant_id: TenantId, run_ids: Sequence[RunId], unit_of_work: UnitOfWork
) -> AsyncIterator[StoredDecision]:
    """Everything that was decided for runs, run after run."""
    page = PageRequest(size=_PAGE)
    while run_ids:
        found = await unit_of_work.decisions.of_runs(tenant_id, run_ids, page)
        for decision in found.items:
            yield decision
        if found.next_after is None:
            return
        page = replace(page, after=found.next_after)


def _visible(gate: Gate | None, run_id: RunId, principal: Principal) -> Gate | GateNotFound:
    try:
        return known_gate(gate, run_id, principal)
    except GateNotFound as error:
        return error


def _announce(
    step: str, gate: Gate, before: Gate, principal: Principal, unit_of_work: UnitOfWork
) -> None:
    event = GateChanged(gate=gate, step=step)
    unit_of_work.announce(event, actor=principal.actor, before=before)
