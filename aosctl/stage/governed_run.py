"""A run of an agent that asks before each step and reports after it, on a session of its own."""

import uuid
from typing import Any

from aos.activity.v1 import trace_pb2
from aos.orchestrator.v1 import run_service_pb2
from aos.orchestrator.v1 import session_service_pb2 as session
from aos.policies.v1 import decision_pb2, policy_pb2
from aosctl.stage.agent_session import AgentSession
from aosctl.stage.calling import Stage
from kernel.clock import utc_now

_MAY_HAPPEN = (policy_pb2.ACTION_CONTINUE, policy_pb2.ACTION_WARN)
_RECORDED_AS = {"MODEL_CALL": "LLM_CALL", "DATABASE_QUERY": "TOOL_CALL"}
_SKILL = "work"


class Declined(Exception):
    """A message of a session had no effect."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason


class GovernedRun:
    """One run, held by an agent for as long as it does not vanish."""

    def __init__(self, *, agent: AgentSession, held: Any) -> None:
        self._agent = agent
        self.run_id: str = held.run.run.id
        self.trace_id: str = held.run.trace_id
        self.held = held

    async def ask(
        self, step_id: str, *, kind: str = "TOOL_CALL", skill: str = _SKILL, **figures: Any
    ) -> Any:
        """Ask whether a step may happen; return the decision.

        Raises:
            Declined: There is no decision.
        """
        question = decision_pb2.StepQuestion(
            run_id=self.run_id,
            step_id=step_id,
            kind=f"STEP_KIND_{kind}",
            skill_name=skill,
            **figures,
        )
        said = await _effective(self._agent, step=session.StepIntent(question=question))
        return said.decided.decision

    async def report(
        self,
        step_id: str,
        *,
        kind: str = "TOOL_CALL",
        skill: str = _SKILL,
        failed: bool = False,
        **figures: Any,
    ) -> Any:
        """Say what a step came to; return where it was recorded.

        Raises:
            Declined: It was not.
        """
        result = trace_pb2.Step(
            step_id=step_id,
            kind=f"STEP_KIND_{_RECORDED_AS.get(kind, kind)}",
            skill_name=skill,
            status=f"STEP_STATUS_{'FAILED' if failed else 'SUCCEEDED'}",
            **figures,
        )
        result.start_time.FromDatetime(utc_now())
        intent = session.StepResult(run_id=self.run_id, step=result)
        return (await _effective(self._agent, result=intent)).recorded

    async def end(self, outcome: str = "SUCCEEDED") -> None:
        """Say that the run is over.

        Raises:
            Declined: It was over already, in another way.
        """
        complete = run_service_pb2.CompleteRunRequest(
            request_id=str(uuid.uuid4()), run_id=self.run_id, outcome=f"OUTCOME_{outcome}"
        )
        await _effective(self._agent, complete=complete)

    async def vanish(self) -> None:
        """Be gone without a word."""
        await self._agent.vanish()


async def begin_run(
    stage: Stage, *, scenario: str, goal: str = "Anything.", session_id: str = ""
) -> GovernedRun:
    """Create a run and hold it.

    Raises:
        Declined: The plane does not accept it.
    """
    create = run_service_pb2.CreateRunRequest(
        request_id=str(uuid.uuid4()),
        agent_id=stage.development.agent_id,
        goal=goal,
        mode="RUN_MODE_EXTERNAL",
        session_id=session_id,
        synthetic_scenario_id=scenario,
    )
    agent = await AgentSession(stage).open()
    try:
        said = await _effective(agent, create=create)
    except BaseException:
        await agent.vanish()
        raise
    return GovernedRun(agent=agent, held=said.held)


def may_happen(decision: Any) -> bool:
    """Whether a decision lets its step be taken."""
    return decision.action in _MAY_HAPPEN


async def _effective(agent: AgentSession, **message: Any) -> Any:
    said = await agent.say(**message)
    if said.WhichOneof("message") == "refused":
        raise Declined(said.refused.reason, said.refused.message)
    return said
