"""The scenes of the demonstration, in the order in which they are played."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aos.incidents.v1 import incident_pb2
from aos.orchestrator.v1 import evidence_service_pb2
from aos.policies.v1 import policy_pb2
from aos_sdk import AsyncAOSClient, RunKilled, RunStopped
from aosctl.errors import OperatorError
from aosctl.stage.calling import Stage, seen
from aosctl.stage.policy_writing import activate, put_in_force
from aosctl.stage.telling import Teller

# A hundredth of a US dollar for a run, in millionths.
BUDGET = 10_000
_A_STEP_COSTS = 3_000
_STEPS = ("read the minutes", "find the decisions", "check the figures", "write the summary")
_KILLED_AT_ONCE = 3


@dataclass(slots=True, kw_only=True)
class Play:
    """What one scene leaves to the next."""

    stage: Stage
    teller: Teller
    client: AsyncAOSClient
    agent_id: str = ""
    run_id: str = ""
    incident_id: str = ""

    async def all_scenes(self) -> None:
        """Play everything."""
        await self.the_rule()
        await self.the_run_is_stopped()
        await self.people_are_told()
        await self.something_is_learned()
        await self.the_next_run_is_held_earlier()
        await self.the_kill_switch()
        await self.the_proof()

    async def the_rule(self) -> None:
        """An agent of its own, and a budget for it."""
        self.teller.scene("A governance owner gives an agent a budget")
        development = self.stage.development
        name = f"clerk {int(time.time())}"
        made = await self.stage.call(
            "accounts", "agent", "CreateAgent", project_id=development.project_id, name=name
        )
        self.agent_id = made.agent.id
        policy = await put_in_force(self.stage, _budget_for(self.agent_id))
        self.teller.good(f"{name} may spend {BUDGET:,} micro-USD in a run; then it is stopped")
        self.teller.note(f"policy {policy.id}, alerts at 50 and 80 %")

    async def the_run_is_stopped(self) -> None:
        """A run that spends too much."""
        self.teller.scene("The agent runs, asks before each step, and is stopped within one")
        done = []
        with suppress(RunStopped):
            async with self.client.run(goal="Summarise Monday.", agent=self.agent_id) as run:
                self.run_id = run.run_id
                for name in _STEPS:
                    try:
                        async with run.step(
                            name, kind="model_call", estimated_cost_micro_usd=_A_STEP_COSTS
                        ) as step:
                            step.set_usage(cost_micro_usd=_A_STEP_COSTS)
                            done.append(name)
                            self.teller.good(f"{name}: allowed, on disk before the answer")
                    except RunStopped as stopped:
                        self.teller.bad(f"{name}: {stopped.decision}; nothing of it happened")
                        raise
        if len(done) == len(_STEPS):
            raise OperatorError("The run was not stopped: the budget did not hold.")
        state = await self.client.poll_run(self.run_id, timeout=30)
        self.teller.note(f"{self.run_id} ended as {state.status}")

    async def people_are_told(self) -> None:
        """Alerts, and an incident."""
        self.teller.scene("People are told, and an incident is opened")

        async def alerts() -> Any:
            answer = await self.stage.call(
                "incidents", "alert", "ListAlerts", run_id=self.run_id, page_size=10
            )
            return answer.alerts

        for alert in reversed(await seen("An alert", alerts)):
            self.teller.note(f"alert: {alert.title}")

        async def incidents() -> Any:
            answer = await self.stage.call(
                "incidents", "incident", "ListIncidents", run_id=self.run_id
            )
            return answer.incidents

        incident = (await seen("An incident", incidents))[0]
        self.incident_id = incident.id
        severity = incident_pb2.Severity.Name(incident.severity).removeprefix("SEVERITY_")
        self.teller.bad(f"incident {incident.id}, {severity}: {incident.title}")

    async def something_is_learned(self) -> None:
        """A proposal, tried on the past and approved."""
        self.teller.scene("A rule is proposed, tried on past runs, and approved by a person")

        async def proposals() -> Any:
            listed = await self.stage.call("policies", "proposal", "ListProposals", page_size=100)
            return [one for one in listed.proposals if one.triggering_run_id == self.run_id]

        proposal = (await seen("A proposal", proposals))[0]
        self.teller.note(f"proposal {proposal.id}: {proposal.rationale}")
        tried = await self.stage.call(
            "policies", "proposal", "BacktestProposal", proposal_id=proposal.id, run_count=50
        )
        touched = len(tried.backtest.runs_touched)
        self.teller.note(
            f"on the last {tried.backtest.run_count} runs it would have held {touched}"
        )
        approved = await self.stage.call(
            "policies",
            "proposal",
            "ApproveProposal",
            proposal_id=proposal.id,
            etag=proposal.etag,
            comment="Seen in the demonstration.",
        )
        await activate(self.stage, approved.policy)
        self.teller.good(f"approved and in force: policy {approved.policy.id}")

    async def the_next_run_is_held_earlier(self) -> None:
        """The same again, and what was learned holds it."""
        self.teller.scene("The next run is held before it comes so far")
        run = self.client.run(goal="Summarise Tuesday.", agent=self.agent_id, pause_timeout=0.1)
        try:
            async with run:
                for name in _STEPS:
                    async with run.step(
                        name, kind="model_call", estimated_cost_micro_usd=_A_STEP_COSTS
                    ) as step:
                        step.set_usage(cost_micro_usd=_A_STEP_COSTS)
                        self.teller.good(f"{name}: allowed")
        except Exception as held:  # noqa: BLE001 - whatever held it is what is to be shown
            self.teller.bad(f"held: {held}")
            return
        raise OperatorError("The next run was not held: what was learned does not govern.")

    async def the_kill_switch(self) -> None:
        """Three runs at once, broken off in the middle of a step."""
        self.teller.scene(f"The kill switch: {_KILLED_AT_ONCE} runs at once, in mid-step")
        begun = [asyncio.Event() for _ in range(_KILLED_AT_ONCE)]
        runs = [
            self.client.run(goal=f"Work for ever, {number}.", agent=self.agent_id)
            for number in range(_KILLED_AT_ONCE)
        ]
        working = [
            asyncio.create_task(_work_for_ever(run, event))
            for run, event in zip(runs, begun, strict=True)
        ]
        await asyncio.gather(*(event.wait() for event in begun))
        at = time.perf_counter()
        await asyncio.gather(
            *(self.client.kill_run(run.run_id, reason="shown how") for run in runs)
        )
        committed = time.perf_counter()
        await asyncio.gather(*working)
        obeyed = time.perf_counter()
        self.teller.bad(f"all killed: committed after {(committed - at) * 1000:.0f} ms")
        self.teller.good(f"every step was broken off after {(obeyed - at) * 1000:.0f} ms")

    async def the_proof(self) -> None:
        """What happened, and that it did."""
        self.teller.scene("What happened to the first run, and the proof of it")
        told = await self.stage.call("orchestrator", "evidence", "ExplainRun", run_id=self.run_id)
        self.teller.note(told.summary)
        verified = evidence_service_pb2.PROOF_VERDICT_VERIFIED

        async def proof() -> Any:
            found = await self.stage.call(
                "orchestrator", "evidence", "GetRunProof", run_id=self.run_id
            )
            return found if found.verdict == verified else None

        found = await seen("A proof that verifies", proof)
        for check in found.checks:
            self.teller.good(f"{check.name}: {check.finding}")
        self.teller.good(f"VERIFIED against a ledger of {found.ledger_size} entries")
        self.teller.note(f"take it away: aos ledger export run.json --run {self.run_id}")


def _budget_for(agent_id: str) -> policy_pb2.PolicyBody:
    tiers = [
        policy_pb2.AlertTier(percent=percent, channels=[policy_pb2.CHANNEL_UI])
        for percent in (50, 80)
    ]
    return policy_pb2.PolicyBody(
        name="A clerk's budget",
        scope=policy_pb2.Scope(type=policy_pb2.SCOPE_TYPE_AGENT, ids=[agent_id]),
        monitors=policy_pb2.MonitorConfig(watched=[policy_pb2.MONITOR_COST]),
        limits=[
            policy_pb2.Limit(
                name="budget",
                type=policy_pb2.LIMIT_TYPE_COST_MICRO_USD,
                maximum=BUDGET,
                window=policy_pb2.LIMIT_WINDOW_PER_RUN,
            )
        ],
        on_breach=policy_pb2.BreachAction(action=policy_pb2.ACTION_STOP),
        alert_tiers=tiers,
    )


async def _work_for_ever(run: Any, begun: asyncio.Event) -> None:
    with suppress(RunKilled):
        async with run, run.step("work", kind="tool_call"):
            begun.set()
            await asyncio.Event().wait()
