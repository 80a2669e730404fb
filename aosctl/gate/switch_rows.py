"""Whether the kill switch works while runs are under way, and is on record."""

from typing import Any

from aos.policies.v1 import governance_pb2
from aosctl.gate.row import Site, require
from aosctl.gate.wording import SCENARIO, action_of, limiting
from aosctl.stage.calling import Stage, seen
from aosctl.stage.governed_run import begin_run, may_happen
from aosctl.stage.policy_writing import put_in_force

_MOVES = ("GOVERNANCE_DISABLED", "GOVERNANCE_ENABLED")


async def the_switch_works_and_is_audited(site: Site) -> str:
    """GAP-069: its state can be read, off bypasses at once, on enforces again, the ledger knows."""
    guest = await site.stage.guest(SCENARIO)
    await put_in_force(guest, limiting("No steps", "STEPS", 0, action="WARN"))
    await put_in_force(guest, limiting("One step", "STEPS", 1))
    run = await begin_run(guest, scenario=SCENARIO)
    try:
        require(may_happen(await run.ask("s1")), "the first step was not let happen")
        await _moved(guest, "Disable", governance_pb2.GOVERNANCE_STATE_DISABLED)
        off = await run.ask("s2")
        require(may_happen(off), f"with the switch off a step is {action_of(off)}")
        require(off.bypassed, "the decision does not say that it was bypassed")
        await _moved(guest, "Enable", governance_pb2.GOVERNANCE_STATE_ACTIVE)
        on = await run.ask("s3")
        require(action_of(on) == "STOP", f"with the switch on again a step is {action_of(on)}")
    finally:
        await run.vanish()
    moves = await seen("The moves of the switch in the ledger", _in_the_ledger(guest))
    return f"off: {action_of(off)}, bypassed; on again: {action_of(on)}; ledger: {', '.join(moves)}"


async def _moved(guest: Stage, move: str, expected: Any) -> None:
    await guest.call("policies", "governance", move, reason="the gate")
    state = (await guest.call("policies", "governance", "GetState")).state_in_force
    name = governance_pb2.GovernanceState.Name(state)
    require(state == expected, f"after {move} the state reads {name}")


def _in_the_ledger(guest: Stage) -> Any:
    async def found() -> list[str] | None:
        entries = (await guest.call("logs", "ledger", "ListEntries", page_size=500)).entries
        moves = [one for one in entries if one.draft.event_type in _MOVES and one.draft.actor_id]
        types = [one.draft.event_type for one in moves]
        return types if types == list(_MOVES) else None

    return found
