"""What agents do in scenarios: the same messages that any agent says."""

import json
from typing import Any

from aos.orchestrator.v1 import run_pb2
from aos.policies.v1 import decision_pb2, policy_pb2
from aosctl.scenario.cast import ActedRun, Cast
from aosctl.scenario.document import EndRun, Executor, OfRun, PlannedStep, Step, SubmitRun
from aosctl.stage.governed_run import Declined, GovernedRun, begin_run, may_happen


async def submit_run(cast: Cast, wanted: SubmitRun) -> str:
    """Create a run, held by an agent of its own or queued for our worker."""
    if wanted.mode is Executor.MANAGED:
        run = await _queued(cast, wanted)
    else:
        held = await begin_run(
            cast.stage, scenario=cast.scenario, goal=wanted.goal, session_id=wanted.session_id
        )
        run = ActedRun(run_id=held.run_id, trace_id=held.trace_id, held=held)
    cast.runs[wanted.name] = run
    return run.run_id


async def ask_step(cast: Cast, step: Step) -> str:
    """Ask whether a step may happen."""
    return _told(await _asked(_held(cast, step), step))


async def take_step(cast: Cast, step: Step) -> str:
    """Ask, and do what is allowed: what may not happen is not reported either."""
    held = _held(cast, step)
    decision = await _asked(held, step)
    if may_happen(decision):
        await _reported(held, step)
    return _told(decision)


async def report_step(cast: Cast, step: Step) -> str:
    """Say what a step came to."""
    recorded = await _reported(_held(cast, step), step)
    return "too late to change anything" if recorded.late else "on disk"


async def end_run(cast: Cast, end: EndRun) -> str:
    """Say that the run is over."""
    run = cast.run(end.run)
    if run.held is not None:
        await run.held.end(end.outcome.name)
    else:
        outcome = f"OUTCOME_{end.outcome.name}"
        await cast.stage.call(
            "orchestrator", "run", "CompleteRun", run_id=run.run_id, outcome=outcome
        )
    return end.outcome.lower()


async def fall_silent(cast: Cast, of: OfRun) -> str:
    """Be gone without a word, as an agent whose machine has died."""
    held = cast.run(of.run).held
    if held is not None:
        await held.vanish()
    return "nobody says anything any more"


async def _queued(cast: Cast, wanted: SubmitRun) -> ActedRun:
    created = await cast.stage.call(
        "orchestrator",
        "run",
        "CreateRun",
        agent_id=cast.stage.development.agent_id,
        goal=wanted.goal,
        mode="RUN_MODE_MANAGED",
        session_id=wanted.session_id,
        synthetic_scenario_id=cast.scenario,
        plan=run_pb2.Plan(steps=[_planned(one) for one in wanted.plan]),
    )
    return ActedRun(run_id=created.run.run.id, trace_id=created.run.trace_id, held=None)


async def _asked(held: GovernedRun, step: Step) -> Any:
    return await held.ask(
        step.step,
        kind=step.kind.name,
        skill=step.skill,
        estimated_input_tokens=step.estimated_input_tokens,
        estimated_output_tokens=step.estimated_output_tokens,
        estimated_cost_micro_usd=step.estimated_cost_micro_usd,
        plane_id=step.plane_id,
        content=step.content,
    )


async def _reported(held: GovernedRun, step: Step) -> Any:
    return await held.report(
        step.step,
        kind=step.kind.name,
        skill=step.skill,
        failed=step.failed,
        model=step.model,
        input_tokens=step.input_tokens,
        output_tokens=step.output_tokens,
        cost_micro_usd=step.cost_micro_usd,
        outcome_json=_outcome(step),
    )


def _outcome(step: Step) -> str:
    if step.found:
        passages = [{"id": one.id, "title": one.title, "text": one.text} for one in step.found]
        return json.dumps(passages)
    return json.dumps({"text": step.said}) if step.said else ""


def _held(cast: Cast, step: Step) -> GovernedRun:
    held = cast.run(step.run).held
    if held is None:
        raise Declined("NO_AGENT", "our own worker takes the steps of a managed run")
    return held


def _planned(step: PlannedStep) -> run_pb2.PlanStep:
    return run_pb2.PlanStep(
        name=step.name,
        skill=step.skill,
        arguments_json=json.dumps(dict(step.arguments)),
        after=step.after,
    )


def _told(decision: Any) -> str:
    action = policy_pb2.Action.Name(decision.action).removeprefix("ACTION_")
    reason = decision_pb2.DecisionReason.Name(decision.reason).removeprefix("DECISION_REASON_")
    return f"{action} ({reason.lower()})"
