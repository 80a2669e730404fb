"""A part of the evidence must never look like the whole."""

from grpc import StatusCode

from tests.support.finished_runs import succeeded_run
from tests.support.orchestrated import Agent, Household
from tests.support.plane import Plane
from tests.support.statuses import refusal


async def test_without_one_domain_there_is_no_evidence_at_all(
    plane: Plane, household: Household, agent: Agent
) -> None:
    """It takes services away one after the other, so it is the only test of its file."""
    run_id = await succeeded_run(household, agent, steps=1)
    asks = household.asks("orchestrator")
    for away, methods in (
        ("incidents", ("GetRunEvidence", "ExplainRun")),
        ("logs", ("GetRunProof",)),
        ("policies", ("ReplayDecisions",)),
        ("activity", ("GetRunEvidence", "GetRunProof", "ReplayDecisions", "ExplainRun")),
    ):
        await plane.services[away].host.stop()
        for method in methods:
            told = await refusal(asks.call(method, run_id=run_id))
            assert (told.code, told.metadata["service"]) == (StatusCode.UNAVAILABLE, away)
            assert away in told.message
