"""What matters to nobody any more is forgotten; what is still told of is not. Loops show life."""

from typing import Any

import pytest

from kernel.identifiers import new_id
from services.incidents.store import forgetting
from services.incidents.store.forgetting import PostgresForgetting
from tests.support.mishaps import Scene
from tests.support.plane import Plane
from tests.support.waiting import until

# Subject, whether people were told, how long ago, and how much was held back since.
TOLD = (
    ("told lately", "'alt_1'", "now() - interval '25 hours'", 0),
    ("told long ago", "'alt_2'", "now() - interval '3 days'", 0),
    ("told long ago, more since", "'alt_3'", "now() - interval '300 days'", 4),
    ("never told", "NULL", "NULL", 0),
)
KEPT = {"told lately", "told long ago, more since"}


async def _remember(plane: Plane, tenant: str) -> None:
    for subject, alert, told_at, held_back in TOLD:
        await plane.database.fetch(
            "INSERT INTO incidents.alert_fatigue (tenant_id, kind, subject, alert_id, severity, "
            f"told_at, held_back) VALUES ($1, 'BREACH', $2, {alert}, 'LOW', {told_at}, $3)",
            tenant,
            subject,
            held_back,
        )


async def _remembered(plane: Plane, tenant: str) -> set[str]:
    query = "SELECT subject FROM incidents.alert_fatigue WHERE tenant_id = $1"
    return {row["subject"] for row in await plane.database.fetch(query, tenant)}


@pytest.mark.parametrize("portion", [1, 1000])
async def test_what_people_were_told_long_ago_is_forgotten_unless_more_was_held_back_since(
    plane: Plane, scene: Scene, portion: int
) -> None:
    other = Scene(plane)
    for tenant in (scene.tenant, other.tenant):
        await _remember(plane, tenant)
    forget = PostgresForgetting(plane.services["incidents"].foundation.database, portion=portion)
    assert await forget() == 4
    assert await forget() == 0
    for tenant in (scene.tenant, other.tenant):
        assert await _remembered(plane, tenant) == KEPT


async def test_a_cool_down_cannot_outlast_what_is_remembered(scene: Scene) -> None:
    """Forgotten too early, the same thing would be told again."""
    settings = (await scene.responder.call("GetAlertSettings")).settings
    settings.cool_down_seconds = 86_400
    assert forgetting.FORGET_TOLD.total_seconds() > settings.cool_down_seconds
    etag = (await scene.responder.call("GetAlertSettings")).etag
    await scene.responder.call("UpdateAlertSettings", settings=settings, etag=etag)
    settings.cool_down_seconds += 1
    etag = (await scene.responder.call("GetAlertSettings")).etag
    with pytest.raises(Exception, match="cool_down_seconds"):
        await scene.responder.call("UpdateAlertSettings", settings=settings, etag=etag)


async def test_traces_that_were_examined_long_ago_are_forgotten_and_no_others(
    plane: Plane, scene: Scene
) -> None:
    ended = {
        "old": ("EXAMINED", "now() - interval '36 days'"),
        "new": ("EXAMINED", "now() - interval '34 days'"),
        "waiting": ("WAITING", "NULL"),
    }
    for trace, (state, ended_at) in ended.items():
        await plane.database.fetch(
            "INSERT INTO incidents.trace_examinations (tenant_id, trace_id, run_id, state, due_at, "
            "attempts, tries, outputs, outputs_left_out, documents_left_out, last_error, "
            f"created_at, ended_at) VALUES ($1, $2, $3, '{state}', now() + interval '1 hour', "
            f"0, 0, 0, 0, 0, '', now() - interval '90 days', {ended_at})",
            scene.tenant,
            trace,
            new_id("run"),
        )
    await PostgresForgetting(plane.services["incidents"].foundation.database)()
    query = "SELECT trace_id FROM incidents.trace_examinations WHERE tenant_id = $1"
    rows = await plane.database.fetch(query, scene.tenant)
    assert {row["trace_id"] for row in rows} == {"new", "waiting"}


@pytest.mark.invariant("I-13")
@pytest.mark.parametrize("loop", ["delivery_sender", "trace_examiner"])
async def test_a_loop_without_a_sign_of_life_fails_the_guard_by_its_name(
    plane: Plane, loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.incidents.workers.claimed_work.MAXIMUM_SILENCE_SECONDS", 2.5)
    await until(lambda: plane.accepts_runs("incidents"))
    service = plane.services["incidents"]
    parts: Any = service.host._parts
    service.host.background.task(loop).cancel()
    try:
        problems = await until(service.foundation.guard.problems)
        assert f"{loop} has stopped" in problems[loop]
    finally:
        service.host.background.start(loop, parts.loops[loop])
    await until(lambda: plane.accepts_runs("incidents"))
