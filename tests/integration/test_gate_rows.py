"""Each row of the gate can fail: it does on a plane whose protection is off."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from aosctl.gate import spine_rows
from aosctl.gate.proving import proven
from aosctl.gate.row import Row, Site, State, Verdict
from aosctl.gate.table import ROWS
from aosctl.seed import Development
from aosctl.stage.calling import Stage
from services.orchestrator.usecases.foresee_runs import RunForesight
from services.policies.domain import decide
from services.policies.domain.action import Action
from services.policies.domain.decision import Finding, Reason
from services.policies.domain.decision import Verdict as Decided
from services.policies.domain.governance import GovernanceState
from services.policies.domain.policy_body import BindAt, Precedence
from services.policies.domain.snapshot import AppliedPolicy
from services.policies.usecases import check_run
from tests.support.orchestrated import Household, start_plane
from tests.support.plane import Plane

_ADMIT = "services.policies.usecases.admit_steps"


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator of a plane inside this process."""

    plane: Plane

    def metadata(self, service: str, *, tenant_id: str = "") -> tuple[str, str]:
        (entry,) = self.plane.identities.service_metadata(
            "operator", audience=service, tenant=tenant_id
        )
        return entry


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    await start_plane(empty_plane)
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def site(plane: Plane) -> Site:
    household = await Household(plane).settle()
    development = Development(
        tenant_id=household.tenant,
        project_id=household.project,
        agent_id=household.agent,
        api_key=household.key,
    )
    token = dict(household.metadata)["authorization"].removeprefix("Bearer ")
    operator: Any = Operator(plane)
    stage = Stage(
        addresses={name: one.address for name, one in plane.services.items()},
        development=development,
        operator=operator,
        channels={name: one.channel for name, one in plane.services.items()},
        token=token,
        agent_token=token,
    )
    return Site(stage=stage)


async def verdict_of(gap: str, site: Site) -> Verdict:
    (row,) = (one for one in ROWS if one.id == gap)
    return await proven(row, site)


def always_allowed(*_: Any, **__: Any) -> Decided:
    return Decided(action=Action.CONTINUE, reason=Reason.ALLOWED)


def nobody_decides(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(f"{_ADMIT}.decide", always_allowed)


def decided_otherwise_by_replay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("services.policies.usecases.read_decisions.decide", always_allowed)


def the_mildest_wins(patch: pytest.MonkeyPatch) -> None:
    def mildest(findings: Sequence[Finding]) -> Finding | None:
        return min(findings, key=lambda finding: finding.action, default=None)

    patch.setattr(decide, "harshest", mildest)


def the_start_is_taken_over_as_well(patch: pytest.MonkeyPatch) -> None:
    def everything(_before: Any, now: Sequence[AppliedPolicy]) -> list[AppliedPolicy]:
        each = Precedence(bind_at=BindAt.EACH_STEP)
        return [replace(one, body=replace(one.body, precedence=each)) for one in now]

    patch.setattr(check_run, "_merged", everything)


def faults_are_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "_fault_findings", lambda *_: [])


def the_switch_counts_for_nothing(patch: pytest.MonkeyPatch) -> None:
    def unmoved(*what: Any, **more: Any) -> Decided:
        return decide.decide(*what, **{**more, "governance": GovernanceState.ACTIVE})

    patch.setattr(f"{_ADMIT}.decide", unmoved)


def the_plain_call_is_a_skill(patch: pytest.MonkeyPatch) -> None:
    real = RunForesight.skills.fget
    assert real is not None

    def more(self: RunForesight) -> dict[str, Any]:
        known = dict(real(self))
        return {**known, "llm_invoke": replace(known["llm_governed"], name="llm_invoke")}

    patch.setattr(RunForesight, "skills", property(more))


@pytest.mark.parametrize(
    ("gap", "sabotage", "why"),
    [
        ("GAP-016", nobody_decides, "STOP: steps [1, 2, 3, 4, 5, 6] were let happen"),
        ("GAP-030", decided_otherwise_by_replay, "come out otherwise"),
        ("GAP-031", the_start_is_taken_over_as_well, "evaluated again mid-run: STOP"),
        ("GAP-035", faults_are_nothing, "a rule that cannot look lets pass: CONTINUE"),
        ("GAP-066", the_plain_call_is_a_skill, "llm_invoke is a skill under STANDARD"),
        ("GAP-068", the_mildest_wins, "gives WARN"),
        ("GAP-069", the_switch_counts_for_nothing, "with the switch off a step is STOP"),
    ],
)
async def test_mutant_a_plane_without_the_protection_fails_the_row(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    gap: str,
    sabotage: Callable[[pytest.MonkeyPatch], None],
    why: str,
) -> None:
    with monkeypatch.context() as patch:
        sabotage(patch)
        verdict = await verdict_of(gap, site)
    assert verdict.state is State.FAILS, verdict
    assert why in str(verdict)
    assert str(verdict).startswith(f"{gap} fails: ")


async def test_mutant_a_reactor_that_nobody_watches_fails_its_row(
    site: Site, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = plane.services["orchestrator"].foundation.guard
    others = tuple(check for check in guard.checks if check.name != "completions")
    monkeypatch.setattr(guard, "checks", others)
    verdict = await verdict_of("GAP-046", site)
    assert str(verdict) == "GAP-046 fails: the orchestrator does not prove completions"


async def test_mutant_a_service_that_is_not_well_fails_the_row_of_the_reactor(
    site: Site, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = plane.services["logs"].foundation.guard
    monkeypatch.setattr(guard, "problems", lambda: {"ledger_tail": "The ledger does not verify."})
    verdict = await verdict_of("GAP-046", site)
    assert str(verdict) == "GAP-046 fails: logs: ledger_tail: The ledger does not verify."


async def test_mutant_a_spine_that_does_not_notice_fails_its_row(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's process is held up, which no guard of this plane can notice."""
    bystander = await asyncio.create_subprocess_exec("sleep", "600")
    plane: Any = SimpleNamespace(services={"incidents": SimpleNamespace(pid=bystander.pid)})
    monkeypatch.setattr(spine_rows, "_NOTICED_SECONDS", 0.5)
    try:
        verdict = await verdict_of("GAP-067", Site(stage=site.stage, plane=plane))
    finally:
        bystander.kill()
        await bystander.wait()
    assert verdict.state is State.FAILS
    assert "A guard that refuses did not appear" in verdict.shown_by


async def test_what_goes_wrong_with_a_row_is_its_verdict(site: Site) -> None:
    async def refused(at: Site) -> str:
        await at.stage.call("activity", "run", "GetRun", run_id="nonsense")
        return "unreachable"

    verdict = await proven(Row(id="GAP-000", must_be_true="", prove=refused), site)
    assert str(verdict).startswith("GAP-000 fails: refused as ")


async def test_what_is_not_built_never_holds(site: Site) -> None:
    verdict = await verdict_of("GAP-060", site)
    assert (verdict.state, str(verdict)) == (State.NOT_BUILT, "GAP-060 not built")
