"""Change gates from outside: stop, kill, pause, resume, acknowledge, close."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kernel.clock import Clock
from kernel.identifiers import RunId
from kernel.merkle import CompactRange, leaf_hash
from kernel.pagination import PageRequest
from kernel.principal import Principal
from services.policies.domain.errors import GateNotFound
from services.policies.domain.events import GateChanged
from services.policies.domain.gate import Gate, GateState
from services.policies.usecases.ports import StoredDecision, UnitOfWork

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveGate:
    """What somebody wants of a run, and why."""

    principal: Principal
    run_id: RunId
    reason: str


Step = Callable[[Gate, MoveGate, Clock], Gate]


def _to(state: GateState) -> Step:
    def step(gate: Gate, command: MoveGate, clock: Clock) -> Gate:
        return gate.moved(
            state, at=clock.now(), reason=command.reason, by=command.principal.actor_id
        )

    return step


def _resumed(gate: Gate, command: MoveGate, clock: Clock) -> Gate:
    return gate.resumed(at=clock.now(), reason=command.reason, by=command.principal.actor_id)


def _acknowledged(gate: Gate, command: MoveGate, clock: Clock) -> Gate:
    return gate.acknowledged(at=clock.now(), reason=command.reason, by=command.principal.actor_id)


STOP, KILL = ("STOPPED", _to(GateState.STOPPED)), ("KILLED", _to(GateState.KILLED))
PAUSE, RESUME = ("PAUSED", _to(GateState.PAUSED)), ("RESUMED", _resumed)
ACKNOWLEDGE = ("ACKNOWLEDGED", _acknowledged)


async def get_gate(run_id: RunId, *, principal: Principal, unit_of_work: UnitOfWork) -> Gate:
    """Return the gate of a run.

    Raises:
        GateNotFound: it was never opened, or the principal may not know of it.
    """
    gate = await unit_of_work.gates.find(principal.tenant_id, run_id)
    return known_gate(gate, run_id, principal)


async def move_gate(
    command: MoveGate, step: tuple[str, Step], *, unit_of_work: UnitOfWork, clock: Clock
) -> Gate:
    """Take one step of a gate's life; once it has committed, admission obeys it.

    Raises:
        GateNotFound: the run was never opened, or the principal may not know of it.
        IllegalGateStep: its state does not lead there.
    """
    gate = await _held(command, unit_of_work)
    name, move = step
    moved = move(gate, command, clock)
    await unit_of_work.gates.update(moved)
    unit_of_work.announce(
        GateChanged(gate=moved, step=name), actor=command.principal.actor, before=gate
    )
    return moved


async def close_gate(command: MoveGate, *, unit_of_work: UnitOfWork, clock: Clock) -> Gate:
    """Close the gate of a complete run with the root over everything that was decided for it.

    Raises:
        GateNotFound: the run was never opened, or the principal may not know of it.
    """
    gate = await _held(command, unit_of_work)
    if gate.decisions_root:
        unit_of_work.leave_unchanged()
        return gate
    root = await decisions_root(gate, unit_of_work)
    closed = gate.closed(root, at=clock.now(), by=command.principal.actor_id)
    await unit_of_work.gates.update(closed)
    unit_of_work.announce(
        GateChanged(gate=closed, step="CLOSED"), actor=command.principal.actor, before=gate
    )
    return closed


async def decisions_root(gate: Gate, unit_of_work: UnitOfWork) -> str:
    """The RFC 6962 root over the decisions of a run, in the order of their identifiers."""
    tree = CompactRange()
    page = PageRequest(size=_PAGE)
    while True:
        found = await unit_of_work.decisions.of_run(gate.tenant_id, gate.run_id, page)
        for decision in found.items:
            tree.append(leaf_hash(leaf_of(decision)))
        if found.next_after is None:
            return tree.root().hex()
        page = replace(page, after=found.next_after)


def leaf_of(decision: StoredDecision) -> bytes:
    """What of a decision is proven: what was known, and what was answered."""
    return len(decision.inputs).to_bytes(8, "big") + decision.inputs + decision.answer


async def _held(command: MoveGate, unit_of_work: UnitOfWork) -> Gate:
    gate = await unit_of_work.gates.hold(command.principal.tenant_id, command.run_id)
    return known_gate(gate, command.run_id, command.principal)


def known_gate(gate: Gate | None, run_id: RunId, principal: Principal) -> Gate:
    """The gate, if the principal may know of it.

    Raises:
        GateNotFound: it was never opened, or the principal may not know of it.
    """
    bound = principal.project_id
    if gate is None or bound not in (None, gate.context.project_id):
        raise GateNotFound.of(run_id)
    return gate
