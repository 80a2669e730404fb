"""Outputs are compared with what their run retrieved; findings are guesses and hold nobody unasked."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.incidents.v1 import finding_pb2, incident_pb2
from kernel.identifiers import new_id
from services.incidents.domain import kept_finding
from tests.support.calling import Caller
from tests.support.mishaps import Scene
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

OUTPUT = "Revenue rose to 91 million dollars in 2024."
DOCUMENT = finding_pb2.RetrievedPassage(
    id="doc-1", title="Report", text="In 2024 revenue rose to 48 million dollars."
)
FIGURE = finding_pb2.FINDING_TYPE_UNSUPPORTED_FIGURE


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Incidents with a judge plugged in."""
    await empty_plane.start_accounts_stand_in()
    await empty_plane.start("activity")
    await empty_plane.start("policies", AOS_MID_EXECUTION_POLICY_CHECK_ENABLED="false")
    await empty_plane.start("incidents", AOS_HALLUCINATION_JUDGE="tests.support.judges:Grumbler")
    await until(lambda: empty_plane.accepts_runs("incidents"))
    yield empty_plane


async def examine(scene: Scene, run_id: str, **other: Any) -> Any:
    fields = {"output": OUTPUT, "passages": [DOCUMENT], "step_index": 2, **other}
    name = fields.pop("request_id", None)
    return await scene.reporter.call("ExamineOutput", name, run_id=run_id, **fields)


async def opt_in(scene: Scene, policy: str, floor: float) -> Caller:
    owner = scene.person("owner")
    etag = (await owner.call("GetDetectorSettings")).etag
    chosen = finding_pb2.DetectorOptIn(policy_id=policy, confidence_floor=floor)
    await owner.call("UpdateDetectorSettings", confidence_floor=0.5, opt_ins=[chosen], etag=etag)
    return owner


@pytest.mark.gap("GAP-023")
async def test_a_figure_that_nothing_supports_is_an_incident_that_holds_nobody(
    scene: Scene,
) -> None:
    run = await scene.run(steps=3)
    answer = await examine(scene, run.id, policy_ids=["pol_h"])
    (finding,) = answer.findings
    assert finding.type == FIGURE
    assert OUTPUT[finding.start : finding.end].startswith("91")
    assert 0.5 <= finding.confidence <= 1
    assert not answer.blocking
    incident = answer.incident
    assert (incident.category, incident.policy_id) == (
        incident_pb2.CATEGORY_HALLUCINATION,
        "pol_h",
    )
    assert not incident.blocking
    assert incident.inflection.step_index == 2
    listed = await scene.responder.every("ListFindings", "findings", run_id=run.id, type=FIGURE)
    assert listed == [finding]


async def test_what_is_supported_is_no_finding_and_leaves_nothing(scene: Scene) -> None:
    run = await scene.run()
    answer = await examine(scene, run.id, output="Revenue rose to 48 million dollars in 2024.")
    assert (len(answer.findings), answer.HasField("incident")) == (0, False)
    assert await scene.responder.every("ListFindings", "findings") == []


async def test_where_nothing_was_retrieved_it_says_what_it_could_not_look_for(
    scene: Scene,
) -> None:
    run = await scene.run()
    answer = await examine(scene, run.id, passages=[])
    assert len(answer.findings) == 0
    assert "retrieved no document" in answer.remarks[0]


@pytest.mark.gap("GAP-023")
@pytest.mark.invariant("I-16")
@pytest.mark.parametrize("policies", [[], ["pol_other"], ["pol_h"], ["pol_other", "pol_h"]])
@pytest.mark.parametrize(("floor", "reached"), [(0.05, True), (1.0, False), (None, False)])
async def test_a_finding_holds_a_run_only_where_its_policy_was_opted_in_and_it_is_sure_enough(
    scene: Scene, policies: list[str], floor: float | None, reached: bool
) -> None:
    if floor is not None:
        await opt_in(scene, "pol_h", floor)
    run = await scene.run()
    answer = await examine(scene, run.id, policy_ids=policies)
    wanted = reached and "pol_h" in policies
    assert len(answer.findings) == 1
    assert (answer.blocking, answer.incident.blocking) == (wanted, wanted)
    assert answer.findings[0].blocking is wanted


@pytest.mark.invariant("I-16")
async def test_mutant_a_detector_that_holds_runs_unasked_is_noticed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_finding, "may_block", lambda *_what, **_how: True)
    run = await scene.run()
    assert (await examine(scene, run.id)).blocking


async def test_nothing_of_the_output_is_kept_where_the_run_forbids_it(
    plane: Plane, scene: Scene
) -> None:
    run = await scene.run()
    secret = "The 91 million dollars belong to Rumpelstiltskin Holdings."
    answer = await examine(scene, run.id, output=secret)
    assert answer.findings
    assert {finding.passage for finding in answer.findings} == {""}
    assert "Rumpelstiltskin" not in str(answer)
    for table in ("hallucination_findings", "violation_facts", "incidents", "incident_evidence"):
        rows = await plane.database.fetch(f"SELECT t::text AS row FROM incidents.{table} t")
        assert not any("Rumpelstiltskin" in row["row"] for row in rows), table


async def test_a_judge_is_asked_where_one_is_plugged_in(scene: Scene) -> None:
    run = await scene.run()
    answer = await examine(scene, run.id, output="It allegedly works.")
    (finding,) = answer.findings
    assert (finding.type, finding.judge) == (finding_pb2.FINDING_TYPE_JUDGED, "grumbler-1")


async def test_the_same_request_finds_what_it_found_the_first_time(scene: Scene) -> None:
    run, name = await scene.run(), str(uuid.uuid4())
    answers = await asyncio.gather(
        *(examine(scene, run.id, request_id=name) for _ in range(3)), return_exceptions=True
    )
    first = await examine(scene, run.id, request_id=name)
    whole = [answer for answer in answers if not isinstance(answer, Exception)]
    assert whole
    assert {answer.findings[0].id for answer in whole} == {first.findings[0].id}
    assert len(await scene.responder.every("ListFindings", "findings")) == 1
    other = "Revenue rose to 77 million dollars, said Nobody Known."
    told = await refusal(examine(scene, run.id, request_id=name, output=other, step_index=3))
    assert told.reason == "REQUEST_ID_REUSED"


async def test_settings_are_read_changed_with_their_etag_and_checked(scene: Scene) -> None:
    owner = await opt_in(scene, "pol_h", 0.9)
    settings = await owner.call("GetDetectorSettings")
    assert (settings.confidence_floor, settings.etag) == (0.5, "1")
    chosen = list(settings.opt_ins)

    def change(**fields: Any) -> Any:
        wanted = {"confidence_floor": 0.5, "opt_ins": chosen, "etag": "1", **fields}
        return refusal(owner.call("UpdateDetectorSettings", **wanted))

    assert (await change(etag="0")).reason == "ETAG_MISMATCH"
    assert [*(await change(opt_ins=chosen * 2)).fields] == ["opt_ins[1].policy_id"]
    for floor in (0.0, 1.5, float("nan")):
        assert [*(await change(confidence_floor=floor)).fields] == ["confidence_floor"]


async def test_an_unknown_run_is_refused(scene: Scene) -> None:
    told = await refusal(examine(scene, new_id("run")))
    assert (told.code, told.reason) == (StatusCode.NOT_FOUND, "VIOLATED_RUN_NOT_FOUND")
