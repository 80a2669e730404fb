"""Detectors that cannot look, or not in time: the decision is what the failure mode says."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from aos.policies.v1 import decision_pb2, policy_pb2
from kernel.errors import InvalidRequest
from servicekit.plugs import plugged_in
from services.policies.domain import decide
from tests.support import classifiers
from tests.support.governed import CONTINUE, STOP, Tenant
from tests.support.plane import Plane
from tests.support.waiting import until

CLOSED, OPEN = policy_pb2.FAILURE_MODE_FAIL_CLOSED, policy_pb2.FAILURE_MODE_FAIL_OPEN
LONG = "nothing of interest " * 1_000


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Policies whose detectors have no time, and whose classifier has a little."""
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start(
        "policies",
        AOS_DETECTOR_SECONDS="0",
        AOS_SAFETY_CLASSIFIER="tests.support.classifiers:classify",
        AOS_SAFETY_SECONDS="0.2",
    )
    await until(lambda: empty_plane.accepts_runs("policies"))
    yield empty_plane


@pytest.fixture(autouse=True)
def _awake() -> Iterator[None]:
    classifiers.AWAKE.clear()
    yield
    classifiers.AWAKE.set()


async def decided(tenant: Tenant, detector: int, mode: int, content: str) -> decision_pb2.Decision:
    terms = ["violence"] if detector == policy_pb2.DETECTOR_SAFETY else []
    rule = policy_pb2.ContentRule(name="rule", detector=detector, terms=terms)  # type: ignore[arg-type]
    await tenant.govern(
        watched=(policy_pb2.MONITOR_PII, policy_pb2.MONITOR_SAFETY),
        content_rules=[rule],
        failure_mode=mode,
    )
    run = await tenant.open_run()
    return await run.ask(content=content)


FAULTS = [
    (policy_pb2.DETECTOR_PII, "short", "DETECTOR_TIMEOUT"),
    (policy_pb2.DETECTOR_PII, LONG, "DETECTOR_TIMEOUT"),
    (policy_pb2.DETECTOR_SAFETY, "sleep", "DETECTOR_TIMEOUT"),
    (policy_pb2.DETECTOR_SAFETY, "fail", "DETECTOR_FAILED"),
]


@pytest.mark.gap("GAP-035")
@pytest.mark.invariant("I-18")
@pytest.mark.parametrize("mode", [CLOSED, OPEN])
@pytest.mark.parametrize(("detector", "content", "fault"), FAULTS)
async def test_what_could_not_be_looked_at_does_what_its_failure_mode_says(
    tenant: Tenant, detector: int, content: str, fault: str, mode: int
) -> None:
    decision = await decided(tenant, detector, mode, content)
    assert (decision.action, decision.fault) == (STOP if mode == CLOSED else CONTINUE, fault)
    findings = [decision.winner, *decision.others]
    (noted,) = [finding for finding in findings if finding.detail == fault]
    assert noted.set_aside == ("" if mode == CLOSED else "FAIL_OPEN")


@pytest.mark.invariant("I-18")
async def test_mutant_a_fault_that_nobody_weighs_lets_the_step_happen(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decide, "_fault_findings", lambda *_: [])
    decision = await decided(tenant, policy_pb2.DETECTOR_PII, CLOSED, "short")
    assert decision.action == CONTINUE


async def test_the_plugged_in_classifier_decides_over_categories(tenant: Tenant) -> None:
    decision = await decided(tenant, policy_pb2.DETECTOR_SAFETY, CLOSED, "pure violence")
    assert (decision.action, decision.winner.detail) == (STOP, "violence")


async def test_an_asynchronous_classifier_is_as_good(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = plugged_in("tests.support.classifiers:classify_soon", setting="AOS_SAFETY_CLASSIFIER")
    assert named is classifiers.classify_soon
    with pytest.raises(InvalidRequest, match="cannot be loaded"):
        plugged_in("tests.support.classifiers:nobody", setting="AOS_SAFETY_CLASSIFIER")
    assert plugged_in("", setting="AOS_SAFETY_CLASSIFIER") is None
