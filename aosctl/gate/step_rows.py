"""Whether policies are enforced in the step, and when they say they are."""

from typing import Any

from aos.activity.v1 import trace_pb2
from aosctl.gate.row import Site, require
from aosctl.gate.wording import SCENARIO, action_of, limiting, reason_of
from aosctl.stage.calling import Stage, seen
from aosctl.stage.governed_run import GovernedRun, begin_run, may_happen
from aosctl.stage.policy_writing import change, put_in_force

_STEPS = 6
_ALLOWED = 3
_DONE = trace_pb2.STEP_STATUS_SUCCEEDED


async def a_halt_holds_within_the_step(site: Site) -> str:
    """GAP-016: a STOP and a KILL in step k mean that step k+1 never ran."""
    for action in ("STOP", "KILL"):
        guest = await site.stage.guest(SCENARIO)
        await put_in_force(guest, limiting("Few steps", "STEPS", _ALLOWED, action=action))
        run = await begin_run(guest, scenario=SCENARIO)
        try:
            await _walks_into_the_limit(guest, run, action)
        finally:
            await run.vanish()
    await _a_persons_kill_holds(site)
    return f"STOP and KILL at step {_ALLOWED + 1} of {_STEPS}: none of the later ones ran"


async def _walks_into_the_limit(guest: Stage, run: GovernedRun, action: str) -> None:
    took = []
    for number in range(1, _STEPS + 1):
        decision = await run.ask(f"s{number}")
        if may_happen(decision):
            took.append(number)
            await run.report(f"s{number}")
        elif number == _ALLOWED + 1:
            require(action_of(decision) == action, f"s{number} is {action_of(decision)}")
            require(reason_of(decision) == "BREACH", f"s{number} by {reason_of(decision)}")
    require(took == list(range(1, _ALLOWED + 1)), f"{action}: steps {took} were let happen")
    ran = await _ran(guest, run)
    wanted = [f"s{number}" for number in took]
    require(ran == wanted, f"{action}: {ran} are recorded as done, expected {wanted}")


async def _a_persons_kill_holds(site: Site) -> None:
    guest = await site.stage.guest(SCENARIO)
    run = await begin_run(guest, scenario=SCENARIO)
    try:
        require(may_happen(await run.ask("s1")), "the first step was not let happen")
        await guest.call("orchestrator", "run", "KillRun", run_id=run.run_id, reason="the gate")
        decision = await run.ask("s2")
        require(action_of(decision) == "KILL", f"the step after a kill is {action_of(decision)}")
    finally:
        await run.vanish()


async def enforcement_is_in_the_step(site: Site) -> str:
    """GAP-030: decided before the answer, the same however often, and again from the record."""
    guest = await site.stage.guest(SCENARIO)
    await put_in_force(guest, limiting("Few steps", "STEPS", _ALLOWED))
    told = [await _decided(guest) for _ in range(2)]
    require(told[0] == told[1], f"two runs alike were decided differently: {told}")
    return f"on disk with the answer, repeated alike, replayed without divergence: {told[0]}"


async def _decided(guest: Stage) -> list[str]:
    run = await begin_run(guest, scenario=SCENARIO)
    try:
        told = []
        for number in range(1, _ALLOWED + 3):
            step_id = f"s{number}"
            decision = await run.ask(step_id)
            kept = await guest.call(
                "policies", "decision_log", "GetDecision", run_id=run.run_id, step_id=step_id
            )
            require(kept.decision == decision, f"{step_id} is not on disk as it was told")
            again = await run.ask(step_id)
            require(again.action == decision.action, f"{step_id} asked again is {action_of(again)}")
            # Once the gate has moved, what was decided before it counts no more.
            moved = again.gate_epoch != decision.gate_epoch
            require(moved or again == decision, f"{step_id} asked again is another decision")
            told.append(action_of(decision))
    finally:
        await run.vanish()
    replayed = await guest.call("policies", "decision_log", "ReplayDecisions", run_id=run.run_id)
    require(not replayed.divergences, f"{len(replayed.divergences)} decisions come out otherwise")
    require(replayed.decision_count >= len(told), "not every decision was made again")
    return told


async def what_binds_at_the_start_is_decided_once(site: Site) -> str:
    """GAP-031: changed under a run, a RUN_START policy is silent; an EACH_STEP one is not."""
    guest = await site.stage.guest(SCENARIO)
    start = await put_in_force(guest, limiting("Start", "CALLS", 1000, bind_at="RUN_START"))
    each = await put_in_force(guest, limiting("Each step", "STEPS", 1000, action="WARN"))
    run = await begin_run(guest, scenario=SCENARIO)
    try:
        require(may_happen(await run.ask("s1")), "the first step was not let happen")
        await change(guest, start, limiting("Start", "CALLS", 0, bind_at="RUN_START"))
        await change(guest, each, limiting("Each step", "STEPS", 1, action="WARN"))
        await seen("The check that takes over what was changed", _is_checked(run))
        decision = await run.ask("last")
        require(may_happen(decision), f"evaluated again mid-run: {action_of(decision)}")
        require(
            all(one.policy_id != start.id for one in (decision.winner, *decision.others)),
            "what binds at the start has something to say of a step",
        )
    finally:
        await run.vanish()
    later = await begin_run(guest, scenario=SCENARIO)
    await later.vanish()
    action = action_of(later.held.start_decision)
    require(action == "STOP", f"the next run is not under what was changed: {action}")
    return "the run under way went on, a policy of each step was taken over, the next run stopped"


def _is_checked(run: GovernedRun) -> Any:
    """Whether what binds at each step is the changed version by now."""
    asked = iter(range(1, 10_000))

    async def checked() -> bool:
        decision = await run.ask(f"probe-{next(asked)}")
        require(may_happen(decision), f"evaluated again mid-run: {action_of(decision)}")
        return action_of(decision) == "WARN"

    return checked


async def _ran(guest: Stage, run: GovernedRun) -> list[str]:
    """Names of the steps that are recorded as done."""
    listed = await guest.call(
        "activity", "trace", "ListSteps", trace_id=run.trace_id, page_size=500
    )

    return [one.step.step_id for one in listed.steps if one.step.status == _DONE]
