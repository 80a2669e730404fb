"""Alerts: each once, past fatigue control, in the list whether or not anybody was told."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from grpc import StatusCode

from aos.activity.v1 import signal_pb2
from aos.incidents.v1 import alert_pb2, incident_pb2
from aos.policies.v1 import policy_pb2
from kernel.identifiers import PLANE_TENANT, new_id
from services.incidents.domain.alert import Alert
from services.incidents.domain.alert_fatigue import Told
from services.incidents.usecases import raise_alert
from tests.support.alerting import (
    COOL_DOWN,
    CRITICAL,
    DIGEST,
    HIGH,
    LOW,
    MEDIUM,
    STORM,
    AlertScene,
    start_alerting,
)
from tests.support.calling import Caller
from tests.support.governed import STOP, Tenant, limit
from tests.support.plane import Plane
from tests.support.statuses import refusal
from tests.support.waiting import until

INCIDENT, SAGA = alert_pb2.ALERT_KIND_INCIDENT, alert_pb2.ALERT_KIND_PARKED_SAGA


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(empty_plane: Plane) -> AsyncIterator[Plane]:
    """Incidents beside what it listens to."""
    await start_alerting(empty_plane)
    yield empty_plane


@pytest_asyncio.fixture(loop_scope="session")
async def scene(plane: Plane) -> AlertScene:
    """A tenant that was told of nothing yet."""
    return AlertScene(plane)


async def test_one_that_is_raised_again_is_the_same_one(scene: AlertScene) -> None:
    first = await scene.alert(dedupe_key="saga-7", subject="run")
    again = await scene.alert(dedupe_key="saga-7", subject="run", title="Other words")
    elsewhere = await scene.alert(dedupe_key="saga-7", subject="another run")
    assert first.id == again.id == elsewhere.id
    assert again.title == "A saga waits"
    assert [one.id for one in await scene.alerts()] == [first.id]


async def test_many_who_raise_the_same_at_once_raise_one(plane: Plane, scene: AlertScene) -> None:
    await scene.settle(cool_down=0)
    raised = await asyncio.gather(
        *(scene.alert(dedupe_key="one", subject=f"s{number % 3}") for number in range(30))
    )
    assert len({one.id for one in raised}) == 1
    assert len(await scene.alerts()) == 1
    (entry,) = await until(lambda: plane.logs.of(raised[0].id))
    assert entry.event_type == "ALERT_RAISED"


async def test_mutant_without_the_key_many_are_raised(
    scene: AlertScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.settle(cool_down=0)
    honest = raise_alert.replace

    def forgetful(alert: Alert, **changes: Any) -> Alert:
        return honest(alert, **{**changes, "dedupe_key": alert.id})

    monkeypatch.setattr(raise_alert, "replace", forgetful)
    await asyncio.gather(*(scene.alert(dedupe_key="one", subject="s") for _ in range(5)))
    assert len(await scene.alerts()) == 5


@pytest.mark.gap("GAP-017")
@pytest.mark.gap("GAP-049")
async def test_the_same_thing_again_is_held_back_counted_and_shown(scene: AlertScene) -> None:
    first, *others = [await scene.alert(subject="it") for _ in range(4)]
    assert first.held_back == alert_pb2.HELD_BACK_REASON_UNSPECIFIED
    assert {one.held_back for one in others} == {COOL_DOWN}
    assert {one.told_by_alert_id for one in others} == {first.id}
    assert (await scene.read(first.id)).held_back_count == 3
    assert [one.id for one in await scene.alerts(held_back=False)] == [first.id]
    shown = await scene.alerts(told_by_alert_id=first.id)
    assert [one.id for one in shown] == [one.id for one in reversed(others)]
    assert len(await scene.alerts()) == 4


@pytest.mark.gap("GAP-049")
async def test_what_goes_out_next_says_how_many_were_held_back_before(scene: AlertScene) -> None:
    for _ in range(3):
        await scene.alert(subject="it")
    worse = await scene.alert(subject="it", severity=HIGH)
    assert worse.held_back == alert_pb2.HELD_BACK_REASON_UNSPECIFIED
    assert worse.held_back_before_count == 2
    assert (await scene.alert(subject="it", severity=HIGH)).told_by_alert_id == worse.id
    other_kind = await scene.alert(subject="it", kind=INCIDENT)
    assert other_kind.held_back == alert_pb2.HELD_BACK_REASON_UNSPECIFIED
    await scene.settle(cool_down=0)
    last = await scene.alert(subject="it", severity=LOW)
    assert (last.held_back, last.held_back_before_count) == (0, 1)


@pytest.mark.gap("GAP-049")
async def test_a_storm_is_one_digest_and_nothing_of_it_is_lost(
    plane: Plane, scene: AlertScene
) -> None:
    await scene.settle(threshold=5, digest=3600)
    raised = await asyncio.gather(*(scene.alert(severity=1 + number % 3) for number in range(40)))
    await scene.end_storm()
    out = [one for one in raised if not one.held_back]
    held = [one for one in raised if one.held_back == STORM]
    assert (len(out), len(held)) == (5, 35)
    (digest,) = await until(lambda: scene.alerts(kind=DIGEST))
    assert digest.held_back_count == 35
    assert sum(line.count for line in digest.lines) == 35
    assert digest.severity == max(one.severity for one in held)
    told = await scene.alerts(told_by_alert_id=digest.id)
    assert {one.id for one in told} == {one.id for one in held}
    assert len(await scene.alerts(held_back=False)) == 6
    assert len(await scene.alerts()) == 41
    # The weather is fine again, though the minute is not over.
    assert await _storms(plane, scene) == 0
    (entry,) = await until(lambda: plane.logs.of(digest.id))
    assert entry.actor_id == "service:incidents"


async def _storms(plane: Plane, scene: AlertScene) -> object:
    return await plane.database.value(
        "SELECT count(*) FROM incidents.alert_storms "
        f"WHERE tenant_id = '{scene.tenant}' AND ends_at IS NOT NULL"
    )


async def _none() -> list[str]:
    return []


async def test_a_storm_whose_job_is_away_is_told_of_by_the_next_alert(
    plane: Plane, scene: AlertScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.settle(threshold=1, digest=3600)
    first, second = await scene.alert(), await scene.alert()
    assert (first.held_back, second.held_back) == (0, STORM)
    engine: Any = plane.services["incidents"].host._parts.on_stop
    monkeypatch.setattr(engine.__self__.end_storms, "_overdue", _none)
    await scene.end_storm()
    await scene.alert()
    (digest,) = await scene.alerts(kind=DIGEST)
    assert digest.held_back_count == 1
    assert (await scene.read(second.id)).told_by_alert_id == digest.id


@pytest.mark.gap("GAP-049")
async def test_what_is_critical_is_never_held_back(scene: AlertScene) -> None:
    await scene.settle(threshold=1, digest=3600)
    await scene.alert(subject="it", severity=CRITICAL)
    assert (await scene.alert()).held_back == STORM
    again = [await scene.alert(subject="it", severity=CRITICAL) for _ in range(5)]
    assert {one.held_back for one in again} == {0}


@pytest.mark.gap("GAP-049")
async def test_mutant_what_is_critical_would_be_held_back_but_for_the_rule_and_the_database(
    scene: AlertScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await scene.alert(subject="it", severity=HIGH)
    monkeypatch.setattr(Alert, "may_be_held_back", property(lambda _alert: True))
    monkeypatch.setattr(Told, "cools_down", lambda *_args, **_options: True)
    told = await refusal(scene.alert(subject="it", severity=CRITICAL))
    assert told.code == StatusCode.INTERNAL
    assert [one.id for one in await scene.alerts()] == [first.id]
    assert (await scene.alert(subject="it", severity=HIGH)).held_back == COOL_DOWN


@pytest.mark.gap("GAP-049")
async def test_mutant_without_the_look_at_the_last_minute_there_are_no_storms(
    scene: AlertScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raise_alert, "begins_storm", lambda *_args: False)
    await scene.settle(threshold=2)
    raised = [await scene.alert() for _ in range(5)]
    assert {one.held_back for one in raised} == {0}


async def test_whoever_takes_note_first_stays_in_it(plane: Plane, scene: AlertScene) -> None:
    alert = await scene.alert()
    taken = (await scene.responder.call("AcknowledgeAlert", alert_id=alert.id)).alert
    assert taken.acknowledged_by.startswith("per_")
    other = scene.person("responder")
    again = (await other.call("AcknowledgeAlert", alert_id=alert.id)).alert
    assert again == taken

    def entries() -> list[Any]:
        found = plane.logs.of(alert.id)
        return found if len(found) == 2 else []

    types = {entry.event_type for entry in await until(entries)}
    assert types == {"ALERT_RAISED", "ALERT_ACKNOWLEDGED"}


async def test_lists_are_filtered_by_what_somebody_asks_for(scene: AlertScene) -> None:
    run = new_id("run")
    saga = await scene.alert(severity=LOW, run_id=run)
    breach = await scene.alert(kind=alert_pb2.ALERT_KIND_BREACH, severity=HIGH)
    made_up = await scene.alert(severity=CRITICAL, synthetic_scenario_id="scn_1")

    async def found(**wanted: Any) -> list[str]:
        return [one.id for one in await scene.alerts(**wanted)]

    assert await found() == [made_up.id, breach.id, saga.id]
    assert await found(kind=SAGA) == [made_up.id, saga.id]
    assert await found(minimum_severity=HIGH) == [made_up.id, breach.id]
    assert await found(run_id=run) == [saga.id]
    assert await found(exclude_synthetic=True) == [breach.id, saga.id]
    assert await found(held_back=True) == []


@pytest.mark.invariant("I-31")
async def test_alerts_of_others_are_not_there(plane: Plane, scene: AlertScene) -> None:
    alert = await scene.alert(dedupe_key="same")
    stranger = AlertScene(plane)
    for method in ("GetAlert", "AcknowledgeAlert"):
        for alert_id in (alert.id, new_id("alt")):
            told = await refusal(stranger.responder.call(method, alert_id=alert_id))
            assert (told.code, told.reason) == (StatusCode.NOT_FOUND, "ALERT_NOT_FOUND")
    # Neither the key nor the weather of one tenant is another's.
    assert (await stranger.alert(dedupe_key="same")).id != alert.id
    assert len(await stranger.alerts()) == len(await scene.alerts()) == 1
    await scene.settle(threshold=1, digest=3600)
    assert (await scene.alert()).held_back == STORM
    assert (await stranger.alert()).held_back == 0


async def test_whoever_is_bound_to_a_project_sees_its_alerts_and_sets_nothing(
    scene: AlertScene,
) -> None:
    project = new_id("prj")
    own, other = await scene.alert(project_id=project), await scene.alert()
    bound = scene.person("responder", project=project)
    assert [one.id for one in await bound.every("ListAlerts", "alerts")] == [own.id]
    told = await refusal(bound.call("GetAlert", alert_id=other.id))
    assert told.reason == "ALERT_NOT_FOUND"
    settings = alert_pb2.AlertSettings(storm_threshold_per_minute=1, digest_seconds=1)
    told = await refusal(bound.call("UpdateAlertSettings", settings=settings, etag="0"))
    assert told.reason == "PERMISSION_MISSING"


async def test_settings_are_changed_by_who_has_read_them(plane: Plane, scene: AlertScene) -> None:
    await scene.settle(cool_down=10, threshold=7, digest=11)
    read = await scene.responder.call("GetAlertSettings")
    assert (read.settings.cool_down_seconds, read.settings.digest_seconds) == (10, 11)
    told = await refusal(
        scene.responder.call("UpdateAlertSettings", settings=read.settings, etag="0")
    )
    assert (told.code, told.reason) == (StatusCode.ABORTED, "ETAG_MISMATCH")
    (entry,) = await until(lambda: plane.logs.of(f"{scene.tenant}/alerts"))
    assert entry.event_type == "INCIDENT_ALERT_SETTINGS_UPDATED"


@pytest.mark.gap("GAP-018")
async def test_a_limit_that_comes_near_is_an_alert_for_each_tier_and_a_breach_is_one(
    plane: Plane, scene: AlertScene
) -> None:
    tenant = Tenant(plane, owner=scene.owner)
    ui, webhook = policy_pb2.CHANNEL_UI, policy_pb2.CHANNEL_WEBHOOK
    tiers = [
        policy_pb2.AlertTier(percent=percent, channels=[ui, webhook])
        for percent in (50, 70, 80, 90)
    ]
    await tenant.govern(limit("COST_MICRO_USD", 100), action=STOP, alert_tiers=tiers)
    run = await tenant.open_run()
    for number in range(11):
        await run.ask(f"s{number}", estimated_cost_micro_usd=10)

    async def found() -> list[alert_pb2.Alert]:
        alerts = [one for one in await scene.alerts() if one.kind != INCIDENT]
        return alerts if len(alerts) == 5 else []

    alerts = {one.subject.rpartition("/")[2]: one for one in await until(found)}
    assert alerts.keys() == {"50 %", "70 %", "80 %", "90 %", "cost_micro_usd"}
    near, breach = alerts["90 %"], alerts["cost_micro_usd"]
    assert near.title == "cost_micro_usd is at 90 % of its limit"
    assert (near.severity, near.run_id, near.detail) == (HIGH, run.id, "90 of 100")
    assert list(near.channels) == [alert_pb2.ALERT_CHANNEL_UI, alert_pb2.ALERT_CHANNEL_WEBHOOK]
    assert (breach.kind, breach.severity) == (alert_pb2.ALERT_KIND_BREACH, HIGH)
    assert breach.title == "cost_micro_usd was breached: stop"


async def test_an_incident_is_an_alert_and_once_more_when_it_becomes_worse(
    scene: AlertScene,
) -> None:
    run = await scene.run()
    incident = await scene.incident(run_id=run.id, policy_id="pol_1")
    (alert,) = await until(lambda: scene.alerts(run_id=run.id))
    assert (alert.kind, alert.incident_id) == (INCIDENT, incident.id)
    assert (alert.severity, alert.title) == (incident.severity, incident.title)
    # As bad as before, and then worse.
    await scene.incident(run_id=run.id, policy_id="pol_1")
    overrun = incident_pb2.TRIGGER_TYPE_BUDGET_OVERRUN
    await scene.incident(run_id=run.id, policy_id="pol_1", trigger_type=overrun)

    async def two() -> list[alert_pb2.Alert]:
        found = await scene.alerts(run_id=run.id)
        return found if len(found) == 2 else []

    worse, _ = await until(two)
    assert worse.severity == CRITICAL


async def test_a_run_that_is_silent_is_an_alert_and_other_signals_are_none(
    plane: Plane, scene: AlertScene
) -> None:
    run = await scene.run()
    raiser = Caller(
        plane,
        "activity",
        plane.identities.service_metadata("orchestrator", audience="activity", tenant=scene.tenant),
    )
    for kind in ("FAILING_AGENT", "STALE_RUN"):
        await raiser.call(
            "RaiseSignal",
            kind=signal_pb2.SignalKind.Value(f"SIGNAL_KIND_{kind}"),
            run_id=run.id,
            detail="No heartbeat for 90 seconds.",
        )
    (alert,) = await until(lambda: scene.alerts(run_id=run.id))
    assert (alert.kind, alert.severity) == (alert_pb2.ALERT_KIND_STALE_RUN, MEDIUM)
    assert (alert.project_id, alert.detail) == (run.project_id, "No heartbeat for 90 seconds.")


async def test_a_broken_part_of_the_plane_is_an_alert_of_its_liveness(plane: Plane) -> None:
    operator = AlertScene(plane, tenant=PLANE_TENANT)
    part = new_id("svc")
    liveness = {
        "trigger_type": incident_pb2.TRIGGER_TYPE_LIVENESS_VIOLATION,
        "category": incident_pb2.CATEGORY_LIVENESS,
    }
    await operator.report(subject=f"{part}/relay", limit_name=part, **liveness)

    async def found() -> list[alert_pb2.Alert]:
        kind = alert_pb2.ALERT_KIND_LIVENESS
        return [one for one in await operator.alerts(kind=kind) if part in one.title]

    (alert,) = await until(found)
    assert alert.severity == CRITICAL
