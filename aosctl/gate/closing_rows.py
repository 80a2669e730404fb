"""Whether what is missing closes: a policy, a snapshot, somebody who can look, a way to a model."""

from typing import Any

import grpc

from aos.policies.v1 import decision_pb2, policy_pb2
from aosctl.gate.row import Site, Unproven, require
from aosctl.gate.wording import SCENARIO, action_of, limiting, reason_of
from aosctl.refusals import refused
from aosctl.stage.calling import Stage
from aosctl.stage.governed_run import begin_run, may_happen
from aosctl.stage.policy_writing import put_in_force

_UNKNOWN_RUN = f"run_{'0' * 26}"
_PLAIN, _GOVERNED = "llm_invoke", "llm_governed"
_CLOSED, _OPEN = policy_pb2.FAILURE_MODE_FAIL_CLOSED, policy_pb2.FAILURE_MODE_FAIL_OPEN


async def what_is_missing_closes(site: Site) -> str:
    """GAP-035: the mode is obeyed, is closed by default, and no step passes without a snapshot."""
    guest = await site.stage.guest(SCENARIO)
    await _no_gate_no_step(guest)
    policy = await put_in_force(guest, limiting("Default", "STEPS", 1000))
    mode = policy.body.precedence.failure_mode
    require(mode in (0, _CLOSED), "a policy that says nothing of faults does not close")
    run = await begin_run(guest, scenario=SCENARIO)
    await run.vanish()
    require(run.held.on_unreachable == _CLOSED, "its runs go on while the plane is out of reach")
    closed = await _step_that_nobody_can_look_at(site, failure_mode=0)
    require(not may_happen(closed), f"a rule that cannot look lets pass: {action_of(closed)}")
    require(reason_of(closed) == "FAULT", f"the reason is {reason_of(closed)}")
    opened = await _step_that_nobody_can_look_at(site, failure_mode=_OPEN)
    require(may_happen(opened) and opened.fault, "a rule that is open to faults holds, or hides it")
    return (
        f"no gate: GATE_NOT_FOUND; a rule that cannot look: {action_of(closed)} by default, "
        f"{action_of(opened)} ({opened.fault}) where it fails open"
    )


async def _no_gate_no_step(guest: Stage) -> None:
    question = decision_pb2.StepQuestion(
        run_id=_UNKNOWN_RUN, step_id="s1", kind=decision_pb2.STEP_KIND_TOOL_CALL
    )
    answer = await guest.call_as_operator(
        "policies", "admission", "AdmitSteps", questions=[question]
    )
    (admission,) = answer.admissions
    reason = admission.refusal.reason
    require(
        reason == "GATE_NOT_FOUND", f"a run without a snapshot is told {reason or 'a decision'}"
    )


async def _step_that_nobody_can_look_at(site: Site, *, failure_mode: Any) -> Any:
    """The decision about a step by a rule that asks for a classifier that is not there."""
    guest = await site.stage.guest(SCENARIO)
    rule = policy_pb2.ContentRule(
        name="safety", detector=policy_pb2.DETECTOR_SAFETY, terms=["violence"]
    )
    body = policy_pb2.PolicyBody(
        name="Unsafe",
        scope=policy_pb2.Scope(type=policy_pb2.SCOPE_TYPE_ALL_RUNS),
        monitors=policy_pb2.MonitorConfig(watched=[policy_pb2.MONITOR_SAFETY]),
        content_rules=[rule],
        on_breach=policy_pb2.BreachAction(action=policy_pb2.ACTION_STOP),
        precedence=policy_pb2.Precedence(failure_mode=failure_mode),
    )
    await put_in_force(guest, body)
    run = await begin_run(guest, scenario=SCENARIO)
    try:
        return await run.ask("s1", content="Anything at all.")
    finally:
        await run.vanish()


async def no_ungoverned_way_to_a_model(site: Site) -> str:
    """GAP-066: under governance the plain call is no skill, and no plan with it is taken."""
    guest = await site.stage.guest(SCENARIO)
    capable = await guest.call("orchestrator", "run", "GetCapabilities")
    skills = {one.name for one in capable.skills}
    if capable.profile == "OBSERVE_ONLY":
        require(_PLAIN in skills, f"{_PLAIN} is missing where nothing is governed")
        return "OBSERVE_ONLY: nothing is governed here, by the operator's own choice"
    require(_PLAIN not in skills, f"{_PLAIN} is a skill under {capable.profile}")
    require(_GOVERNED in skills, f"{_GOVERNED} is missing under {capable.profile}")
    told = await _plan_with_the_plain_call(guest)
    require(
        told.code is grpc.StatusCode.INVALID_ARGUMENT, f"a plan with {_PLAIN} is {told.code.name}"
    )
    return f"{capable.profile}: {', '.join(sorted(skills))}; a plan with {_PLAIN} is refused"


async def _plan_with_the_plain_call(guest: Stage) -> Any:
    step = {"name": "ask", "skill": _PLAIN, "arguments_json": '{"prompt": "hello"}'}
    try:
        await guest.call(
            "orchestrator",
            "run",
            "CreateRun",
            agent_id=guest.development.agent_id,
            goal="Ask past everybody.",
            mode="RUN_MODE_MANAGED",
            plan={"steps": [step]},
            synthetic_scenario_id=SCENARIO,
        )
    except grpc.aio.AioRpcError as error:
        return refused(error)
    raise Unproven(f"a plan with {_PLAIN} was accepted")
