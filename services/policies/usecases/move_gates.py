"""Change gates from outside: stop, kill, pause, resume, acknowledge."""

from collections.abc import Callable
from dataclasses import dataclass

from kernel.clock import Clock
from kernel.identifiers import RunId
from kernel.principal import Principal
from services.policies.domain.errors import GateNotFound
from services.policies.domain.events import GateChanged
from services.policies.domain.gate import Gate, GateState
from services.policies.usecases.ports import UnitOfWork


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


def _waiting(gate: Gate, command: MoveGate, clock: Clock) -> Gate:
    return gate.waiting(at=clock.now(), reason=command.reason, by=command.principal.actor_id)


def _resumed(gate: Gate, command: MoveGate, clock: Clock) -> Gate:
    return gate.resumed(at=clock.now(), reason=command.reason, by=command.principal.actor_id)


def _acknowledged(gate: Gate, command: MoveGate, clock: Clock) -> Gate:
    return gate.acknowledged(at=clock.now(), reason=command.reason, by=command.principal.actor_id)


STOP, KILL = ("STOPPED", _to(GateState.STOPPED)), ("KILLED", _to(GateState.KILLED))
HOLD = ("PAUSED", _waiting)
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
