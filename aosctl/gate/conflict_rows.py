"""Whether conflicts resolve alike, in whatever order policies were made."""

from itertools import permutations

from aosctl.gate.row import Site, require
from aosctl.gate.wording import SCENARIO, action_of, limiting
from aosctl.stage.governed_run import begin_run
from aosctl.stage.policy_writing import put_in_force

_DISAGREEING = ("WARN", "PAUSE", "STOP")
_EQUALS = 3


async def conflicts_resolve_alike(site: Site) -> str:
    """GAP-068: the harshest wins, between equals the lowest id, in every order."""
    orders = list(permutations(_DISAGREEING))
    for order in orders:
        action, winner, made = await _decided(site, order)
        told = " before ".join(order)
        require(action == "STOP", f"{told} gives {action}")
        require(winner == made[order.index("STOP")], f"{told} names another policy than the STOP")
    action, winner, made = await _decided(site, ("STOP",) * _EQUALS)
    require(winner == min(made), f"of {_EQUALS} equal policies {winner} wins, not the lowest id")
    return f"STOP won in all {len(orders)} orders of {', '.join(_DISAGREEING)}; of equals, {winner}"


async def _decided(site: Site, actions: tuple[str, ...]) -> tuple[str, str, list[str]]:
    """What a step is told that passes a limit of each policy; who decided; the policies made."""
    guest = await site.stage.guest(SCENARIO)
    made = [
        (await put_in_force(guest, limiting(f"{number} {action}", "STEPS", 0, action=action))).id
        for number, action in enumerate(actions)
    ]
    run = await begin_run(guest, scenario=SCENARIO)
    try:
        decision = await run.ask("s1")
    finally:
        await run.vanish()
    return action_of(decision), decision.winner.policy_id, made
