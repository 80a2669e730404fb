"""Every cause by its name. None of them writes an effect: each is a call that anybody may make."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from aosctl.errors import OperatorError
from aosctl.refusals import refused
from aosctl.scenario import agent_causes, people_causes
from aosctl.scenario.cast import Cast
from aosctl.stage.governed_run import Declined

CAUSES: dict[str, Callable[[Cast, Any], Awaitable[str]]] = {
    "submit_run": agent_causes.submit_run,
    "take_step": agent_causes.take_step,
    "ask_step": agent_causes.ask_step,
    "report_step": agent_causes.report_step,
    "end_run": agent_causes.end_run,
    "fall_silent": agent_causes.fall_silent,
    "cancel_run": people_causes.upon_run("CancelRun"),
    "pause_run": people_causes.upon_run("PauseRun"),
    "resume_run": people_causes.upon_run("ResumeRun"),
    "stop_run": people_causes.upon_run("StopRun"),
    "kill_run": people_causes.upon_run("KillRun"),
    "acknowledge_run": people_causes.acknowledge_run,
    "move_switch": people_causes.move_switch,
    "approve_proposal": people_causes.approve_proposal,
    "reject_proposal": people_causes.reject_proposal,
    "learn_lesson": people_causes.learn_lesson,
    "change_policy": people_causes.change_policy,
    "suspend_policy": people_causes.suspend_policy,
    "open_override": people_causes.open_override,
    "acknowledge_incident": people_causes.acknowledge_incident,
    "resolve_incident": people_causes.resolve_incident,
    "acknowledge_alert": people_causes.acknowledge_alert,
}


async def happen(cast: Cast, name: str, what: Any, *, must_be_refused_as: str) -> str:
    """Let something happen; return what became of it.

    Raises:
        OperatorError: It was refused though it should not, or not though it should.
    """
    try:
        became = await CAUSES[name](cast, what)
    except Declined as declined:
        reason, said = declined.reason, str(declined)
    except grpc.aio.AioRpcError as error:
        told = refused(error)
        reason, said = told.reason or told.code.name, str(told)
    else:
        if must_be_refused_as:
            raise OperatorError(f"{became}; expected a refusal, {must_be_refused_as}")
        return became
    if reason != must_be_refused_as:
        expected = f"; expected {must_be_refused_as}" if must_be_refused_as else ""
        raise OperatorError(f"refused as {said}{expected}")
    return f"refused as {reason}, as expected"
